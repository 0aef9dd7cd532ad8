//! What is said to `init` on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::foreign;
use crate::name::{AccountId, AccountName, EnvironmentName, Region, RoleArn};
use crate::organization::UnitPattern;

/// The arguments of `init`; what is missing is asked for.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The environment's name, such as prod
    #[arg(long, value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    /// The account whose credentials start a run
    #[arg(long, value_name = "ID")]
    pub source_account: Option<AccountId>,
    /// An account that stacks go to; may be repeated
    #[arg(long = "account", value_name = "NAME=ID")]
    pub accounts: Vec<NamedAccount>,
    /// A unit of AWS Organizations whose accounts stacks go to, such as Workloads/Prod/**; may be repeated
    #[arg(long = "unit", value_name = "PATH")]
    pub units: Vec<UnitPattern>,
    /// A Region that stacks go to; may be repeated
    #[arg(long = "region", value_name = "REGION")]
    pub regions: Vec<Region>,
    /// The role to enter in each account, with its path if it has one
    #[arg(long, value_name = "NAME")]
    pub role: Option<RoleName>,
    /// The folder that the files are written into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

/// An account as it stands on the command line: `NAME=ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAccount {
    /// Its name.
    pub name: AccountName,
    /// Its id.
    pub id: AccountId,
}

impl FromStr for NamedAccount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, id) =
            text.split_once('=').ok_or("NAME=ID is needed, such as dev=100000000001")?;
        let name: AccountName = name.trim().parse().map_err(|error| format!("{error}"))?;
        if name.is_source() {
            return Err("`source` is the source account's own name".to_owned());
        }
        let id = id.trim().parse().map_err(|error| format!("{error}"))?;
        Ok(Self { name, id })
    }
}

/// The name of a role, with its path if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().trim_start_matches('/');
        let arn = format!("arn:aws:iam::000000000000:role/{name}");
        let parsed = arn.parse::<RoleArn>();
        parsed.map(|_| Self(name.to_owned())).map_err(|_| {
            format!(
                "`{}` is not a role's name: letters, digits and +=,.@_- make one",
                foreign::visible(text)
            )
        })
    }
}
