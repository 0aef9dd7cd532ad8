//! A little S3: buckets and whole objects, enough to send a large template through and to try what
//! a role may do with them.

mod actions;
mod address;
mod bucket;
mod content;
mod list;
mod precondition;
mod request;
mod response;

pub use actions::answer;
pub use address::bucket_and_key;
pub use bucket::is_bucket_name;
pub use response::refuse;
