//! The settings of this machine: what the AWS config files say about who one is and where one goes.
//!
//! The SDK reads most of them by itself. What it leaves out and the AWS CLI heeds is read here, and
//! what can be neither heeded nor ignored is refused by name.

mod checked;
mod profile;
mod program_chain;
mod settings;

pub(in crate::cloud) use checked::checked as checked_provider;
pub use checked::is_answered;
