//! The words that lines, frames and summaries share.

use std::time::Duration;

use console::measure_text_width;

use crate::event::{Failure, FailureKind, Operation, Outcome, StackAction};
use crate::foreign;
pub use crate::foreign::{one_line, visible};
use crate::name::InstanceId;
use crate::report::fold::running::Running;
use crate::report::fold::state::RunState;

/// Returns the name of a stack instance on screen: `account/region/stack`, with its environment in
/// front when the run covers several.
pub fn label(id: &InstanceId, state: &RunState) -> String {
    if state.has_several_environments() {
        format!("{}/{id}", id.environment)
    } else {
        id.to_string()
    }
}

/// Returns what is being done to a stack, in the present tense.
pub fn doing(running: &Running) -> &'static str {
    match running.action {
        None => "looking",
        Some(StackAction::Wait) => "waiting",
        Some(StackAction::CancelUpdate) => "cancelling",
        Some(StackAction::ContinueRollback) => "continuing rollback",
        Some(_) if running.is_rolling_back() => "rolling back",
        Some(StackAction::Create) => "creating",
        Some(StackAction::Update) => "updating",
        Some(StackAction::PutBack) => "putting back",
        Some(StackAction::TakeBack) => "taking back",
        Some(StackAction::Delete | StackAction::DeleteBeforeCreate) => "deleting",
    }
}

/// Returns how many resources are done: `4/9`, or `4` where the total is not known; `None` before any
/// moved.
pub fn progress(running: &Running) -> Option<String> {
    match (running.resources_done(), running.resources_total()) {
        (0, None | Some(0)) => None,
        (done, Some(total)) => Some(format!("{done}/{total}")),
        (done, None) => Some(done.to_string()),
    }
}

/// Returns the word on screen for how a stack instance ended.
pub fn ending(outcome: Outcome, failure: Option<&Failure>) -> &'static str {
    let is_left = failure.is_some_and(|failure| failure.kind == FailureKind::StillMoving);
    match outcome {
        Outcome::Failed if is_left => "still moving",
        Outcome::RolledBack => "rolled back",
        other => other.as_str(),
    }
}

/// Returns the word on screen for how a stack instance would end.
pub fn foreseen(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "to create",
        Outcome::Updated => "to update",
        Outcome::Deleted => "to delete",
        Outcome::Unchanged | Outcome::Failed | Outcome::Skipped | Outcome::RolledBack => {
            ending(outcome, None)
        }
    }
}

/// Returns an operation as the first word of a sentence: `Apply`.
pub fn operation_noun(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "Apply",
        Operation::Destroy => "Destroy",
        Operation::Plan => "Plan",
    }
}

/// Returns an operation that is done: `Applied`.
pub fn operation_done(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "Applied",
        Operation::Destroy => "Destroyed",
        Operation::Plan => "Planned",
    }
}

/// Returns a failure's first cause on one line, with its resource in front unless it is named.
pub fn cause(failure: &Failure) -> String {
    let message = one_line(&failure.message);
    match &failure.resource {
        Some(resource) if !names(&message, resource) => {
            format!("{}: {message}", one_line(resource))
        }
        Some(_) | None => message,
    }
}

/// Returns a cause in a few words with its resource behind it unless it is named.
pub fn with_resource(cause: &str, resource: Option<&str>) -> String {
    match resource {
        Some(resource) if !names(cause, resource) => format!("{cause} ({})", one_line(resource)),
        Some(_) | None => cause.to_owned(),
    }
}

fn names(text: &str, resource: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == resource)
}

/// Returns `text` broken at blanks into lines of at most `width` columns, colours not counted; a
/// longer word, such as an ARN, keeps a line of its own, whole.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in foreign::painted(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Returns `count` with its noun, which takes an `s` unless there is one.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Returns a moment of a run as the start of a line: tenths of a second in the first minute.
pub fn moment(since_start: Duration) -> String {
    if since_start.as_secs() < 60 {
        format!("{}.{}s", since_start.as_secs(), since_start.subsec_millis() / 100)
    } else {
        crate::clock::spoken(since_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_names_its_resource_once() {
        let of = |message: &str| {
            let resource = Some("Topic".to_owned());
            let failure = Failure::new(FailureKind::ResourceFailed, message);
            cause(&Failure { resource, ..failure })
        };
        assert_eq!(of("no right to sns:CreateTopic"), "Topic: no right to sns:CreateTopic");
        assert_eq!(of("`Topic` exists already"), "`Topic` exists already");
    }

    #[test]
    fn a_moment_has_tenths_in_the_first_minute_only() {
        assert_eq!(moment(Duration::from_millis(12_480)), "12.4s");
        assert_eq!(moment(Duration::from_secs(64)), "1m 04s");
    }
}
