//! Which stack instances of a plan are told together: those of which the same would become.
//!
//! Where a value names its account or Region it is the same as one that names another's. What AWS calls a resource is
//! no part of it. Where values differ so much that almost each account would be told by itself, they are told as different.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{FailureKind, Outcome, Preview, ResourceChange};
use crate::name::{Region, StackKey};
use crate::report::clusters;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::messages::changes;
use crate::report::text::prose;

/// How many groups that differ in values alone are told apart.
const MOST_VARIANTS: usize = 5;

/// What stands in place of values that differ.
const DIFFERS: &str = "(differs)";

/// What would become of a stack instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedEnd {
    /// How it would end.
    pub outcome: Outcome,
    /// The stack's key in the file.
    pub stack: StackKey,
    /// What would become of its resources.
    pub changes: Vec<ResourceChange>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Stack instances of which the same would become.
pub struct PlannedGroup<'a> {
    /// What would become of each.
    pub end: PlannedEnd,
    /// The stack instances, in the plan's order.
    pub members: Vec<&'a InstanceReport>,
    has_regions: bool,
}

/// Returns the groups, those that lose a resource first, else in the order of their first stack instances.
///
/// Stack instances that stay as they are belong to one only if there is something to say of them.
pub fn groups<'a>(instances: &[&'a InstanceReport]) -> Vec<PlannedGroup<'a>> {
    let regions: BTreeSet<&Region> = instances.iter().map(|instance| &instance.region).collect();
    let has_regions = regions.len() > 1;
    let ends = instances.iter().map(|instance| (planned_end(instance), *instance));
    let is_told = |end: &PlannedEnd| end.outcome != Outcome::Unchanged || !end.notes.is_empty();
    let ends: Vec<_> = ends.filter(|(end, _)| is_told(end)).collect();
    let mut variants: BTreeMap<PlannedEnd, BTreeSet<PlannedEnd>> = BTreeMap::new();
    let folded: Vec<_> = ends.iter().map(|(end, member)| folded(end, member)).collect();
    for end in &folded {
        variants.entry(without_values(end)).or_default().insert(end.clone());
    }
    let mut positions = BTreeMap::new();
    let mut groups: Vec<PlannedGroup<'a>> = Vec::new();
    for ((end, member), folded) in ends.into_iter().zip(folded) {
        let key = match &variants[&without_values(&folded)] {
            several if several.len() > MOST_VARIANTS => differing(several),
            _ => folded,
        };
        let position = *positions.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(position) {
            // Of one alone, the values are told as they are.
            None => groups.push(PlannedGroup { end, members: vec![member], has_regions }),
            Some(group) => {
                group.end = key;
                group.members.push(member);
            }
        }
    }
    groups.sort_by_key(|group| !group.end.changes.iter().any(ResourceChange::is_loss));
    groups
}

impl PlannedGroup<'_> {
    /// Returns of whom it is told: the only stack instance's account, or how many accounts there are.
    pub fn subject(&self) -> String {
        match self.members.as_slice() {
            [only] => self.name(only),
            _ => prose::counted(self.accounts(), "account"),
        }
    }

    /// Returns in how many accounts its stack instances are.
    pub fn accounts(&self) -> usize {
        self.members.iter().map(|member| &member.account_id).collect::<BTreeSet<_>>().len()
    }

    /// Returns the accounts of its stack instances, with their Regions where there are several.
    pub fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| self.name(member)).collect()
    }

    fn name(&self, member: &InstanceReport) -> String {
        match self.has_regions {
            true => format!("{}/{}", member.account, member.region),
            false => member.account.to_string(),
        }
    }

    /// Returns what AWS calls a resource in the accounts of the group, each name once.
    pub fn physical_names(&self, resource: &str) -> BTreeSet<String> {
        let names = self.members.iter().filter_map(|member| {
            let mut changes = member.preview.iter().flat_map(|preview| &preview.changes);
            let id = changes.find(|change| change.resource == resource)?.physical_id.as_ref()?;
            Some(if self.members.len() > 1 { placed(id, member) } else { id.clone() })
        });
        names.collect()
    }
}

fn planned_end(instance: &InstanceReport) -> PlannedEnd {
    let Preview { mut changes, mut notes, kept: _, is_free: _, unsure: _ } =
        instance.preview.clone().unwrap_or_default();
    changes.sort_by_key(|change| (changes::weight(change), change.resource.clone()));
    if let (Outcome::Skipped, Some(failure)) = (instance.outcome, &instance.failure) {
        notes.push(match failure.kind {
            FailureKind::NeedFailed => "what it needs cannot be planned".to_owned(),
            _ => clusters::brief(failure),
        });
    }
    PlannedEnd { outcome: instance.outcome, stack: instance.stack.clone(), changes, notes }
}

/// Returns an end in which nothing names the account or the Region, nor a resource of it.
fn folded(end: &PlannedEnd, member: &InstanceReport) -> PlannedEnd {
    let mut end = end.clone();
    for change in &mut end.changes {
        change.physical_id = None;
        for property in &mut change.properties {
            for value in [&mut property.before, &mut property.after].into_iter().flatten() {
                *value = placed(value, member);
            }
        }
    }
    end
}

fn placed(value: &str, member: &InstanceReport) -> String {
    let value = value.replace(member.account_id.as_str(), "{account.id}");
    value.replace(member.region.as_str(), "{region}")
}

fn without_values(end: &PlannedEnd) -> PlannedEnd {
    let mut end = end.clone();
    for property in end.changes.iter_mut().flat_map(|change| &mut change.properties) {
        // Whether there is a value stays: a value that is added is none that changes.
        for value in [&mut property.before, &mut property.after].into_iter().flatten() {
            value.clear();
        }
    }
    end
}

/// Returns an end with what is the same in all of several that differ in values alone.
fn differing(several: &BTreeSet<PlannedEnd>) -> PlannedEnd {
    let mut ends = several.iter();
    let mut same = ends.next().expect("there are several").clone();
    for other in ends {
        let others = other.changes.iter().flat_map(|change| &change.properties);
        let properties = same.changes.iter_mut().flat_map(|change| &mut change.properties);
        for (property, other) in properties.zip(others) {
            for (value, other) in
                [(&mut property.before, &other.before), (&mut property.after, &other.after)]
            {
                if value != other {
                    *value = Some(DIFFERS.to_owned());
                }
            }
        }
    }
    same
}
