//! `DescribeChangeSet` and `ListChangeSets`.

use super::model::{StoredChange, StoredChangeSet};
use super::{find, show};
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::identity;
use crate::sandbox::cloudformation::page::page;
use crate::sandbox::wire::{Refusal, xml};

/// Tells a change set, with a page of what would change.
///
/// # Errors
/// If there is no such change set or page.
pub fn describe_change_set(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let with_values = call.form.flag("IncludePropertyValues")? == Some(true);
    let (stack, change_set) = find::change_set(call)?;
    let is_ready = call.now >= change_set.ready;
    let is_told = |change: &&StoredChange| is_ready && show::is_told(change, with_values);
    let changes: Vec<&StoredChange> = change_set.changes.iter().filter(is_told).collect();
    let (changes, next) = page(call, changes, |change| &change.logical_id)?;
    let changes = xml::list("Changes", changes.into_iter().map(|it| show::change(it, with_values)));
    Ok(show::change_set(stack, change_set, call.now) + &changes + &next)
}

/// Lists the change sets of a stack.
///
/// # Errors
/// If there is no such stack or there is no such page.
pub fn list_change_sets(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    let change_sets: Vec<&StoredChangeSet> = stack.change_sets.values().collect();
    let (change_sets, next) = page(call, change_sets, |change_set| &change_set.id)?;
    let summaries = change_sets.into_iter().map(|found| show::summary(stack, found, call.now));
    Ok(xml::list("Summaries", summaries) + &next)
}
