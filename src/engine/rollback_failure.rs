//! Why a stack instance is not rolled back, in words.

use std::collections::BTreeSet;

use super::cause_remedy;
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, UncertainPart};
use crate::name::InstanceId;

/// Returns the end of one that stays as the run left it.
pub(super) fn stays(end: &InstanceEnd, failure: Failure) -> InstanceEnd {
    let failure = Failure { message: format!("not put back: {}", failure.message), ..failure };
    InstanceEnd { outcome: Outcome::Failed, failure: Some(failure), ..end.clone() }
}

/// Returns the end of one that is back, with why it failed if the run did not get it as wanted: a run that goes
/// back by itself tells that.
pub(super) fn telling_the_cause(end: InstanceEnd, change: &InstanceEnd) -> InstanceEnd {
    let Some(cause) = change.failure.as_ref().filter(|_| end.failure.is_none()) else { return end };
    let mend = cause_remedy::of_reason(&cause.message);
    let mend = mend.map_or("mend the cause and ".to_owned(), |mend| format!("{mend}; then "));
    let stands = "the stack stands as before the run";
    let failure = cause.clone().with_help(format!("{stands}; {mend}apply again"));
    InstanceEnd { failure: Some(failure), ..end }
}

/// Returns why one stays whose dependent did.
pub(super) fn is_needed(by: &InstanceId) -> Failure {
    Failure::new(FailureKind::NeedFailed, format!("{by} needs it and was not put back"))
}

/// Returns that what stood before is not known.
pub(super) fn unknown(what: &str) -> Failure {
    Failure::new(FailureKind::CannotGoBack, format!("what stood before is not known: {what}"))
        .with_help(
            "bring back what its state folder held beside the journal, if that was left elsewhere (`.before.jsonl` \
             and `templates`); or deploy the version before by hand. Runs keep it where they may call \
             cloudformation:GetTemplate",
        )
}

/// Returns that parts of what stood before may have been sent otherwise than they were read.
pub(super) fn uncertain(parts: &BTreeSet<UncertainPart>) -> Failure {
    let parts: Vec<String> = parts.iter().map(UncertainPart::to_string).collect();
    let message = format!(
        "what stood before is not known for sure: CloudFormation answers `?` for every character \
         outside ASCII, and `?` stands in {}",
        parts.join(", ")
    );
    Failure::new(FailureKind::CannotGoBack, message).with_help(
        "apply the version before from its own files; where runs keep their state folder, they know \
         what was sent",
    )
}

pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "the run was cancelled")
}

pub(super) fn vanished() -> Failure {
    Failure::new(FailureKind::CannotGoBack, "the stack is gone: somebody else deleted it")
}

pub(super) fn protected() -> Failure {
    Failure::new(FailureKind::CannotGoBack, "termination protection is on: it is not deleted")
        .with_help("take the protection off and delete the stack by hand, if that is wanted")
}

pub(super) fn retained(kept: &[String]) -> Failure {
    let message = format!("the stack is gone, but what it retains stays: {}", kept.join(", "));
    Failure::new(FailureKind::CannotGoBack, message)
        .with_help("delete by hand what is not wanted: a new stack cannot take over its names")
}
