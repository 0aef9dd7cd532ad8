//! What looks wrong and may be right, told before a plan is carried out.

use super::arguments::{Global, ProgressMode};
use super::print;
use crate::document::Faults;
use crate::plan::{self, Plan};

/// Says on stderr what looks wrong with a plan, where people read it.
pub(super) fn tell(plan: &Plan, (progress, global): (ProgressMode, &Global)) {
    let found = plan::warnings(plan);
    if progress.is_for_people() && !found.is_empty() {
        print::faults(&Faults(found), global);
    }
}
