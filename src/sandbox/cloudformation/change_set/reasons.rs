//! Why a value changes: its template, a parameter, or a resource that it refers to.
//!
//! Recorded from AWS: a parameter is a static reason and makes the modification itself a dynamic one; so
//! does a resource that is made or replaced. One that changes in place is a dynamic reason of what reads
//! its attributes, and none where values are looked at: it keeps them, as far as anybody knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::foresight::{Foresight, is_unknown};
use super::model::{ChangeDetail, ChangeKind, ChangeSource, ChangedAttribute, StoredChange};
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::references::{TemplateReference, references};

/// What a value refers to that changes.
pub struct Reasons {
    /// Parameters with other values, or new ones.
    parameters: BTreeSet<String>,
    /// Resources and attributes of them.
    resources: BTreeSet<ResourceReason>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ResourceReason {
    source: ChangeSource,
    cause: String,
    becomes: Becomes,
}

/// What becomes of a resource that something refers to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Becomes {
    /// It stays, with other properties.
    Changed,
    /// It may be replaced.
    ReplacedPerhaps,
    /// It is made or replaced.
    Made,
}

impl Reasons {
    /// Returns what a value of the new template refers to that changes; `found` is what is known of the
    /// resources that come first.
    pub fn of(
        written: &Json,
        foresight: &Foresight<'_>,
        former: &Definition,
        found: &BTreeMap<String, StoredChange>,
    ) -> Self {
        let mentioned = references(written, &foresight.conditions);
        let parameters = &foresight.stack.definition.parameters;
        let has_changed = |name: &String| {
            let now = parameters.get(name);
            let before = former.parameters.get(name);
            // Another value under the same name of the parameter store is no change of the parameter.
            now.is_some_and(|now| before.is_none_or(|before| before.value != now.value))
        };
        Self {
            parameters: mentioned.iter().map(|it| it.name.clone()).filter(has_changed).collect(),
            resources: mentioned.iter().filter_map(|it| resource_reason(it, found)).collect(),
        }
    }

    /// Returns why a value changes or might change: whether the template writes it otherwise, whether it
    /// is another as far as it is known, and what it comes to.
    pub fn told(&self, is_rewritten: bool, is_another: bool, after: &Json) -> Vec<ChangeDetail> {
        let is_made = self.resources.iter().any(|reason| reason.becomes != Becomes::Changed);
        let mut told: Vec<ChangeDetail> =
            self.resources.iter().map(ResourceReason::detail).collect();
        if is_another {
            told.extend(self.of_parameters());
        }
        let is_modified = match is_made {
            true => is_rewritten || (is_another && !self.parameters.is_empty()),
            false => is_another,
        };
        if is_modified {
            told.push(self.modification(!self.resources.is_empty() || is_unknown(after)));
        }
        told
    }

    /// Returns why a place is another, by its values.
    pub fn of_place(&self, after: &Json) -> Vec<ChangeDetail> {
        let made = self.resources.iter().filter(|reason| reason.becomes != Becomes::Changed);
        let mut told: Vec<ChangeDetail> = made.map(ResourceReason::detail).collect();
        let is_made = !told.is_empty();
        told.extend(self.of_parameters());
        told.push(self.modification(is_made || is_unknown(after)));
        told
    }

    fn of_parameters(&self) -> impl Iterator<Item = ChangeDetail> {
        self.parameters.iter().map(|name| ChangeDetail {
            cause: Some(name.clone()),
            ..detail(ChangedAttribute::Properties, ChangeSource::ParameterReference, true)
        })
    }

    fn modification(&self, is_open: bool) -> ChangeDetail {
        let is_static = !is_open && self.parameters.is_empty();
        detail(ChangedAttribute::Properties, ChangeSource::DirectModification, is_static)
    }
}

impl ResourceReason {
    fn detail(&self) -> ChangeDetail {
        ChangeDetail {
            cause: Some(self.cause.clone()),
            ..detail(ChangedAttribute::Properties, self.source, self.becomes == Becomes::Made)
        }
    }
}

fn resource_reason(
    reference: &TemplateReference,
    found: &BTreeMap<String, StoredChange>,
) -> Option<ResourceReason> {
    let change = found.get(&reference.name)?;
    let becomes = match (change.action, change.replacement()) {
        (ChangeKind::Add, _) | (_, Some("True")) => Becomes::Made,
        (_, Some("False")) => Becomes::Changed,
        _ => Becomes::ReplacedPerhaps,
    };
    match &reference.attribute {
        Some(attribute) => Some(ResourceReason {
            source: ChangeSource::ResourceAttribute,
            cause: format!("{}.{attribute}", reference.name),
            becomes,
        }),
        None if becomes == Becomes::Changed => None,
        None => Some(ResourceReason {
            source: ChangeSource::ResourceReference,
            cause: reference.name.clone(),
            becomes,
        }),
    }
}

/// Returns a reason that names no cause and recreates nothing.
pub fn detail(attribute: ChangedAttribute, source: ChangeSource, is_static: bool) -> ChangeDetail {
    ChangeDetail {
        attribute,
        property: None,
        recreates: false,
        is_static,
        source,
        cause: None,
        value: None,
    }
}

/// Returns what a template writes at a place of a value, as far as it writes the place itself.
pub fn at<'a>(written: &'a Json, path: &str) -> &'a Json {
    path.split('/').skip(1).fold(written, |written, key| match written {
        Json::Array(items) => {
            key.parse().ok().and_then(|index: usize| items.get(index)).unwrap_or(written)
        }
        other => other.get(key).unwrap_or(written),
    })
}
