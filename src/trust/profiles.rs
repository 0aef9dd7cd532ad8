//! Profiles of the AWS config file, one for each account, so that every AWS tool can enter it.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::config::{ConfigError, ConfigFile};
use super::ini::{self, UnfinishedBlock, Unwritable};
use crate::plan::{AccountEntry, Plan, PlannedEnvironment, RoleEntry, TargetAccount};

/// Where the credentials come from that the profiles assume their roles with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceCredentials {
    /// Those of another profile: `source_profile`.
    Profile(String),
    /// What runs the program: `credential_source`, one of `Environment`, `Ec2InstanceMetadata`,
    /// `EcsContainer`.
    Machine(&'static str),
}

/// A block of profiles for one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileBlock {
    /// Its first line, which finds it again.
    pub first: String,
    /// Its last line.
    pub last: String,
    /// All of it.
    pub text: String,
    /// The names of its profiles.
    pub names: Vec<String>,
    /// What a profile cannot say, and so is left out.
    pub cautions: Vec<String>,
}

/// Profiles that somebody else has written under our names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profile `{name}` stands in the file already, outside the block of environment `{environment}`"
)]
pub struct ProfileTaken {
    /// The name of the profile.
    pub name: String,
    /// The environment whose account it is for.
    pub environment: String,
}

/// Profiles that were not written; the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file cannot be read or written.
    #[error("the config file cannot be changed: {0}")]
    File(#[from] ConfigError),
    /// One of them is somebody else's.
    #[error(transparent)]
    Taken(#[from] ProfileTaken),
    /// Nobody can say which lines are ours.
    #[error(transparent)]
    Unfinished(#[from] UnfinishedBlock),
}

/// Writes blocks into a config file, all or none, in place of those that stood there.
///
/// # Errors
/// If the file cannot be changed, one of the profiles stands outside of its block, or a block has no end.
pub fn write(file: &ConfigFile, blocks: &[ProfileBlock]) -> Result<(), WriteError> {
    file.change(|text| blocks.iter().try_fold(text.to_owned(), |text, block| written(&text, block)))
}

/// Returns the profiles of an environment, given as a position in the plan.
pub fn block(
    plan: &Plan,
    environment: usize,
    source: &SourceCredentials,
) -> Result<ProfileBlock, Unwritable> {
    let planned = &plan.environments[environment];
    let mut block = ProfileBlock {
        first: format!("# >>> xdeploy: environment {}", planned.name),
        last: format!("# <<< xdeploy: environment {}", planned.name),
        text: String::new(),
        names: Vec::new(),
        cautions: Vec::new(),
    };
    let own = SourceCredentials::Profile;
    let source = planned.source_profile.clone().map_or_else(|| source.clone(), own);
    let _ = writeln!(block.text, "{}", block.first);
    let _ = writeln!(
        block.text,
        "# Written by `xdeploy profiles --write`, which replaces these lines."
    );
    for target in plan.accounts.iter().filter(|account| account.environment == environment) {
        match &target.entry {
            AccountEntry::AssumeRole(entry) => {
                write_chain(&mut block, planned, target, entry, &source)?;
            }
            AccountEntry::Profile(profile) => block.cautions.push(format!(
                "`{}` is entered with the profile `{profile}`, which stands in the file already",
                target.name
            )),
            AccountEntry::Source => {}
        }
    }
    let _ = writeln!(block.text, "{}", block.last);
    Ok(block)
}

/// Writes a profile for the account, and one for each role on the way to it.
fn write_chain(
    block: &mut ProfileBlock,
    environment: &PlannedEnvironment,
    target: &TargetAccount,
    entry: &RoleEntry,
    source: &SourceCredentials,
) -> Result<(), Unwritable> {
    let name = format!("{}-{}", environment.name, target.name);
    let mut source = source.clone();
    for (position, role) in entry.via.iter().enumerate() {
        let hop = format!("{name}-via-{}", position + 1);
        let keys =
            [("role_arn", role.to_string()), ("role_session_name", entry.session_name.to_string())];
        write_profile(block, environment, target, &hop, &keys, &source, position == 0)?;
        source = SourceCredentials::Profile(hop);
    }
    let mut keys = vec![
        ("role_arn", entry.role.to_string()),
        ("role_session_name", entry.session_name.to_string()),
        ("duration_seconds", entry.duration.as_secs().to_string()),
    ];
    keys.extend(entry.external_id.iter().map(|id| ("external_id", id.as_str().to_owned())));
    write_profile(block, environment, target, &name, &keys, &source, entry.via.is_empty())?;
    let unsaid = [
        (entry.session_policy.is_some(), "session-policy"),
        (!entry.session_tags.is_empty(), "session-tags"),
        (entry.source_identity.is_some(), "source-identity"),
    ];
    let unsaid: Vec<&str> = unsaid.iter().filter(|(is, _)| *is).map(|(_, key)| *key).collect();
    if !unsaid.is_empty() {
        let unsaid = unsaid.join(", ");
        block.cautions.push(format!("the profile `{name}` cannot say: {unsaid}"));
    }
    Ok(())
}

fn write_profile(
    block: &mut ProfileBlock,
    environment: &PlannedEnvironment,
    target: &TargetAccount,
    name: &str,
    keys: &[(&str, String)],
    source: &SourceCredentials,
    is_first: bool,
) -> Result<(), Unwritable> {
    let text = &mut block.text;
    let _ = writeln!(text, "[profile {name}]");
    let (region, serial) = (target.region.as_str(), environment.mfa_serial.as_ref());
    let keys = keys.iter().map(|(key, value)| (*key, value.as_str()));
    let all = keys
        .chain([match source {
            SourceCredentials::Profile(profile) => ("source_profile", profile.as_str()),
            SourceCredentials::Machine(kind) => ("credential_source", *kind),
        }])
        .chain(serial.filter(|_| is_first).map(|serial| ("mfa_serial", serial.as_str())))
        .chain([("region", region)]);
    for (key, value) in all {
        let _ = writeln!(text, "{}", Unwritable::or_line(key, value)?);
    }
    block.names.push(name.to_owned());
    Ok(())
}

/// Returns the text of a config file with this block in it, in place of the one that stood there.
///
/// # Errors
/// If one of its profiles stands outside of it, or the one that stood there has no end.
fn written(text: &str, block: &ProfileBlock) -> Result<String, WriteError> {
    let standing: BTreeSet<String> = ini::sections_outside(text, &block.first, &block.last)?
        .iter()
        .filter_map(|section| ini::profile_of(section))
        .collect();
    if let Some(name) = block.names.iter().find(|name| standing.contains(*name)) {
        let environment = block.first.rsplit(' ').next().unwrap_or_default().to_owned();
        return Err(ProfileTaken { name: name.clone(), environment }.into());
    }
    Ok(ini::with_block(text, &block.first, &block.last, &block.text)?)
}
