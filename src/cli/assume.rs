//! `xdeploy assume`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::arguments::{CloudArgs, Global, ProgressMode};
use super::candidates;
use super::connect::{clock_of_programs, connect};
use super::credentials_file::ProfileOfKeys;
use super::error::CommandError;
use super::exit::Exit;
use super::listings::listed;
use super::load::one_account;
use super::one_role::RoleArgs;
use super::print;
use crate::clock::spoken;
use crate::environment;
use crate::plan::{AccountEntry, Plan, TargetAccount};
use crate::report::elapsed;
use crate::sessions::Sessions;
use crate::trust::credentials::AccountCredentials;

/// The arguments of `assume`.
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("where").required(true).multiple(false))]
pub struct AssumeArgs {
    /// The environment file
    #[arg(value_name = "FILE", required_unless_present = "role_arn")]
    pub file: Option<PathBuf>,
    /// The account's name or id
    #[arg(value_name = "ACCOUNT", required_unless_present = "role_arn", add = candidates::accounts())]
    pub account: Option<String>,
    /// A role that is assumed without a file.
    #[command(flatten)]
    pub role: RoleArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
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

/// Hands out short-lived credentials of one account.
///
/// # Errors
/// When the files are wrong, the account cannot be entered, or its keys cannot be written.
pub async fn assume(arguments: &AssumeArgs, global: &Global) -> Result<Exit, CommandError> {
    let clock = clock_of_programs(&arguments.cloud)?;
    let mut plan = wanted(arguments, global).await?;
    if let (Some(wanted), AccountEntry::AssumeRole(entry)) =
        (arguments.duration, &mut plan.accounts[0].entry)
    {
        entry.duration = wanted;
    }
    let profile = arguments.profile.as_deref();
    let profile = profile.map(|name| ProfileOfKeys::find(name, arguments.yes)).transpose()?;
    let plan = Arc::new(plan);
    let cloud = connect(&arguments.cloud, &plan, clock)?;
    let sessions = Sessions::new(cloud, plan.clone());
    let session = sessions.enter(0).await.session.map_err(Clone::clone)?;
    let keys = AccountCredentials::from(session.credentials().await?);
    let target = &plan.accounts[0];
    if let Some(profile) = profile {
        profile.write(&keys, target)?;
    }
    let text = match arguments.format {
        Some(KeysFormat::Env) => keys.as_shell(target.region.as_str()),
        Some(KeysFormat::Json) => {
            serde_json::to_string_pretty(&keys.json()).expect("texts become JSON")
        }
        Some(KeysFormat::CredentialProcess) => keys.as_credential_process(),
        None => String::new(),
    };
    let written = print::as_it_is(&text);
    print::note_line(&until(target, (&keys, clock.now()), session.caller()));
    Ok(written.then(Exit::Done))
}

/// Returns the one account that is entered, and how.
async fn wanted(arguments: &AssumeArgs, global: &Global) -> Result<Plan, CommandError> {
    match (&arguments.role.role_arn, &arguments.file, &arguments.account) {
        (Some(role), ..) => arguments.role.plan(role),
        (None, Some(file), Some(account)) => {
            let files = std::slice::from_ref(file);
            let shown = (ProgressMode::Plain, global);
            let listings = listed(files, &arguments.cloud, shown).await?;
            one_account(file, account, &listings)
        }
        (None, ..) => {
            unreachable!("the command line asks for a file and an account, or for a role")
        }
    }
}

/// Says whose credentials these are and until when they are good.
fn until(
    target: &TargetAccount,
    (keys, now): (&AccountCredentials, Timestamp),
    caller: &str,
) -> String {
    let who = match target.name.as_str() == target.id.as_str() {
        true => format!("{} as {caller}", target.id),
        false => format!("{} ({}) as {caller}", target.name, target.id),
    };
    match keys.expires {
        Some(end) => {
            let left = spoken(elapsed(now, end));
            format!("{who}, until {end:.0} ({left})")
        }
        None => format!("{who}, without an end: these are long-term keys"),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let (least, most) = (Duration::from_secs(15 * 60), Duration::from_secs(12 * 3600));
    match environment::duration(text) {
        Some(duration) if (least..=most).contains(&duration) => Ok(duration),
        _ => Err("a duration from 15m to 12h is needed, such as 1h30m".to_owned()),
    }
}
