//! What tests share, named after what it builds.

pub mod accounts;
pub mod binary;
pub mod bound;
pub mod browser;
pub mod bucket;
pub mod caller;
pub mod client;
pub mod company;
pub mod counted;
pub mod edited;
pub mod embedded;
pub mod files;
pub mod fleet;
pub mod foreign_text;
pub mod function;
pub mod kept;
pub mod peers;
pub mod pipeline;
pub mod raw;
pub mod rewritten;
pub mod sdk_words;
pub mod served;
pub mod tmux;
pub mod unfinished;
pub mod workplace;
pub mod world;
