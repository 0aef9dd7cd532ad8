//! `xdeploy profiles`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::aws_variables;
use super::candidates;
use super::credentials_file::place;
use super::error::CommandError;
use super::exit::Exit;
use super::listings::kept;
use super::load::accounts;
use super::print;
use super::state_folder;
use crate::foreign;
use crate::journal::RunFolder;
use crate::report::counted;
use crate::trust::profiles::{self, ProfileBlock, SourceCredentials, WriteError, block};
use crate::trust::{ConfigFile, Others};

/// The arguments of `profiles`.
#[derive(Clone, Debug, Args)]
pub struct ProfilesArgs {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name, id or group matches, `!` takes away; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// Write them into the AWS config file, in place of those of the last time
    #[arg(long)]
    pub write: bool,
    /// The profile whose credentials assume the roles, where the file names none
    #[arg(long, value_name = "NAME", conflicts_with = "credential_source")]
    pub source_profile: Option<String>,
    /// Where the credentials come from that assume the roles, where the file names no profile
    #[arg(long, value_name = "SOURCE")]
    pub credential_source: Option<CredentialSourceArg>,
}

/// What runs a program, and gives it credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CredentialSourceArg {
    /// Environment variables.
    Environment,
    /// An EC2 instance's role.
    Ec2,
    /// An ECS task's or CodeBuild's role.
    Container,
}

/// Prints a profile for each account, or writes them into the AWS config file.
///
/// # Errors
/// When the files are wrong, or the config file cannot be changed.
pub fn profiles(arguments: &ProfilesArgs) -> Result<Exit, CommandError> {
    let listings = kept(&arguments.files, &RunFolder::of(&state_folder::of_process()));
    let plan = accounts(&arguments.files, &arguments.accounts, &listings)?;
    let source = source(arguments);
    let blocks = (0..plan.environments.len()).map(|at| block(&plan, at, &source));
    let blocks: Vec<ProfileBlock> = blocks.collect::<Result<_, _>>().map_err(|error| {
        CommandError::usage(format!("{error}: nothing was touched"))
            .with_help("take that character out")
    })?;
    for caution in blocks.iter().flat_map(|block| &block.cautions) {
        print::note_line(&format!("note: {caution}"));
    }
    if arguments.write {
        return write(&blocks);
    }
    let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    Ok(print::result(&texts.join("\n")).then(Exit::Done))
}

fn write(blocks: &[ProfileBlock]) -> Result<Exit, CommandError> {
    aws_variables::check()?;
    let path = place("AWS_CONFIG_FILE", "config").ok_or_else(|| {
        CommandError::usage("there is no HOME to find .aws/config in; set AWS_CONFIG_FILE")
    })?;
    let file = ConfigFile::at(&path).map_err(|error| CommandError::usage(error.to_string()))?;
    profiles::write(&file, blocks).map_err(|error| unwritten(&error, &file))?;
    let names: Vec<&str> =
        blocks.iter().flat_map(|block| &block.names).map(String::as_str).collect();
    print::note(&format!("{} in {}", counted(names.len(), "profile"), foreign::path(file.path())));
    if let Some((Others::Change, mode)) = file.open_to_others() {
        let path = foreign::path(file.path());
        print::note(&format!(
            "others on this machine may change {path}, and so which programs are started for keys: its \
             mode is {mode:04o}\n  help: chmod 600 {path}"
        ));
    }
    Ok(print::result(&names.join("\n")).then(Exit::Done))
}

/// Returns why profiles were not written.
fn unwritten(error: &WriteError, file: &ConfigFile) -> CommandError {
    let path = foreign::path(file.path());
    let help = match error {
        WriteError::File(_) => return CommandError::usage(error.to_string()),
        WriteError::Taken(_) => format!("rename or remove it in {path}"),
        WriteError::Unfinished(_) => format!(
            "add that line below the profiles that xdeploy wrote into {path}, or remove them and \
             their first line"
        ),
    };
    CommandError::new(Exit::Refused, format!("{error}: nothing was touched")).with_help(help)
}

/// Returns where the credentials come from that assume the roles: as this program would find them.
fn source(arguments: &ProfilesArgs) -> SourceCredentials {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (&arguments.source_profile, arguments.credential_source) {
        (Some(profile), _) => SourceCredentials::Profile(profile.clone()),
        (None, Some(CredentialSourceArg::Environment)) => SourceCredentials::Machine("Environment"),
        (None, Some(CredentialSourceArg::Ec2)) => SourceCredentials::Machine("Ec2InstanceMetadata"),
        (None, Some(CredentialSourceArg::Container)) => SourceCredentials::Machine("EcsContainer"),
        (None, None) if set("AWS_ACCESS_KEY_ID").is_some() => {
            SourceCredentials::Machine("Environment")
        }
        (None, None) => match set("AWS_PROFILE") {
            Some(profile) => SourceCredentials::Profile(profile),
            None if set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_some()
                || set("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some() =>
            {
                SourceCredentials::Machine("EcsContainer")
            }
            None => SourceCredentials::Profile("default".to_owned()),
        },
    }
}
