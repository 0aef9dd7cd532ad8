//! Drift as the sandbox keeps it, of one stack.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many detections of a stack can be asked for.
const MOST_DETECTIONS: usize = 10;

/// What is known of a stack's drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackDrift {
    /// The detections of the whole stack or a part of it, oldest first.
    pub detections: Vec<DriftDetection>,
    /// What was found of resources by themselves, and by detections that are forgotten; by logical id.
    resources: BTreeMap<String, ResourceDrift>,
    /// When anything was looked at last.
    pub checked: Option<Timestamp>,
}

/// A detection of a stack's drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftDetection {
    pub id: String,
    pub started: Timestamp,
    /// When it is over.
    pub ready: Timestamp,
    /// How many resources it found to have drifted.
    pub drifted: usize,
    /// Why resources could not be looked at, by logical id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<String, String>,
    /// What it found, by logical id, as long as the stack was not changed since.
    found: BTreeMap<String, ResourceDrift>,
    /// Whether the stack was changed since.
    is_outdated: bool,
}

/// What was found of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceDrift {
    pub logical_id: String,
    pub physical_id: String,
    pub resource_type: String,
    /// What its stack wants it to be, as JSON; what it is, likewise, unless it is gone.
    pub properties: Option<ComparedProperties>,
    /// Why nobody can tell how it stands, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When that was found.
    pub at: Timestamp,
}

/// The properties of a resource that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedProperties {
    pub expected: String,
    pub actual: String,
    pub differences: Vec<PropertyDrift>,
}

/// A place in which a resource is not as its stack wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyDrift {
    /// The place, such as `/Tags/0/Value`.
    pub path: String,
    /// What the stack wants there, if it wants anything.
    pub expected: Option<String>,
    /// What stands there, if anything does.
    pub actual: Option<String>,
}

impl StackDrift {
    /// Whether nobody ever looked at the stack.
    pub fn is_unknown(&self) -> bool {
        self.checked.is_none()
    }

    /// Returns the detection that is not over yet, if there is one.
    pub fn running(&self, now: Timestamp) -> Option<&DriftDetection> {
        self.detections.last().filter(|detection| now < detection.ready)
    }

    /// Keeps what a detection will have found when it is over.
    pub fn begin(
        &mut self,
        id: String,
        started: Timestamp,
        ready: Timestamp,
        found: BTreeMap<String, ResourceDrift>,
    ) {
        let drifted = found.values().filter(|drift| drift.has_drifted()).count();
        let failed =
            |(name, drift): (&String, &ResourceDrift)| Some((name.clone(), drift.failure.clone()?));
        let failures = found.iter().filter_map(failed).collect();
        self.detections.push(DriftDetection {
            id,
            started,
            ready,
            drifted,
            failures,
            found,
            is_outdated: false,
        });
        self.checked = Some(started);
        if self.detections.len() > MOST_DETECTIONS {
            self.resources.extend(self.detections.remove(0).found);
        }
    }

    /// Keeps what was found of one resource.
    pub fn note(&mut self, drift: ResourceDrift) {
        self.checked = Some(drift.at);
        self.resources.insert(drift.logical_id.clone(), drift);
    }

    /// Forgets what was found: the stack changes.
    pub fn outdate(&mut self) {
        self.resources.clear();
        for detection in &mut self.detections {
            detection.found.clear();
            detection.is_outdated = true;
        }
    }

    /// Returns what is known of resources, by logical id.
    pub fn known(&self, now: Timestamp) -> BTreeMap<&String, &ResourceDrift> {
        let mut known: BTreeMap<&String, &ResourceDrift> = BTreeMap::new();
        let ended = self.detections.iter().filter(|detection| detection.ready <= now);
        for (id, drift) in ended.flat_map(|detection| &detection.found).chain(&self.resources) {
            let latest = known.entry(id).or_insert(drift);
            if latest.at < drift.at {
                *latest = drift;
            }
        }
        known
    }

    /// Returns whether the stack has drifted, as AWS words it.
    pub fn status(&self, now: Timestamp) -> &'static str {
        let known = self.known(now);
        let is_checked = |it: &DriftDetection| it.ready <= now && !it.is_outdated;
        let is_unknown = known.values().any(|drift| drift.failure.is_some());
        match known.values().any(|drift| drift.has_drifted()) {
            true => "DRIFTED",
            false if is_unknown => "UNKNOWN",
            false if !known.is_empty() || self.detections.iter().any(is_checked) => "IN_SYNC",
            false => "NOT_CHECKED",
        }
    }
}

impl DriftDetection {
    /// Returns whether the stack had drifted, as AWS words it.
    pub fn status(&self) -> &'static str {
        match self.drifted {
            0 if self.failures.is_empty() => "IN_SYNC",
            0 => "UNKNOWN",
            _ => "DRIFTED",
        }
    }
}

impl ResourceDrift {
    /// Whether the resource is not as its stack wants it.
    pub fn has_drifted(&self) -> bool {
        let differs = |properties: &ComparedProperties| !properties.differences.is_empty();
        self.failure.is_none() && self.properties.as_ref().is_none_or(differs)
    }

    /// Returns how the resource was found, as AWS words it.
    pub fn status(&self) -> &'static str {
        match &self.properties {
            _ if self.failure.is_some() => "UNKNOWN",
            None => "DELETED",
            Some(properties) if properties.differences.is_empty() => "IN_SYNC",
            Some(_) => "MODIFIED",
        }
    }
}

impl PropertyDrift {
    /// Returns how the place differs, as AWS words it.
    pub fn kind(&self) -> &'static str {
        match (&self.expected, &self.actual) {
            (None, _) => "ADD",
            (_, None) => "REMOVE",
            _ => "NOT_EQUAL",
        }
    }
}
