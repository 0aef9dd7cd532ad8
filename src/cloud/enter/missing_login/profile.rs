//! Why a profile yields no credentials.

use aws_config::profile::Profile;

use super::explanation::Explanation;
use super::machine::Machine;
use super::process;
use super::words::of_sdk;
use crate::document::did_you_mean;

/// How many profiles may take their credentials from one another: the SDK finds every circle.
const MOST_SOURCES: usize = 16;
/// How many profiles are named.
const MOST_NAMES: usize = 8;

/// Who named a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// The environment file.
    File,
    /// The variable `AWS_PROFILE`.
    Variable,
    /// Nobody: it is `default`.
    Nobody,
}

/// Returns why a profile yields no credentials; `said` are the SDK's words.
pub(super) fn why(machine: &Machine, name: &str, named_by: NamedBy, said: &str) -> Explanation {
    match machine.profile(name) {
        Some(profile) => of_profile(machine, profile, said, MOST_SOURCES),
        None => missing(machine, name, named_by),
    }
}

/// Whether a profile says where credentials come from.
pub(super) fn says_from_where(profile: &Profile) -> bool {
    const KEYS: [&str; 9] = [
        "role_arn",
        "sso_session",
        "sso_start_url",
        "sso_account_id",
        "login_session",
        "credential_process",
        "web_identity_token_file",
        "aws_access_key_id",
        "aws_secret_access_key",
    ];
    KEYS.iter().any(|key| profile.get(key).is_some())
}

fn missing(machine: &Machine, name: &str, named_by: NamedBy) -> Explanation {
    let who = match named_by {
        NamedBy::File | NamedBy::Nobody => String::new(),
        NamedBy::Variable => "AWS_PROFILE names it, but ".to_owned(),
    };
    let message = format!("{who}there is no profile `{name}` in {}", machine.files());
    let names = machine.names();
    let help = match (did_you_mean(name, names.iter().copied()), named_by) {
        (Some(meant), _) => meant,
        (None, NamedBy::Variable) => {
            format!("set AWS_PROFILE to one that is there{}", listed(&names))
        }
        (None, _) => format!(
            "make it with `aws configure sso --profile {name}`, or name one that is there{}",
            listed(&names)
        ),
    };
    Explanation::new(message, help)
}

/// Returns the names of profiles, in brackets.
pub(super) fn listed(names: &[&str]) -> String {
    match names.len() {
        0 => String::new(),
        count if count > MOST_NAMES => {
            format!(" ({} and {} more)", names[..MOST_NAMES].join(", "), count - MOST_NAMES)
        }
        _ => format!(" ({})", names.join(", ")),
    }
}

fn of_profile(machine: &Machine, profile: &Profile, said: &str, left: usize) -> Explanation {
    let name = profile.name();
    let has = |key: &str| profile.get(key).is_some();
    if let Some(role) = profile.get("role_arn") {
        return of_role(machine, profile, role, said, left);
    }
    if has("sso_session") || has("sso_start_url") || has("sso_account_id") {
        return of_sso(machine, profile, said);
    }
    if has("login_session") {
        let message = format!("the login of the profile `{name}` has ended, or was never begun");
        let detail = match said.contains("cargo feature") {
            true => String::new(),
            false => format!(": {}", of_sdk(said)),
        };
        return Explanation::new(message + &detail, machine.login_command(name));
    }
    if has("credential_process") {
        return process::why(name, said);
    }
    match (has("aws_access_key_id"), has("aws_secret_access_key")) {
        (true, true) => Explanation::new(of_sdk(said), machine.login_command(name)),
        (true, false) => incomplete(name, "aws_access_key_id", "aws_secret_access_key"),
        (false, true) => incomplete(name, "aws_secret_access_key", "aws_access_key_id"),
        (false, false) => Explanation::new(
            format!("the profile `{name}` says nothing of where credentials come from"),
            format!(
                "`aws configure sso --profile {name}` or `aws configure --profile {name}` adds it"
            ),
        ),
    }
}

fn incomplete(name: &str, has: &str, lacks: &str) -> Explanation {
    let message = format!("the profile `{name}` has `{has}`, but no `{lacks}`");
    Explanation::new(message, format!("`aws configure --profile {name}` sets both"))
}

fn of_role(
    machine: &Machine,
    profile: &Profile,
    role: &str,
    said: &str,
    left: usize,
) -> Explanation {
    let name = profile.name();
    let is_about_role = said.contains("AssumeRole");
    if let Some(file) = profile.get("web_identity_token_file").filter(|_| !is_about_role) {
        return token_file(
            file,
            &format!("`web_identity_token_file` of the profile `{name}`"),
            said,
        );
    }
    let source = profile.get("source_profile").filter(|source| *source != name);
    let Some(source) = source.filter(|_| !is_about_role && left > 0) else {
        let message = format!("the profile `{name}` cannot enter {role}: {}", of_sdk(said));
        let help = "look at `role_arn` and at what it is assumed from (`source_profile` or \
                    `login_source`), and at the role's trust policy";
        return Explanation::new(message, help);
    };
    match machine.profile(source) {
        Some(source) => of_profile(machine, source, said, left - 1),
        None => {
            let missing = missing(machine, source, NamedBy::File);
            let message = format!("`source_profile` of the profile `{name}`: {}", missing.message);
            Explanation::new(message, missing.help)
        }
    }
}

fn of_sso(machine: &Machine, profile: &Profile, said: &str) -> Explanation {
    let name = profile.name();
    let again = machine.login_command(name);
    if let Some(session) = profile.get("sso_session")
        && machine.profiles.as_ref().is_ok_and(|all| all.sso_session(session).is_none())
    {
        let message = format!(
            "the profile `{name}` names the `sso_session` `{session}`, and there is no section \
             `[sso-session {session}]`"
        );
        return Explanation::new(message, format!("`aws configure sso --profile {name}` adds it"));
    }
    let lacks = |key: &&&str| profile.get(key).is_none();
    if let Some(key) = ["sso_account_id", "sso_role_name"].iter().find(lacks) {
        let message = format!("the profile `{name}` has no `{key}`");
        return Explanation::new(message, format!("`aws configure sso --profile {name}` adds it"));
    }
    if said.contains("failed to load the cached") {
        return Explanation::new(
            format!("nobody has logged in to SSO for the profile `{name}`"),
            again,
        );
    }
    if said.contains("expired") || said.contains("UnauthorizedException") {
        return Explanation::new(
            format!("the SSO session of the profile `{name}` has ended"),
            again,
        );
    }
    let message = format!("SSO gives the profile `{name}` no credentials: {}", of_sdk(said));
    let help = format!(
        "{again}; let the permission set `{}` be assigned to you in account {} if it is not",
        profile.get("sso_role_name").unwrap_or_default(),
        profile.get("sso_account_id").unwrap_or_default()
    );
    Explanation::new(message, help)
}

/// Returns why the token in a file yields no credentials; `named_by` says who names the file.
pub(super) fn token_file(file: &str, named_by: &str, said: &str) -> Explanation {
    match std::fs::metadata(file) {
        Err(error) => Explanation::new(
            format!("the token file {file} ({named_by}) cannot be read: {error}"),
            "let whatever runs this (a pod, a CI job) put the token there, or name another source of \
             credentials",
        ),
        Ok(_) => Explanation::new(
            format!("the token in {file} ({named_by}) yields none: {}", of_sdk(said)),
            "look at the trust policy of the role it is for, and whether the token has ended",
        ),
    }
}
