//! Why a stack instance was not started, in words: which need failed, which wave stopped.

use super::order::WaveOfPlan;
use super::position::PlanIndex;
use crate::event::{Failure, FailureKind, Operation};
use crate::plan::Plan;

/// Returns that the run was asked to stop.
pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "the run was cancelled before its turn")
}

/// Returns that the run was refused before it began.
pub(super) fn refused() -> Failure {
    Failure::new(FailureKind::Cancelled, "not begun: the run was refused")
}

/// Returns that nothing more is changed, because it could not be written down first.
pub(super) fn unkept(reason: &str) -> Failure {
    let message = format!("not changed: the run can no longer be kept ({reason})");
    Failure::new(FailureKind::JournalLost, message).with_help(
        "mend what keeps the run from being kept; `xdeploy runs` tells whether another process works on the \
         environment now; then `xdeploy resume` goes on",
    )
}

/// Returns that the stack instance `need` did not succeed.
pub(super) fn need_failed(plan: &Plan, operation: Operation, need: PlanIndex) -> Failure {
    let need = &plan.instances[need.0].id;
    let why = match operation {
        Operation::Apply | Operation::Plan => format!("it needs {need}, which did not succeed"),
        Operation::Destroy | Operation::Prune => {
            format!("{need} needs it and could not be deleted")
        }
    };
    Failure::new(FailureKind::NeedFailed, why)
}

/// Returns that a wave stopped when the account of the stack instance `failed` did.
pub(super) fn wave_stopped(plan: &Plan, wave: WaveOfPlan, failed: PlanIndex) -> Failure {
    let account = &plan.instances[failed.0].id.account;
    let environment = &plan.environments[wave.environment];
    let mut why = match wave.number {
        Some(number) if environment.waves > 1 => {
            format!("wave {} stopped when {account} failed", number + 1)
        }
        Some(_) | None => format!("the run stopped when {account} failed"),
    };
    if plan.environments.len() > 1 {
        why.push_str(&format!(" in {}", environment.name));
    }
    Failure::new(FailureKind::WaveStopped, why)
        .with_help("`--on-failure continue` does what does not need it all the same")
}

/// Returns that a wave, called so, is yet to be approved.
pub(super) fn not_approved(wave: &str) -> Failure {
    Failure::new(FailureKind::NotApproved, format!("{wave} waits for approval"))
}

/// Returns that the environment of `wave`, which was to come before, did not succeed.
pub(super) fn environment_failed(plan: &Plan, wave: WaveOfPlan) -> Failure {
    let name = &plan.environments[wave.environment].name;
    let why = format!("the environment {name}, which comes before, did not succeed");
    Failure::new(FailureKind::EnvironmentFailed, why)
}

/// Returns that the run was not begun, because the login of other accounts is missing.
pub(super) fn no_login() -> Failure {
    let message = "not begun: the login that other accounts need is missing";
    Failure::new(FailureKind::Cancelled, message)
}
