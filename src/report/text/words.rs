//! The words on screen for what events say: outcomes, operations, causes.

use super::outcome_look::look;
use super::prose::one_line;
use crate::event::{Failure, FailureKind, Operation, Outcome};

/// Returns the word on screen for how a stack instance ended.
pub fn ending(outcome: Outcome, failure: Option<&Failure>) -> &'static str {
    let is_left = failure.is_some_and(|failure| failure.kind == FailureKind::StillMoving);
    if outcome == Outcome::Failed && is_left { "still moving" } else { look(outcome).word }
}

/// Returns the word on screen for how a stack instance would end.
pub fn foreseen(outcome: Outcome) -> &'static str {
    look(outcome).foreseen
}

/// Returns an operation as the first word of a sentence: `Apply`.
pub fn operation_noun(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "Apply",
        Operation::Destroy => "Destroy",
        Operation::Prune => "Prune",
        Operation::Plan => "Plan",
    }
}

/// Returns an operation that is done: `Applied`.
pub fn operation_done(operation: Operation) -> &'static str {
    match operation {
        Operation::Apply => "Applied",
        Operation::Destroy => "Destroyed",
        Operation::Prune => "Pruned",
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
}
