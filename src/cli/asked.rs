//! What was asked for on the command line, in the words of a journal.

use clap::ValueEnum;

use super::arguments::{Change, OnFailure, Selected};
use crate::conduct::owner;
use crate::event::Invocation;
use crate::plan::Plan;

/// Returns what a run was asked for, so that it can be gone on with.
pub fn asked(arguments: &Change, plan: &Plan) -> Invocation {
    let Selected { files, accounts, stacks, regions } = arguments.selected.clone();
    Invocation {
        folder: std::env::current_dir().unwrap_or_default(),
        files,
        accounts,
        stacks,
        regions,
        max_concurrent: arguments.max_concurrent.map(std::num::NonZeroUsize::get),
        on_failure: arguments.on_failure.and_then(word),
        sandbox: arguments.place.sandbox,
        state_dir: arguments.place.kept.named(),
        plan: plan.digest(),
        owner: owner(),
    }
}

fn word(on_failure: OnFailure) -> Option<String> {
    on_failure.to_possible_value().map(|value| value.get_name().to_owned())
}
