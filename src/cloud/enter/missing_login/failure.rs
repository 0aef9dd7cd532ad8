//! The failure of a login that is missing or that AWS does not take.

use super::explanation::Explanation;
use super::machine::Machine;
use super::{chain, profile};
use crate::cloud::enter::no_credentials::no_credentials;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::event::{Failure, FailureKind};

/// Returns why there is no login: none could be had from a profile, or from the default chain where
/// none is named, or AWS does not take it. `from` says in words where it was looked for.
pub(in crate::cloud) async fn missing_login(
    profile: Option<&str>,
    from: &str,
    error: &CallError,
) -> Failure {
    match error.origin {
        ErrorOrigin::Credentials => {
            let machine = Machine::read().await;
            let Explanation { message, help } = why(&machine, profile, &error.text);
            let message = format!("no credentials from {from}: {message}");
            Failure::new(FailureKind::NoCredentials, message).with_help(help)
        }
        ErrorOrigin::Service if error.is_about_credentials() => {
            let machine = Machine::read().await;
            no_credentials(from, error).with_help(not_taken(&machine, profile, error))
        }
        _ => no_credentials(from, error),
    }
}

fn why(machine: &Machine, profile: Option<&str>, said: &str) -> Explanation {
    if let Err(problem) = &machine.profiles {
        return Explanation::new(problem.clone(), "mend the file, which the AWS CLI reads as well");
    }
    match profile {
        Some(name) => profile::why(machine, name, profile::NamedBy::File, said),
        None => chain::why(machine, said),
    }
}

/// Returns what to do about keys that AWS does not take.
fn not_taken(machine: &Machine, profile: Option<&str>, error: &CallError) -> String {
    let is_exported = profile.is_none() && machine.variable("AWS_ACCESS_KEY_ID").is_some();
    let again = match profile.map(str::to_owned).or_else(|| machine.variable("AWS_PROFILE")) {
        _ if is_exported => "set AWS_ACCESS_KEY_ID and its companions to new ones".to_owned(),
        Some(name) => machine.login_command(&name),
        None => machine.login_command("default"),
    };
    let code = error.code.as_deref().unwrap_or_default();
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            format!("they have ended: {again}; check the clock of this machine")
        }
        "SignatureDoesNotMatch" | "IncompleteSignature" => {
            "the secret access key does not belong to the access key id, or the clock of this machine is \
             wrong"
                .to_owned()
        }
        _ => format!(
            "the access key is unknown, deleted or inactive, its session token is missing, or the file's \
             first Region is not enabled in its account: {again}"
        ),
    }
}
