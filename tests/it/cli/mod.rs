//! The real binary, as people run it.

mod buckets;
mod causes;
mod codebuild;
mod entering;
mod every_field;
mod files;
mod foreign;
mod hostile;
mod interrupted;
mod journal;
mod logins;
mod network;
mod no_login;
mod not_enabled;
mod other_account;
mod plan;
mod planted;
mod program_chain;
mod propagation;
mod sandbox;
mod second_factor;
mod silent;
mod turn;
mod unwritten;
mod usage;
mod variables;
