//! What guards forbid, for people: the same loss of many stack instances once.

use std::collections::BTreeMap;

use super::failures::shown;
use crate::event::{ForbiddenLoss, Loss};
use crate::report::text::prose;

/// The columns that names are broken at.
const WIDTH: usize = 78;
/// What stands before the names beneath a line.
const BENEATH: &str = "           ";

/// Returns the lines that tell what a run would lose although the files keep it: each resource of a stack once, with the
/// accounts in which it would be lost and what AWS calls it there.
pub fn lines(losses: &[ForbiddenLoss]) -> Vec<String> {
    let mut groups: BTreeMap<_, Vec<&ForbiddenLoss>> = BTreeMap::new();
    for loss in losses {
        let ForbiddenLoss { id, action, resource, resource_type, .. } = loss;
        let key = (action, resource_type, resource, &id.environment, &id.stack);
        groups.entry(key).or_default().push(loss);
    }
    let regions = |loss: &ForbiddenLoss| loss.id.region.clone();
    let has_regions = losses.iter().any(|loss| regions(loss) != regions(&losses[0]));
    let has_environments =
        losses.iter().any(|loss| loss.id.environment != losses[0].id.environment);
    let mut lines = Vec::new();
    for ((action, resource_type, resource, environment, stack), group) in groups {
        let word = match action {
            Loss::Replace => "REPLACE",
            Loss::Remove => "REMOVE",
        };
        let stack = match has_environments {
            true => format!("{environment}/{stack}"),
            false => stack.to_string(),
        };
        let (resource, resource_type) = (prose::one_line(resource), prose::one_line(resource_type));
        lines.push(format!("  {word:7}  {resource}  {resource_type}, in {stack} of"));
        let names: Vec<String> = group.iter().map(|loss| name(loss, has_regions)).collect();
        for name in shown(&names) {
            lines.extend(prose::wrapped(&name, WIDTH - BENEATH.len()).iter().enumerate().map(
                |(at, line)| {
                    let indent = if at == 0 { "" } else { "  " };
                    format!("{BENEATH}{indent}{line}")
                },
            ));
        }
    }
    lines
}

/// Returns where a resource would be lost, and what AWS calls it there.
fn name(loss: &ForbiddenLoss, has_regions: bool) -> String {
    let place = match has_regions {
        true => format!("{}/{}", loss.id.account, loss.id.region),
        false => loss.id.account.to_string(),
    };
    match &loss.physical_id {
        Some(id) => format!("{place}: {}", prose::visible(id)),
        None => place,
    }
}
