//! What becomes of stacks that need what is to be deleted: the run is refused for them, or they are left.

use super::error::CommandError;
use crate::event::{Dependent, RunRefusal};

/// What is done with dependents that stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDependents {
    /// The run is refused.
    Refuse,
    /// They are left without what they need.
    Leave,
}

impl OnDependents {
    /// Returns what `--leave-dependents` says.
    pub fn of(leave: bool) -> Self {
        if leave { Self::Leave } else { Self::Refuse }
    }
}

/// What deletes, and what else there is than to be refused.
#[derive(Clone, Copy, Debug)]
pub struct Deleting {
    /// The command.
    pub command: &'static str,
    /// What to do about dependents.
    pub help: &'static str,
}

/// What `destroy` says.
pub const DESTROY: Deleting = Deleting {
    command: "destroy",
    help: "--with-dependents deletes them as well, and first; --leave-dependents leaves them without what they \
           need",
};
/// What `destroy` says of those that no file names any more.
pub const DESTROY_AFTER_PRUNE: Deleting = Deleting {
    command: "destroy",
    help: "`xdeploy prune` deletes what no file names any more; do that first, or add --leave-dependents to leave \
           them without what they need",
};
/// What `destroy` says of those that a file names and that were not deployed since.
pub const DESTROY_AFTER_APPLY: Deleting = Deleting {
    command: "destroy",
    help: "`xdeploy apply` deploys them as the files say, without what they needed; or add --leave-dependents to \
           leave them without it",
};
/// What `prune` says.
pub const PRUNE: Deleting = Deleting {
    command: "prune",
    help: "`xdeploy apply` deploys them without it first; a stack whose key was renamed stays with `stack-name:` at \
           the new key; --leave-dependents leaves them without what they needed",
};
/// What `resume` of a destroy says.
pub const RESUME_DESTROY: Deleting = Deleting {
    command: "resume",
    help: "`xdeploy destroy` with --with-dependents deletes them as well, and first",
};
/// What `resume` of a prune says.
pub const RESUME_PRUNE: Deleting = Deleting {
    command: "resume",
    help: "`xdeploy apply` deploys them without it first; or start anew: `xdeploy prune` with --leave-dependents \
           leaves them without what they needed",
};
/// What `rollback` says.
pub const ROLLBACK: Deleting = Deleting {
    command: "rollback",
    help: "delete them first with `xdeploy destroy`, or add --leave-dependents to leave them without what they \
           need",
};

impl Deleting {
    /// Returns that nothing is deleted, as `dependents` need it.
    pub fn refused(self, reason: String, dependents: Vec<Dependent>) -> CommandError {
        let Self { command, help } = self;
        let help = Some(help.to_owned());
        CommandError::refused(
            command,
            RunRefusal { message: reason, help, dependents, losses: Vec::new() },
        )
    }
}
