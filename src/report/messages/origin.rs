//! Where a run was carried out, by whom, and from what, in a few words.

use crate::event::RunOrigin;
use crate::report::text::command::shell_word;
use crate::report::text::prose;

/// How much of a git revision tells it from others.
const REVISION_LENGTH: usize = 12;

/// Returns the sandbox as a place.
fn sandbox(origin: &RunOrigin) -> &'static str {
    if origin.virtual_time { "the sandbox in virtual time" } else { "the sandbox" }
}

/// Returns what is behind the name of an environment where that is not AWS: `sandbox`, or a host.
pub fn elsewhere(origin: &RunOrigin) -> Option<String> {
    match &origin.endpoint {
        _ if origin.sandbox => Some("sandbox".to_owned()),
        Some(endpoint) => Some(prose::visible(host(endpoint))),
        None => None,
    }
}

/// Returns where a run is carried out, as the end of a sentence about it, if that is not AWS.
pub fn place(origin: &RunOrigin) -> Option<String> {
    match &origin.endpoint {
        _ if origin.sandbox => Some(format!("in {}", sandbox(origin))),
        Some(endpoint) => Some(format!("at {}", prose::visible(endpoint))),
        None => None,
    }
}

/// Returns where a run was carried out, if that is not AWS.
pub fn place_alone(origin: &RunOrigin) -> Option<String> {
    match &origin.endpoint {
        _ if origin.sandbox => Some(format!("{}: nothing reached AWS", sandbox(origin))),
        endpoint => endpoint.as_deref().map(prose::visible),
    }
}

/// Returns a line about where stacks are looked at, if that is not AWS.
pub fn place_line(origin: &RunOrigin) -> Option<String> {
    match origin.sandbox {
        true => place_alone(origin).map(|place| format!("in {place}")),
        false => place(origin),
    }
}

/// Returns a sentence about where a run was carried out, by whom, and from what; `None` if none of it is
/// known.
pub fn sentence(origin: &RunOrigin) -> Option<String> {
    let place = place_line(origin);
    let caller = origin.caller.as_ref().filter(|_| !origin.sandbox);
    let caller = caller.map(|caller| format!("as {}", prose::visible(caller)));
    let action = origin.pipeline_action.as_deref().map(|action| {
        let execution = origin.pipeline_execution.as_deref();
        let execution = execution.map(|id| format!(" (execution {id})")).unwrap_or_default();
        format!("for {}", prose::visible(&format!("{action}{execution}")))
    });
    let revision = origin.revision.as_deref().map(|revision| {
        let short: String = revision.chars().take(REVISION_LENGTH).collect();
        format!("from revision {}", with_changes(&short, origin))
    });
    let parts: Vec<String> =
        place.into_iter().chain(caller).chain(action).chain(revision).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Returns the whole revision that a run was made from, if it is known.
pub fn revision(origin: &RunOrigin) -> Option<String> {
    origin.revision.as_deref().map(|revision| with_changes(revision, origin))
}

fn with_changes(revision: &str, origin: &RunOrigin) -> String {
    let changes = if origin.dirty { " with uncommitted changes" } else { "" };
    format!("{}{changes}", prose::visible(revision))
}

/// Returns the command line of a run, as a shell takes it, if it is known.
pub fn command(origin: &RunOrigin) -> Option<String> {
    let words = origin.command_line.iter().map(|word| shell_word(&prose::visible(word)));
    let words: Vec<String> = std::iter::once("xdeploy".to_owned()).chain(words).collect();
    (words.len() > 1).then(|| words.join(" "))
}

/// Returns the host, and the port, of an address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said_in_one_sentence() {
        let origin = RunOrigin {
            endpoint: Some("http://localhost:4566/x".to_owned()),
            caller: Some("arn:aws:iam::999999999999:user/u".to_owned()),
            pipeline_action: Some("release/Deploy/dev".to_owned()),
            pipeline_execution: Some("1111-2222".to_owned()),
            revision: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            ..RunOrigin::default()
        };
        let told = "at http://localhost:4566/x, as arn:aws:iam::999999999999:user/u, for \
                    release/Deploy/dev (execution 1111-2222), from revision 0123456789ab";
        assert_eq!(sentence(&origin).as_deref(), Some(told));
        assert_eq!(elsewhere(&origin).as_deref(), Some("localhost:4566"));
        let dirty = sentence(&RunOrigin { dirty: true, ..origin }).expect("it is known");
        assert!(dirty.ends_with("0123456789ab with uncommitted changes"), "{dirty}");
        let sandbox = RunOrigin { sandbox: true, ..RunOrigin::default() };
        assert_eq!(sentence(&sandbox).as_deref(), Some("in the sandbox: nothing reached AWS"));
        let hastened = sentence(&RunOrigin { virtual_time: true, ..sandbox });
        let told = "in the sandbox in virtual time: nothing reached AWS";
        assert_eq!(hastened.as_deref(), Some(told));
        assert_eq!(
            (sentence(&RunOrigin::default()), elsewhere(&RunOrigin::default())),
            (None, None)
        );
    }

    #[test]
    fn a_command_line_can_be_typed_again() {
        let words = ["apply", "my files/it's.yaml", "--account", "dev-*", "--mfa-code", "…", ""];
        let command_line = words.map(str::to_owned).to_vec();
        let told = command(&RunOrigin { command_line, ..RunOrigin::default() });
        let expected = r"xdeploy apply 'my files/it'\''s.yaml' --account 'dev-*' --mfa-code … ''";
        assert_eq!(told.as_deref(), Some(expected));
        assert_eq!(command(&RunOrigin::default()), None);
    }
}
