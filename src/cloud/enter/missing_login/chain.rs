//! Why the default chain yields no credentials: environment, profile, web identity, container, instance.

use super::explanation::Explanation;
use super::machine::Machine;
use super::profile;
use super::profile::{NamedBy, listed, says_from_where, token_file};
use super::words::of_sdk;

/// Where an instance's credentials are asked for.
const METADATA: &str = "169.254.169.254";

/// Returns why the default chain yields none. What comes first in the chain and was meant to yield some
/// is the cause.
pub(super) fn why(machine: &Machine, said: &str) -> Explanation {
    of_environment(machine)
        .or_else(|| of_profile(machine, said))
        .or_else(|| of_web_identity(machine, said))
        .or_else(|| of_container(machine, said))
        .unwrap_or_else(|| nothing(machine, said))
}

fn of_environment(machine: &Machine) -> Option<Explanation> {
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let (set, unset) = match (machine.variable(id), machine.variable(secret)) {
        (Some(_), None) => (id, secret),
        (None, Some(_)) => (secret, id),
        _ => return None,
    };
    Some(Explanation::new(format!("{set} is set, but {unset} is not"), "set both, or neither"))
}

fn of_profile(machine: &Machine, said: &str) -> Option<Explanation> {
    let (name, named_by) = match machine.variable("AWS_PROFILE") {
        Some(name) => (name, NamedBy::Variable),
        None => ("default".to_owned(), NamedBy::Nobody),
    };
    match machine.profile(&name) {
        // It may hold a Region only, and something after it in the chain the credentials.
        Some(profile) if !says_from_where(profile) => {
            let is_last = has_none_after(machine) && named_by == NamedBy::Variable;
            is_last.then(|| profile::why(machine, &name, named_by, said))
        }
        None if named_by == NamedBy::Nobody => None,
        _ => Some(profile::why(machine, &name, named_by, said)),
    }
}

fn has_none_after(machine: &Machine) -> bool {
    let later = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    later.iter().all(|name| machine.variable(name).is_none())
}

fn of_web_identity(machine: &Machine, said: &str) -> Option<Explanation> {
    let file = machine.variable("AWS_WEB_IDENTITY_TOKEN_FILE")?;
    if machine.variable("AWS_ROLE_ARN").is_none() {
        let message = "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not";
        return Some(Explanation::new(message, "set both: the token is for one role"));
    }
    Some(token_file(&file, "AWS_WEB_IDENTITY_TOKEN_FILE", said))
}

fn of_container(machine: &Machine, said: &str) -> Option<Explanation> {
    let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let (variable, address) = match machine.variable(relative) {
        Some(path) => (relative, format!("http://169.254.170.2{path}")),
        None => (full, machine.variable(full)?),
    };
    let message = format!("the container's {} ({variable}) gives none: {}", address, of_sdk(said));
    Some(Explanation::new(
        message,
        "give the task or pod a role, or unset the variable outside of a container",
    ))
}

fn nothing(machine: &Machine, said: &str) -> Explanation {
    let is_off = machine.variable("AWS_EC2_METADATA_DISABLED");
    let metadata = match is_off.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        true => "is switched off by AWS_EC2_METADATA_DISABLED".to_owned(),
        false => format!("gives none: {}", of_sdk(said)),
    };
    let message = format!(
        "AWS_ACCESS_KEY_ID is not set, there is no profile `default` in {}, and the instance's metadata \
         ({METADATA}) {metadata}",
        machine.files()
    );
    let names = machine.names();
    let help = match names.is_empty() {
        true => "log in (`aws configure sso`, then `aws sso login`; or `aws login`), or set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            .to_owned(),
        false => format!(
            "name a profile that is there{} as `source.profile` or in AWS_PROFILE, and log in with it \
             (`aws sso login --profile NAME`)",
            listed(&names)
        ),
    };
    Explanation::new(message, help)
}
