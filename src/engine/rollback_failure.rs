//! Why a stack instance is not rolled back, in words.

use std::collections::BTreeSet;

use super::cause_remedy;
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, UncertainPart};
use crate::name::InstanceId;

/// How the reason begins why one stays as the run left it.
const NOT_PUT_BACK: &str = "not put back: ";

/// Returns the end of one that stays as the run left it.
pub(super) fn stays(end: &InstanceEnd, failure: Failure) -> InstanceEnd {
    let failure = Failure { message: format!("{NOT_PUT_BACK}{}", failure.message), ..failure };
    InstanceEnd { outcome: Outcome::Failed, failure: Some(failure), ..end.clone() }
}

/// Returns the end of one on the way back, with why it failed first if the run did not get it as wanted: a run that
/// goes back by itself tells that.
pub(super) fn telling_the_cause(end: InstanceEnd, change: &InstanceEnd) -> InstanceEnd {
    let Some(cause) = &change.failure else { return end };
    let mend = cause_remedy::of_reason(&cause.message);
    let failure = match &end.failure {
        Some(back) => with_way_back(cause, back, mend),
        None => {
            let mend =
                mend.map_or("mend the cause and ".to_owned(), |mend| format!("{mend}; then "));
            let stands = "the stack stands as before the run";
            cause.clone().with_help(format!("{stands}; {mend}apply again"))
        }
    };
    InstanceEnd { failure: Some(failure), ..end }
}

/// Returns the first cause of a failure, followed by why its way back failed. The kind is the way back's: it says
/// whether another one can still bring the stack back.
fn with_way_back(cause: &Failure, back: &Failure, mend: Option<String>) -> Failure {
    let lead = if back.message.starts_with(NOT_PUT_BACK) { "" } else { "on the way back: " };
    let message = format!("{}; {lead}{}", cause.message, back.message);
    let help = back.help.as_ref().or(cause.help.as_ref());
    let help = match (mend, help) {
        (Some(mend), Some(help)) if !help.contains(&mend) => Some(format!("{mend}; then {help}")),
        (mend, help) => help.cloned().or(mend),
    };
    let resource = cause.resource.clone().or_else(|| back.resource.clone());
    Failure { message, resource, help, ..back.clone() }
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

/// Returns that a stack's own rollback is done, which takes no stack policy back: whether the run's is still there
/// cannot be told.
pub(super) fn policy_may_stay(why: &Failure) -> Failure {
    let message =
        format!("its rollback is done, but its stack policy may be the run's: {}", why.message);
    Failure::new(FailureKind::CannotGoBack, message).with_help(
        "look at its stack policy, and set by hand what is wanted; or bring back what its state folder held beside \
         the journal, and roll the run back again",
    )
}

/// Returns what there is to say of a stack whose own rollback was continued, where what stood before is not known.
pub(super) fn as_cloudformation_knows(why: &Failure) -> String {
    format!(
        "its own rollback brought it back as CloudFormation knows it; a stack policy and termination protection are \
         left as they are: {}",
        why.message
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

/// Returns why an update without rollback stays as it failed: the stack had failed before, so that nothing is known that
/// it could go back to, and RollbackStack deletes one that never stood.
pub(super) fn failed_before() -> Failure {
    let message = "it had failed before the run, and the file wants it left as it fails";
    Failure::new(FailureKind::CannotGoBack, message).with_help(
        "mend the cause and apply again; or `aws cloudformation rollback-stack` brings it to where it last stood \
         well, and deletes it if it never did",
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
