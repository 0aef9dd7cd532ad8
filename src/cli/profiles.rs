//! `xdeploy profiles`.

use std::path::PathBuf;

use super::arguments::{CredentialSource, Global, Profiles};
use super::exit::Exit;
use super::load::accounts;
use super::print;
use super::variables;
use crate::foreign;
use crate::report::counted;
use crate::trust::profiles::{self, Block, SourceCredentials, WriteError, block};
use crate::trust::{ConfigFile, Others, home_file};

/// Prints a profile for each account, or writes them into the AWS config file.
pub fn profiles(arguments: &Profiles, global: &Global) -> Exit {
    let plan = match accounts(&arguments.files, &arguments.accounts, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let source = source(arguments);
    let blocks = (0..plan.environments.len()).map(|at| block(&plan, at, &source));
    let blocks: Vec<Block> = match blocks.collect() {
        Ok(blocks) => blocks,
        Err(error) => {
            print::note(&format!("{error}: nothing was touched\n  help: take that character out"));
            return Exit::Usage;
        }
    };
    for caution in blocks.iter().flat_map(|block| &block.cautions) {
        print::note_line(&format!("note: {caution}"));
    }
    if arguments.write {
        return write(&blocks);
    }
    let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    print::result(&texts.join("\n")).then(Exit::Done)
}

fn write(blocks: &[Block]) -> Exit {
    if let Err(exit) = variables::check() {
        return exit;
    }
    let path = home_file("AWS_CONFIG_FILE", "config", |name| {
        std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    });
    let Some(path) = path else {
        print::note("there is no HOME to find .aws/config in; set AWS_CONFIG_FILE");
        return Exit::Usage;
    };
    let file = match ConfigFile::at(&path) {
        Ok(file) => file,
        Err(error) => {
            print::note(&error.to_string());
            return Exit::Usage;
        }
    };
    match profiles::write(&file, blocks) {
        Ok(()) => {}
        Err(error @ WriteError::File(_)) => {
            print::note(&error.to_string());
            return Exit::Usage;
        }
        Err(error @ WriteError::Taken(_)) => {
            print::note(&format!(
                "{error}: nothing was touched\n  help: rename or remove it in {}",
                foreign::path(file.path())
            ));
            return Exit::Refused;
        }
        Err(error @ WriteError::Unfinished(_)) => {
            print::note(&format!(
                "{error}: nothing was touched\n  help: add that line below the profiles that \
                 xdeploy wrote into {}, or remove them and their first line",
                foreign::path(file.path())
            ));
            return Exit::Refused;
        }
    }
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
    print::result(&names.join("\n")).then(Exit::Done)
}

/// Returns where the credentials come from that assume the roles: as this program would find them.
fn source(arguments: &Profiles) -> SourceCredentials {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (&arguments.source_profile, arguments.credential_source) {
        (Some(profile), _) => SourceCredentials::Profile(profile.clone()),
        (None, Some(CredentialSource::Environment)) => SourceCredentials::Machine("Environment"),
        (None, Some(CredentialSource::Ec2)) => SourceCredentials::Machine("Ec2InstanceMetadata"),
        (None, Some(CredentialSource::Container)) => SourceCredentials::Machine("EcsContainer"),
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
