//! Drift folded over the fleet: what many stack instances share is one entry.
//!
//! Two drifts are the same if they say the same once the ids of their accounts and their Regions are left out of
//! values.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{DriftOutcome, DriftRow};
use crate::event::{DriftedKind, DriftedProperty, DriftedResource};
use crate::name::{AccountId, EnvironmentName, StackKey};

/// What one or many stack instances share.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedDrift<'a> {
    /// The environment whose file asks for the stack.
    pub environment: &'a EnvironmentName,
    /// The stack's key.
    pub stack: &'a StackKey,
    /// What became of it; where its members differ in nothing but their places, with `{account.id}` and `{region}`.
    pub told: ToldDrift,
    /// Who shares it, in the order of the file.
    pub members: Vec<&'a DriftRow>,
}

/// What there is to say of a stack or of a resource in it; the first are told first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToldDrift {
    /// The stack does not stand.
    Absent,
    /// A resource has drifted, or could not be read.
    Resource(DriftedResource),
    /// Why a stack was not checked.
    Unchecked(String),
}

type Key<'a> = (&'a EnvironmentName, ToldDrift, &'a StackKey);

/// Returns what stack instances share, of each environment what is lost first, then what most accounts share.
pub fn folded(rows: &[DriftRow]) -> Vec<SharedDrift<'_>> {
    let mut positions: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    let mut shared: Vec<SharedDrift<'_>> = Vec::new();
    for row in rows {
        for told in told(row) {
            let masked = told.masked(row);
            let key = (&row.instance.environment, masked.clone(), &row.instance.stack);
            let at = *positions.entry(key).or_insert(shared.len());
            match shared.get_mut(at) {
                Some(entry) => {
                    if entry.told != told {
                        entry.told = masked;
                    }
                    entry.members.push(row);
                }
                None => shared.push(SharedDrift {
                    environment: &row.instance.environment,
                    stack: &row.instance.stack,
                    told,
                    members: vec![row],
                }),
            }
        }
    }
    shared.sort_by_key(|entry| (entry.rank(), std::cmp::Reverse(entry.accounts())));
    shared
}

/// Returns how many resources of each type CloudFormation does not check.
pub fn unsupported(rows: &[DriftRow]) -> BTreeMap<&str, usize> {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for it in rows.iter().flat_map(|row| &row.drift).filter(|it| is_unsupported(it)) {
        *types.entry(it.resource_type.as_str()).or_default() += 1;
    }
    types
}

fn is_unsupported(resource: &DriftedResource) -> bool {
    resource.kind == DriftedKind::NotChecked && resource.reason.is_none()
}

/// Returns what there is to say of a stack instance, without what its services call resources.
fn told(row: &DriftRow) -> impl Iterator<Item = ToldDrift> {
    let absent = (row.outcome == DriftOutcome::Absent).then_some(ToldDrift::Absent);
    let resources = row
        .drift
        .iter()
        .filter(|it| !is_unsupported(it))
        .map(|it| ToldDrift::Resource(DriftedResource { physical_id: None, ..it.clone() }));
    let unchecked = row.unchecked.iter().cloned().map(ToldDrift::Unchecked);
    absent.into_iter().chain(resources).chain(unchecked)
}

impl ToldDrift {
    /// Returns the same without the place of a stack instance.
    fn masked(&self, row: &DriftRow) -> Self {
        let (account_id, region) = (row.account_id.as_str(), row.instance.region.as_str());
        let masked =
            |text: &String| text.replace(account_id, "{account.id}").replace(region, "{region}");
        let property = |it: &DriftedProperty| DriftedProperty {
            name: it.name.clone(),
            expected: it.expected.as_ref().map(masked),
            actual: it.actual.as_ref().map(masked),
        };
        match self {
            Self::Absent => Self::Absent,
            Self::Unchecked(sentence) => Self::Unchecked(masked(sentence)),
            Self::Resource(it) => Self::Resource(DriftedResource {
                properties: it.properties.iter().map(property).collect(),
                reason: it.reason.as_ref().map(masked),
                ..it.clone()
            }),
        }
    }

    /// Whether it is drift: it is known not to be as the template wants it.
    pub fn is_drift(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Resource(resource) => resource.has_drifted(),
            Self::Unchecked(_) => false,
        }
    }
}

impl SharedDrift<'_> {
    /// Returns how many accounts share it.
    pub fn accounts(&self) -> usize {
        let ids: BTreeSet<&AccountId> = self.members.iter().map(|row| &row.account_id).collect();
        ids.len()
    }

    fn rank(&self) -> u8 {
        match &self.told {
            ToldDrift::Absent => 0,
            ToldDrift::Resource(resource) => match resource.kind {
                DriftedKind::Deleted => 1,
                DriftedKind::Modified => 2,
                DriftedKind::NotChecked => 3,
            },
            ToldDrift::Unchecked(_) => 3,
        }
    }
}
