//! `xdeploy assume`.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{Assume, Global, KeysFormat};
use super::connect::connect;
use super::exit::Exit;
use super::load::one_account;
use super::print;
use super::variables;
use crate::clock::{Clock, spoken};
use crate::foreign;
use crate::plan::{Entry, Plan, TargetAccount};
use crate::report::elapsed;
use crate::sessions::Sessions;
use crate::trust::ini::Unwritable;
use crate::trust::keys::Keys;
use crate::trust::{ConfigError, ConfigFile, Others, home_file, ini};

/// Says why keys could not be put into the credentials file.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    File(#[from] ConfigError),
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

/// Hands out short-lived credentials of one account.
pub async fn assume(arguments: &Assume, global: &Global) -> Exit {
    let mut plan = match one_account(&arguments.file, &arguments.account, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    if let (Some(wanted), Entry::AssumeRole(entry)) =
        (arguments.duration, &mut plan.accounts[0].entry)
    {
        entry.duration = wanted;
    }
    let file = match arguments.profile.as_deref().map(|name| credentials_file(name, arguments.yes))
    {
        None => None,
        Some(Ok(file)) => Some(file),
        Some(Err(exit)) => return exit,
    };
    let plan = Arc::new(plan);
    let cloud = match connect(&arguments.place, &plan, Clock::System) {
        Ok(cloud) => cloud,
        Err(exit) => return exit,
    };
    let sessions = Sessions::new(cloud, plan.clone());
    let keys = match sessions.enter(0).await.session {
        Ok(session) => {
            session.credentials().await.map(|keys| (Keys::from(keys), session.caller.clone()))
        }
        Err(failure) => Err(failure.clone()),
    };
    match keys {
        Ok((keys, caller)) => hand_out(arguments, &plan, &keys, &caller, file.as_ref()),
        Err(failure) => {
            print::refusal(&failure);
            Exit::NotEntered
        }
    }
}

/// Returns the credentials file, unless it holds keys under this name that nobody could replace.
fn credentials_file(name: &str, may_replace: bool) -> Result<ConfigFile, Exit> {
    variables::check()?;
    if name.is_empty() || name.trim() != name || Unwritable::or_name(name).is_err() {
        print::note(
            "a profile's name is text on one line without brackets, and without blanks at its ends",
        );
        return Err(Exit::Usage);
    }
    let path = home_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", env);
    let Some(path) = path else {
        print::note(
            "there is no HOME to find .aws/credentials in; set AWS_SHARED_CREDENTIALS_FILE",
        );
        return Err(Exit::Usage);
    };
    let read = ConfigFile::at(&path).and_then(|file| Ok((file.read()?, file)));
    let (text, file) = match read {
        Ok(read) => read,
        Err(error) => {
            print::note(&format!("the credentials file cannot be read: {error}"));
            return Err(Exit::Usage);
        }
    };
    if ini::holds_long_term_keys(&text, name) && !may_replace {
        print::note(&format!(
            "the profile `{name}` in {} holds long-term keys: nothing was touched\n  help: choose \
             another name, or add --yes to replace them",
            foreign::path(file.path())
        ));
        return Err(Exit::Refused);
    }
    match other_way(&text, name) {
        None => Ok(file),
        Some((key, place)) => {
            print::note(&format!(
                "the profile `{name}` gets its credentials by `{key}` in {}, which would come before \
                 keys in the credentials file: nothing was touched\n  help: choose another name",
                foreign::path(&place)
            ));
            Err(Exit::Refused)
        }
    }
}

/// Returns the key by which a profile gets its credentials in another way, and the file that says so.
fn other_way(credentials: &str, name: &str) -> Option<(&'static str, PathBuf)> {
    let place = |variable, file| home_file(variable, file, env);
    if let Some(key) = ini::other_way(credentials, |section| section == name) {
        return Some((key, place("AWS_SHARED_CREDENTIALS_FILE", "credentials")?));
    }
    let config = place("AWS_CONFIG_FILE", "config")?;
    // One that cannot be read says nothing to the AWS CLI either.
    let text = ConfigFile::at(&config).and_then(|file| file.read()).ok()?;
    let is_it = |section: &str| ini::profile_of(section).as_deref() == Some(name);
    Some((ini::other_way(&text, is_it)?, config))
}

fn env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn hand_out(
    arguments: &Assume,
    plan: &Plan,
    keys: &Keys,
    caller: &str,
    file: Option<&ConfigFile>,
) -> Exit {
    let target = &plan.accounts[0];
    if let (Some(name), Some(file)) = (&arguments.profile, file) {
        let written: Result<(), KeysError> =
            file.change(|text| Ok(ini::with_keys(text, name, &keys.for_file())?));
        match written {
            Ok(()) => {}
            Err(KeysError::File(error)) => {
                print::note(&format!("the credentials file cannot be written: {error}"));
                return Exit::Usage;
            }
            Err(KeysError::Unwritable(error)) => {
                print::note(&format!(
                    "the credentials of {} are none: {error}: nothing was touched\n  help: look at \
                     what gives them, such as the profile's `credential_process` or AWS_ENDPOINT_URL",
                    target.name
                ));
                return Exit::NotEntered;
            }
        }
        print::note(&format!("profile `{name}` in {}", foreign::path(file.path())));
        tell_others_rights(file);
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
    print::note_line(&until(target, keys, caller));
    written.then(Exit::Done)
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

/// Says whose credentials these are and until when they are good.
fn until(target: &TargetAccount, keys: &Keys, caller: &str) -> String {
    let who = format!("{} ({}) as {caller}", target.name, target.id);
    match keys.expires {
        Some(end) => {
            let left = spoken(elapsed(Clock::System.now(), end));
            format!("{who}, until {end:.0} ({left})")
        }
        None => format!("{who}, without an end: these are long-term keys"),
    }
}
