//! Unfinished runs, told before another one begins, each with the command that resumes it.

use std::collections::BTreeSet;

use super::arguments::ProgressMode;
use super::print;
use crate::event::{NamedState, RunRequest};
use crate::journal::{self, Listed, RunFolder, RunStatus};
use crate::name::EnvironmentName;
use crate::plan::Plan;
use crate::report::resume_command;
use crate::run::environments;

/// How many earlier runs are looked at for being of the same environments.
const MOST_LOOKED_AT: usize = 20;

/// Says which runs are unfinished, and how they are resumed, before another one begins that is `asked`
/// for, unless stderr has events only.
pub fn tell_unfinished(
    folder: &RunFolder,
    plan: &Plan,
    (asked, progress): (&RunRequest, ProgressMode),
) {
    if !progress.is_events() {
        unfinished(folder, plan).iter().for_each(|run| tell(run, asked.named_state().as_ref()));
    }
}

/// Returns the unfinished runs and after which no other was begun on an environment of the plan.
fn unfinished(folder: &RunFolder, plan: &Plan) -> Vec<Listed> {
    let mut left: BTreeSet<&EnvironmentName> =
        plan.environments.iter().map(|environment| &environment.name).collect();
    let mut found = Vec::new();
    for run in folder.runs().unwrap_or_default().into_iter().take(MOST_LOOKED_AT) {
        let names = environments(&folder.journal(&run));
        let before = left.len();
        left.retain(|name| !names.contains(name));
        if left.len() < before {
            found.push(journal::list_run(folder, run));
        }
    }
    found.retain(|run| run.standing == RunStatus::Unfinished);
    found
}

fn tell(run: &Listed, named_state: Option<&NamedState>) {
    let Some(beginning) = &run.beginning else { return };
    let names: Vec<&str> = beginning.environments.iter().map(EnvironmentName::as_str).collect();
    print::note(&format!(
        "run {} of {} is unfinished: {} since {:.0}\n  `{}` resumes it; this is a new run, which takes \
         the stacks as they are",
        run.run,
        names.join(", "),
        beginning.operation.as_str(),
        beginning.started,
        resume_command(&run.run, named_state)
    ));
}
