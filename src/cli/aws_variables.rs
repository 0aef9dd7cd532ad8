//! AWS environment variables, read as the AWS CLI reads them.
//!
//! The SDK reads the environment by itself, in many places, and takes for a value what the AWS CLI
//! takes for nothing: a variable that is set to an empty text. A process cannot change its own
//! environment safely once it runs, so this program begins once more with what is meant, in the same
//! process. What cannot be meant is refused, by the variable's name and never its value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use super::error::CommandError;

type Variables = BTreeMap<OsString, OsString>;

/// What variables become: their new value, or none.
type Changes = BTreeMap<OsString, Option<OsString>>;

const FILES: [&str; 2] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
const ENDPOINTS: &str = "AWS_ENDPOINT_URL";

/// Begins this program once more if its environment is to be read in another way than it is written.
///
/// # Errors
/// If it cannot begin once more.
pub fn settle() -> Result<(), CommandError> {
    let changes = meant(&std::env::vars_os().collect());
    if changes.is_empty() { Ok(()) } else { Err(begin_again(&changes)) }
}

/// Begins this program once more, in the same process and with the same arguments, with other
/// variables. It returns only if that cannot be.
fn begin_again(changes: &Changes) -> CommandError {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from(&name));
    let mut again = std::process::Command::new(program);
    again.arg0(name).args(arguments);
    for (name, value) in changes {
        match value {
            Some(value) => again.env(name, value),
            None => again.env_remove(name),
        };
    }
    let error = again.exec();
    let names: Vec<_> = changes.keys().map(|name| name.to_string_lossy()).collect();
    CommandError::usage(format!(
        "this program cannot begin once more with other values of {}: {error}",
        names.join(", ")
    ))
    .with_help("unset what is empty")
}

/// Returns what is to be changed so that each variable says to the SDK what it says to the AWS CLI.
fn meant(variables: &Variables) -> Changes {
    let set = |name: &str| variables.get(OsStr::new(name)).filter(|value| !value.is_empty());
    let mut changes = Changes::new();
    let is_empty = |(name, value): &(&OsString, &OsString)| value.is_empty() && is_of_aws(name);
    for (name, _) in variables.iter().filter(is_empty) {
        changes.insert(name.clone(), None);
    }
    // It tells AWS where a program runs; the AWS CLI replaces what cannot stand in a header.
    if let Some(value) = set("AWS_EXECUTION_ENV") {
        let tidy: String = value
            .to_string_lossy()
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '-' })
            .collect();
        if OsStr::new(&tidy) != value {
            changes.insert("AWS_EXECUTION_ENV".into(), Some(tidy.into()));
        }
    }
    // Older names, which the SDK does not know.
    for (old, name) in
        [("AWS_DEFAULT_PROFILE", "AWS_PROFILE"), ("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")]
    {
        if let (Some(value), None) = (set(old), set(name)) {
            changes.insert(name.into(), Some(value.clone()));
        }
    }
    for name in FILES {
        let home = set("HOME").map(PathBuf::from);
        let path = set(name).and_then(|path| path.to_str());
        if let (Some(home), Some(rest)) = (home, path.and_then(|path| path.strip_prefix("~/"))) {
            changes.insert(name.into(), Some(home.join(rest).into()));
        }
    }
    let is_ignored = set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_ignored {
        let endpoints = variables.keys().filter(|name| is_endpoint(name));
        changes.extend(endpoints.map(|name| (name.clone(), None)));
    }
    changes
}

/// Whether a variable is one of those that say who one is and where one goes.
fn is_of_aws(name: &OsStr) -> bool {
    let others = ["SECRET_ACCESS_KEY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"];
    name.as_bytes().starts_with(b"AWS_") || others.iter().any(|other| name == *other)
}

fn is_endpoint(name: &OsStr) -> bool {
    let rest = name.as_bytes().strip_prefix(ENDPOINTS.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"_"))
}

/// Refuses variables that say who one is or where one goes in a way that nobody could heed.
///
/// # Errors
/// When there is one.
pub fn check() -> Result<(), CommandError> {
    match fault(&std::env::vars_os().collect()) {
        None => Ok(()),
        Some(fault) => Err(CommandError::usage(format!("{fault}: nothing was touched"))
            .with_help("mend it, or unset it")),
    }
}

fn fault(variables: &Variables) -> Option<String> {
    let value = |name: &str| variables.get(OsStr::new(name));
    if let (Some(one), Some(other)) = (value("AWS_DEFAULT_PROFILE"), value("AWS_PROFILE"))
        && one != other
    {
        return Some("AWS_PROFILE and AWS_DEFAULT_PROFILE name different profiles".to_owned());
    }
    let ours = variables.iter().filter(|(name, _)| is_of_aws(name));
    ours.filter_map(|(name, value)| {
        Some(format!("{} {}", name.to_string_lossy(), wrong(name, value)?))
    })
    .next()
}

/// Returns what is wrong with a variable, if anything is.
fn wrong(name: &OsStr, value: &OsStr) -> Option<&'static str> {
    let Some(text) = value.to_str() else { return Some("is not UTF-8") };
    if text.contains(char::is_control) {
        return Some("holds a line break or another control character");
    }
    if is_endpoint(name) && !is_address(text) {
        return Some("is no address, such as http://HOST:PORT");
    }
    if FILES.iter().any(|file| name == *file) && text.starts_with('~') {
        return Some("begins with `~`, of which no home is known: write the whole path");
    }
    None
}

/// Whether a text is an address to which requests can be sent.
fn is_address(text: &str) -> bool {
    let Ok(address) = text.parse::<http::Uri>() else { return false };
    matches!(address.scheme_str(), Some("http" | "https"))
        && address.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &[(&str, &str)]) -> Variables {
        set.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn meant(set: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        let text = |text: &OsString| text.to_str().expect("plain letters").to_owned();
        let changes = super::meant(&variables(set));
        changes.iter().map(|(name, value)| (text(name), value.as_ref().map(text))).collect()
    }

    fn changed(name: &str, value: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn what_is_empty_is_not_set_and_what_is_said_stays() {
        let set =
            [("AWS_PROFILE", ""), ("AWS_REGION", "x"), ("AWS_ENDPOINT_URL_STS", ""), ("EMPTY", "")];
        assert_eq!(
            meant(&set),
            [changed("AWS_ENDPOINT_URL_STS", None), changed("AWS_PROFILE", None)]
        );
    }

    #[test]
    fn older_names_and_homes_are_read_and_once_is_enough() {
        let set = [
            ("AWS_DEFAULT_PROFILE", "mine"),
            ("AWS_CONFIG_FILE", "~/aws/config"),
            ("HOME", "/home/me"),
            ("AWS_EXECUTION_ENV", "a b\nc"),
        ];
        let changes = [
            changed("AWS_CONFIG_FILE", Some("/home/me/aws/config")),
            changed("AWS_EXECUTION_ENV", Some("a-b-c")),
            changed("AWS_PROFILE", Some("mine")),
        ];
        assert_eq!(meant(&set), changes);
        let mut after = variables(&set);
        for (name, value) in super::meant(&after) {
            after.insert(name, value.expect("all have a value"));
        }
        assert!(super::meant(&after).is_empty(), "it does not begin again for ever");
        assert_eq!(fault(&after), None);
    }

    #[test]
    fn endpoints_that_are_to_be_ignored_are_ignored_everywhere() {
        let set = [
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
            ("AWS_ENDPOINT_URL", "http://x"),
            ("AWS_ENDPOINT_URL_STS", "http://x"),
        ];
        assert_eq!(meant(&set).len(), 2);
    }

    #[test]
    fn what_nobody_could_heed_is_refused_by_name() {
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "AKIA\n"),
            ("AWS_SECRET_ACCESS_KEY", "secret\r"),
            ("AWS_ENDPOINT_URL", "localhost:4566"),
            ("AWS_ENDPOINT_URL_S3", " http://x"),
            ("AWS_ENDPOINT_URL", "\"http://x\""),
            ("AWS_PROFILE", "a\nb"),
            ("AWS_CONFIG_FILE", "~somebody/config"),
        ] {
            let said = fault(&variables(&[(name, value)])).expect(name);
            assert!(said.starts_with(name) && !said.contains(value.trim()), "{said}");
        }
        assert_eq!(fault(&variables(&[("AWS_ENDPOINT_URL", "http://[::1]:4566/x")])), None);
    }
}
