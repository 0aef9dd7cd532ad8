//! The AWS credentials file: a profile that keys are put into, unless it holds what nobody could replace.

use std::path::PathBuf;

use super::aws_variables;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use crate::foreign;
use crate::plan::TargetAccount;
use crate::trust::credentials::AccountCredentials;
use crate::trust::ini::Unwritable;
use crate::trust::{ConfigError, ConfigFile, Others, home_file, ini};

/// A profile in the credentials file that may be given keys.
pub struct ProfileOfKeys<'a> {
    name: &'a str,
    file: ConfigFile,
}

/// Says why keys could not be put into the credentials file.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    File(#[from] ConfigError),
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

impl<'a> ProfileOfKeys<'a> {
    /// Finds the credentials file, unless it holds keys under this name that nobody could replace.
    ///
    /// # Errors
    /// If it does, it cannot be read, or the name is none.
    pub fn find(name: &'a str, may_replace: bool) -> Result<Self, CommandError> {
        aws_variables::check()?;
        if name.is_empty() || name.trim() != name || Unwritable::or_name(name).is_err() {
            return Err(CommandError::usage(
                "a profile's name is text on one line without brackets, and without blanks at its ends",
            ));
        }
        let path = place("AWS_SHARED_CREDENTIALS_FILE", "credentials").ok_or_else(|| {
            CommandError::usage(
                "there is no HOME to find .aws/credentials in; set AWS_SHARED_CREDENTIALS_FILE",
            )
        })?;
        let read = ConfigFile::at(&path).and_then(|file| Ok((file.read()?, file)));
        let (text, file) = read.map_err(|error| {
            CommandError::usage(format!("the credentials file cannot be read: {error}"))
        })?;
        if ini::holds_long_term_keys(&text, name) && !may_replace {
            let text = format!(
                "the profile `{name}` in {} holds long-term keys: nothing was touched",
                foreign::path(file.path())
            );
            return Err(CommandError::new(Exit::Refused, text)
                .with_help("choose another name, or add --yes to replace them"));
        }
        match other_way(&text, name) {
            None => Ok(Self { name, file }),
            Some((key, place)) => {
                let text = format!(
                    "the profile `{name}` gets its credentials by `{key}` in {}, which would come \
                     before keys in the credentials file: nothing was touched",
                    foreign::path(&place)
                );
                Err(CommandError::new(Exit::Refused, text).with_help("choose another name"))
            }
        }
    }

    /// Puts the keys of an account into the profile, and says where they are.
    ///
    /// # Errors
    /// If the file cannot be written, or the keys are none.
    pub fn write(
        &self,
        keys: &AccountCredentials,
        account: &TargetAccount,
    ) -> Result<(), CommandError> {
        let Self { name, file } = self;
        let written: Result<(), KeysError> =
            file.change(|text| Ok(ini::with_keys(text, name, &keys.for_file())?));
        written.map_err(|error| match error {
            KeysError::File(error) => {
                CommandError::usage(format!("the credentials file cannot be written: {error}"))
            }
            KeysError::Unwritable(error) => {
                let account = &account.name;
                let text =
                    format!("the credentials of {account} are none: {error}: nothing was touched");
                CommandError::new(Exit::NotEntered, text).with_help(
                    "look at what gives them, such as the profile's `credential_process` or \
                     AWS_ENDPOINT_URL",
                )
            }
        })?;
        print::note(&format!("profile `{name}` in {}", foreign::path(file.path())));
        tell_others_rights(file);
        Ok(())
    }
}

/// Returns the key by which a profile gets its credentials in another way, and the file that says so.
fn other_way(credentials: &str, name: &str) -> Option<(&'static str, PathBuf)> {
    if let Some(key) = ini::other_way(credentials, |section| section == name) {
        return Some((key, place("AWS_SHARED_CREDENTIALS_FILE", "credentials")?));
    }
    let config = place("AWS_CONFIG_FILE", "config")?;
    // One that cannot be read says nothing to the AWS CLI either.
    let text = ConfigFile::at(&config).and_then(|file| file.read()).ok()?;
    let is_it = |section: &str| ini::profile_of(section).as_deref() == Some(name);
    Some((ini::other_way(&text, is_it)?, config))
}

/// Returns where one of the AWS files stands, by the variable that says so and its name in `~/.aws`.
pub fn place(variable: &str, name: &str) -> Option<PathBuf> {
    home_file(variable, name, |name| {
        std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    })
}

/// Says who besides its owner the credentials file lets at the keys. Its mode is the user's: the AWS CLI
/// leaves it as well.
fn tell_others_rights(file: &ConfigFile) {
    let Some((others, mode)) = file.open_to_others() else { return };
    let may = match others {
        Others::Read => "read",
        Others::Change => "read and change",
    };
    let path = foreign::path(file.path());
    print::note(&format!(
        "others on this machine may {may} the keys in {path}: its mode is {mode:04o}\n  help: chmod \
         600 {path}"
    ));
}
