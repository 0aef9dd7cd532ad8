//! What was asked for on the command line, in the words of a journal.

use clap::ValueEnum;

use super::arguments::{Change, OnFailure, Selected};
use crate::event::{Asked, Owner};
use crate::plan::Plan;

/// Returns what a run was asked for, so that it can be gone on with.
pub fn asked(arguments: &Change, plan: &Plan) -> Asked {
    let Selected { files, accounts, stacks, regions } = arguments.selected.clone();
    Asked {
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

/// Returns who runs this program.
pub fn owner() -> Owner {
    let named = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    // Services and containers tend to set neither.
    let number = || format!("user {}", rustix::process::getuid().as_raw());
    let system = rustix::system::uname();
    Owner {
        user: named("USER").or_else(|| named("LOGNAME")).unwrap_or_else(number),
        host: system.nodename().to_string_lossy().into_owned(),
        process: std::process::id(),
    }
}

fn word(on_failure: OnFailure) -> Option<String> {
    on_failure.to_possible_value().map(|value| value.get_name().to_owned())
}
