//! Entering accounts by hand: credentials for other programs, profiles, the console, commands in
//! many accounts, and a doctor that says why one cannot be entered.
//!
//! What an environment file says about entering an account holds here as it does for a run: the same
//! plan entry, the same sessions. Files are changed as the AWS CLI would change them: what is not
//! ours stays, byte for byte.

mod config;
pub mod console;
pub mod credentials;
pub mod doctor;
mod exec;
mod found_accounts;
pub mod ini;
pub mod profiles;

pub use config::{ConfigError, ConfigFile, Others, home_file};
pub use exec::{CommandEnd, ExecCommand, ExecTarget, OutputLine, OutputStream, UNREAD, run};
pub use found_accounts::{FoundAccount, found_accounts};
