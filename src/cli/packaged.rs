//! The plan whose local artifacts are packed: what is carried out, and compared with runs of before.

use super::arguments::{Global, ProgressMode};
use super::error::CommandError;
use super::progress::{Interrupt, ProgressLine};
use crate::package::Boundary;
use crate::plan::{self, Plan};

/// Packs what the local paths of a plan's templates lead to; shows how far that is, if it is said how.
///
/// # Errors
/// With all that cannot be packed.
pub fn packaged(plan: Plan, shown: Option<(ProgressMode, &Global)>) -> Result<Plan, CommandError> {
    let work = ("packing", plan::local_paths(&plan), "artifact");
    let line = shown.filter(|_| work.1 > 0).map(|(progress, global)| {
        // Nobody hears of an interrupt yet: it ends the program.
        ProgressLine::start(work, Interrupt::IsHeard, progress, global)
    });
    let on_packed = || line.iter().for_each(ProgressLine::step);
    Ok(plan::package(plan, &Boundary::default(), &on_packed)?)
}
