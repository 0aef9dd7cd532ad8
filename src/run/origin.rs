//! Where a run is carried out, by whom, and from what, as far as its plan, its sessions and this process
//! tell.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::event::{EnvironmentOrigin, RunOrigin};
use crate::name::EnvironmentName;
use crate::plan::{Plan, PlannedEnvironment};
use crate::sessions::Sessions;

/// The option whose value is no one else's.
const MFA_CODE: &str = "--mfa-code";

/// Returns the origin once it is known who acts, and where.
pub fn with_caller(origin: RunOrigin, plan: &Plan, sessions: &Sessions) -> RunOrigin {
    let mut positions = 0..plan.environments.len();
    let caller = positions.clone().find_map(|environment| sessions.source(environment));
    let caller = caller.map(|(_, caller)| caller.to_owned()).filter(|caller| !caller.is_empty());
    let endpoint = positions.find_map(|environment| sessions.endpoint(environment));
    let by_environment = environment_origins(plan, sessions);
    RunOrigin { caller, endpoint, by_environment, ..origin }
}

/// Returns where several environments are reached; nothing for one, of which the run's origin says it.
fn environment_origins(
    plan: &Plan,
    sessions: &Sessions,
) -> BTreeMap<EnvironmentName, EnvironmentOrigin> {
    if plan.environments.len() < 2 {
        return BTreeMap::new();
    }
    let origin = |(at, planned): (usize, &PlannedEnvironment)| {
        let found = sessions.source(at).map(|(account, _)| account.clone());
        let source = found.or_else(|| planned.source_account.clone());
        (planned.name.clone(), EnvironmentOrigin { endpoint: sessions.endpoint(at), source })
    };
    plan.environments.iter().enumerate().map(origin).collect()
}

/// Returns the arguments of this program as they may be kept.
pub fn command_line() -> Vec<String> {
    kept_words(std::env::args_os().skip(1))
}

fn kept_words(arguments: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_code = false;
    for argument in arguments {
        let word = argument.to_string_lossy().into_owned();
        let is_joined = word.strip_prefix(MFA_CODE).is_some_and(|rest| rest.starts_with('='));
        words.push(match (is_code, is_joined) {
            (true, _) => "…".to_owned(),
            (false, true) => format!("{MFA_CODE}=…"),
            (false, false) => word.clone(),
        });
        is_code = !is_code && word == MFA_CODE;
    }
    words
}

/// Returns the plan's environment files, those that they extend and the templates that could be read, each with the SHA-256 of its
/// text.
pub fn files(plan: &Plan) -> BTreeMap<PathBuf, String> {
    let environments = plan.environments.iter().flat_map(|one| {
        let own = (one.path.clone(), one.digest.clone());
        one.beneath.iter().cloned().chain([own])
    });
    let of_files = plan.instances.iter().filter(|instance| instance.removed().is_none());
    let read = of_files.map(|instance| instance.template()).filter(|read| !read.is_unknown());
    // As a person finds it: what is sent may hold objects in the place of local paths.
    let written = read.map(|template| template.as_written());
    let templates = written.map(|template| (template.file.path.clone(), template.digest.clone()));
    environments.chain(templates).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_an_mfa_device_is_not_kept() {
        let kept = |words: &[&str]| kept_words(words.iter().map(OsString::from)).join(" ");
        assert_eq!(kept(&["apply", "--mfa-code", "123456", "a.yaml"]), "apply --mfa-code … a.yaml");
        assert_eq!(kept(&["apply", "--mfa-code=123456", "--yes"]), "apply --mfa-code=… --yes");
        assert_eq!(kept(&["--mfa-code", "--mfa-code", "x"]), "--mfa-code … x");
    }
}
