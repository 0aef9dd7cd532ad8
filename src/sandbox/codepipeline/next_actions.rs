//! The next actions of an execution, from what was declared and what became of it.

use super::declaration::{Declaration, DeclaredAction, Stage};
use super::run::{Execution, ExecutionStatus};

/// What an execution does next.
#[derive(Debug, PartialEq)]
pub enum Next<'a> {
    /// It waits for what runs.
    Wait,
    /// It starts these actions of a stage.
    Start(&'a Stage, Vec<&'a DeclaredAction>),
    /// The execution ends with this status.
    End(ExecutionStatus),
}

/// Returns what an execution does next.
pub fn next<'a>(declaration: &'a Declaration, execution: &Execution) -> Next<'a> {
    for stage in &declaration.stages {
        let status = |action: &DeclaredAction| {
            let mut runs = execution.actions.iter();
            let run = runs.find(|run| run.stage == stage.name && run.action.name == action.name);
            run.map(|run| run.status)
        };
        let statuses: Vec<Option<ExecutionStatus>> = stage.actions.iter().map(status).collect();
        if statuses.contains(&Some(ExecutionStatus::InProgress)) {
            return Next::Wait;
        }
        if statuses.contains(&Some(ExecutionStatus::Failed)) {
            return Next::End(ExecutionStatus::Failed);
        }
        let waiting = || stage.actions.iter().filter(|action| status(action).is_none());
        if let Some(turn) = waiting().map(|action| action.run_order).min() {
            return Next::Start(stage, waiting().filter(|a| a.run_order == turn).collect());
        }
    }
    Next::End(ExecutionStatus::Succeeded)
}
