//! What the sandbox makes up of a plan, told before it is carried out there.

use std::collections::BTreeSet;

use super::arguments::{CloudArgs, ProgressMode};
use super::print;
use crate::foreign;
use crate::plan::Plan;
use crate::sandbox;
use crate::template::Template;

/// How many resource types are named that the sandbox knows nothing of.
const MOST_TYPES: usize = 5;

/// Says of which resource types the sandbox knows no more than names, and that macros do nothing there; nothing
/// where the plan is carried out on AWS, or where stderr is for programs.
pub fn tell(cloud: &CloudArgs, plan: &Plan, progress: ProgressMode) {
    if !cloud.sandbox || !progress.is_for_people() {
        return;
    }
    let desired = plan.instances.iter().filter_map(|instance| instance.desired());
    let templates: Vec<&Template> = desired.map(|desired| desired.template.as_ref()).collect();
    let types: BTreeSet<&str> = templates
        .iter()
        .flat_map(|template| template.resources.values())
        .map(String::as_str)
        .filter(|name| !sandbox::is_modelled(name))
        .collect();
    if let Some(names) = some_of(&types) {
        print::note(&format!("the sandbox knows nothing of {names}; it makes names for it"));
    }
    if templates.iter().any(|template| calls_macro(&template.file.text)) {
        print::note("the sandbox leaves what `Fn::Transform` is called on as it is");
    }
}

fn some_of(types: &BTreeSet<&str>) -> Option<String> {
    let named: Vec<&str> = types.iter().take(MOST_TYPES).copied().collect();
    let named = foreign::one_line(&named.join(", "));
    match types.len().saturating_sub(MOST_TYPES) {
        0 if types.is_empty() => None,
        0 => Some(named),
        more => Some(format!("{named} and {more} more")),
    }
}

/// Whether a template's text calls a macro on a part of it.
fn calls_macro(text: &str) -> bool {
    ["Fn::Transform", "!Transform"].iter().any(|call| text.contains(call))
}
