//! Programs that get their credentials from each other: each knows the profiles of those before it.
//!
//! A profile whose `credential_process` is this program, and which is also the one that this program
//! begins with, would start it again and again. The chain is kept in an environment variable, as the
//! AWS CLI does for `aws configure export-credentials`, with its bound.

use std::collections::BTreeMap;

use super::exit::Exit;
use super::{print, variables};
use crate::plan::{Entry, Plan};

/// Where programs that we start find the chain: `PID/PROFILE` for each of us, a line each.
const VARIABLE: &str = "_XDEPLOY_PROFILE_CHAIN";

/// The most programs in a chain.
///
/// Source: aws-cli, `customizations/configure/exportcreds.py`, `max_recursion`.
const MOST: usize = 4;

/// Takes its place in the chain of programs that yield credentials for a profile.
///
/// # Errors
/// When the profile stands in the chain already, or the chain is too long: it was told.
pub fn take_place(plan: &Plan) -> Result<(), Exit> {
    let Some(profile) = profile(plan, |name| std::env::var(name).ok()) else { return Ok(()) };
    let chain = std::env::var(VARIABLE).unwrap_or_default();
    match next(&chain, &profile, std::process::id()) {
        Next::Ours => Ok(()),
        // The SDK starts programs with the environment that this one began with.
        Next::Longer(chain) => {
            let changes = BTreeMap::from([(VARIABLE.into(), Some(chain.into()))]);
            Err(variables::begin_again(&changes))
        }
        Next::Refused(why) => {
            print::note(&format!(
                "{why}\n  help: name a profile with credentials of its own in `source.profile` of the \
                 environment file, or start this program with another AWS_PROFILE"
            ));
            Err(Exit::NotEntered)
        }
    }
}

/// Returns the profile that the credentials begin with; absent if they come from elsewhere.
fn profile(plan: &Plan, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let target = plan.accounts.first()?;
    if let Entry::Profile(profile) = &target.entry {
        return Some(profile.clone());
    }
    let named = plan.environments[target.environment].source_profile.clone();
    named.or_else(|| match variable("AWS_ACCESS_KEY_ID") {
        Some(_) => None,
        None => Some(variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned())),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// This very program stands at its end.
    Ours,
    /// The chain with this program at its end.
    Longer(String),
    /// It cannot go on.
    Refused(String),
}

fn next(chain: &str, profile: &str, process: u32) -> Next {
    let places: Vec<(&str, &str)> = chain.lines().filter_map(|line| line.split_once('/')).collect();
    let ours = process.to_string();
    if places.last() == Some(&(ours.as_str(), profile)) {
        return Next::Ours;
    }
    if places.iter().any(|(_, before)| *before == profile) {
        return Next::Refused(format!(
            "the profile `{profile}` gets its credentials from a program that begins with the profile \
             `{profile}` again"
        ));
    }
    if places.len() >= MOST {
        let names: Vec<&str> = places.iter().map(|(_, before)| *before).collect();
        return Next::Refused(format!(
            "more than {MOST} profiles get their credentials from each other: {}, {profile}",
            names.join(", ")
        ));
    }
    let before = if chain.is_empty() { String::new() } else { format!("{chain}\n") };
    Next::Longer(format!("{before}{ours}/{profile}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_grows_by_other_profiles_and_ends_at_one_that_comes_again() {
        assert_eq!(next("", "a", 7), Next::Longer("7/a".to_owned()));
        assert_eq!(next("7/a", "a", 7), Next::Ours);
        assert_eq!(next("7/a", "b", 8), Next::Longer("7/a\n8/b".to_owned()));
        assert!(matches!(next("7/a\n8/b", "a", 9), Next::Refused(_)));
        assert!(matches!(next("1/a\n2/b\n3/c\n4/d", "e", 5), Next::Refused(_)));
        // A process that took the number of one that ended.
        assert!(matches!(next("7/a\n8/b", "a", 8), Next::Refused(_)));
    }
}
