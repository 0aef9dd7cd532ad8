//! The commands that enter accounts by hand.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Place, TextOrJson};
use crate::environment;
use crate::name::RoleArn;

/// `doctor`.
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB")]
    pub accounts: Vec<String>,
    /// Where the cloud is.
    #[command(flatten)]
    pub place: Place,
    /// The role through which refused roles are read in their accounts: its name, the same in each
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub read_with: Option<String>,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// `assume`.
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("where").required(true).multiple(false))]
pub struct Assume {
    /// The environment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The account's name or id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub place: Place,
    /// Write them into the AWS credentials file, as this profile
    #[arg(long, value_name = "NAME", group = "where")]
    pub profile: Option<String>,
    /// Print them
    #[arg(long, value_name = "FORMAT", group = "where")]
    pub format: Option<KeysFormat>,
    /// How long they are good, 15m to 12h, instead of what the file says
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Replace long-term keys that stand in the profile
    #[arg(short, long)]
    pub yes: bool,
}

/// A form of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeysFormat {
    /// Lines for a shell: eval "$(xdeploy assume … --format env)".
    Env,
    /// One JSON object, with the names that STS uses.
    Json,
    /// What `credential_process` in the AWS config file reads.
    CredentialProcess,
}

/// `console`.
#[derive(Clone, Debug, Args)]
pub struct Console {
    /// The environment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The account's name or id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
}

/// `profiles`.
#[derive(Clone, Debug, Args)]
pub struct Profiles {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB")]
    pub accounts: Vec<String>,
    /// Write them into the AWS config file, in place of those of the last time
    #[arg(long)]
    pub write: bool,
    /// The profile whose credentials assume the roles, where the file names none
    #[arg(long, value_name = "NAME", conflicts_with = "credential_source")]
    pub source_profile: Option<String>,
    /// Where the credentials come from that assume the roles, where the file names no profile
    #[arg(long, value_name = "SOURCE")]
    pub credential_source: Option<CredentialSource>,
}

/// What runs a program, and gives it credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CredentialSource {
    /// Environment variables.
    Environment,
    /// An EC2 instance's role.
    Ec2,
    /// An ECS task's or CodeBuild's role.
    Container,
}

/// `exec`.
#[derive(Clone, Debug, Args)]
pub struct Exec {
    /// The environment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB")]
    pub accounts: Vec<String>,
    /// The Region that the command sees, instead of the account's first
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Where the cloud is.
    #[command(flatten)]
    pub place: Place,
    /// The most commands that run at the same time
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_concurrent: NonZeroUsize,
    /// What stdout is: lines with the account in front, or one JSON object at the end
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let (least, most) = (Duration::from_secs(15 * 60), Duration::from_secs(12 * 3600));
    match environment::duration(text) {
        Some(duration) if (least..=most).contains(&duration) => Ok(duration),
        _ => Err("a duration from 15m to 12h is needed, such as 1h30m".to_owned()),
    }
}

/// Returns the name of a role, with its path if it has one, from that or from an ARN.
fn role(text: &str) -> Result<String, String> {
    let name = text.split_once(":role/").map_or(text, |(_, name)| name);
    let name = name.strip_prefix('/').unwrap_or(name);
    let arn = format!("arn:aws:iam::000000000000:role/{name}");
    match arn.parse::<RoleArn>() {
        Ok(_) if !name.contains(':') => Ok(name.to_owned()),
        _ => Err("the name of a role is needed, such as OrganizationAccountAccessRole".to_owned()),
    }
}
