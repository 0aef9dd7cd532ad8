//! What the sandbox makes up of a plan, told before it is carried out there, or after what shows only then.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{CloudArgs, ProgressMode};
use super::{made_up_values, print};
use crate::foreign;
use crate::plan::Plan;
use crate::sandbox;
use crate::template::Template;

/// How many resource types are named that the sandbox knows nothing of, and nested stacks of a bucket.
const MOST_NAMES: usize = 5;

/// How many buckets are named that the sandbox does not have.
const MOST_BUCKETS: usize = 5;

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
        .map(|name| sandbox::becomes(name))
        .filter(|name| !sandbox::is_modelled(name))
        .collect();
    if let Some(names) = some_of(&types) {
        print::note(&format!("the sandbox knows nothing of {names}; it makes names for it"));
    }
    if templates.iter().any(|template| calls_macro(&template.file.text)) {
        print::note("the sandbox leaves what `Fn::Transform` is called on as it is");
    }
}

/// Follows a run to its end, and says which nested stacks and values the sandbox has made up in it.
pub async fn told_after<T>(
    (cloud, progress): (&CloudArgs, ProgressMode),
    run: impl Future<Output = T>,
) -> T {
    let ended = run.await;
    if progress.is_for_people() {
        let stacks = made_up_stacks(&cloud.made_up_stacks.by_bucket());
        let values = made_up_values::told(&cloud.made_up_values);
        stacks.iter().chain(&values).for_each(|it| print::note(it));
    }
    ended
}

/// Says what was made up, a sentence for each bucket.
fn made_up_stacks(by_bucket: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let sentence = |(bucket, ids): (&String, &BTreeSet<String>)| {
        let names = some_of(&ids.iter().map(String::as_str).collect())?;
        let stacks = if ids.len() == 1 { "stack" } else { "stacks" };
        let bucket = foreign::one_line(bucket);
        Some(format!("the sandbox has no bucket {bucket}: it made up the nested {stacks} {names}"))
    };
    let mut told: Vec<String> = by_bucket.iter().take(MOST_BUCKETS).filter_map(sentence).collect();
    match by_bucket.len().saturating_sub(MOST_BUCKETS) {
        0 => {}
        more => told.push(format!("the sandbox made up nested stacks of {more} more buckets")),
    }
    told
}

fn some_of(types: &BTreeSet<&str>) -> Option<String> {
    let named: Vec<&str> = types.iter().take(MOST_NAMES).copied().collect();
    let named = foreign::one_line(&named.join(", "));
    match types.len().saturating_sub(MOST_NAMES) {
        0 if types.is_empty() => None,
        0 => Some(named),
        more => Some(format!("{named} and {more} more")),
    }
}

/// Whether a template's text calls a macro on a part of it.
fn calls_macro(text: &str) -> bool {
    ["Fn::Transform", "!Transform"].iter().any(|call| text.contains(call))
}
