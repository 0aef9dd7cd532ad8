//! What would change: the resources that stand, held against those that a template wants.
//!
//! Source: the CloudFormation user guide, "Example change sets", and the API reference,
//! `ResourceChangeDetail`. What names a resource that is made or replaced, or reads an attribute of
//! one that changes, is known only once that is done.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{ChangeDetail, ChangeKind, ChangeSource, StoredChange};
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::directives::Retention;
use crate::sandbox::cloudformation::evaluate::TemplateScope;
use crate::sandbox::cloudformation::phases;
use crate::sandbox::cloudformation::references::{TemplateReference, references};
use crate::sandbox::cloudformation::resource_type::ResourceType;
use crate::sandbox::cloudformation::resource_types;
use crate::sandbox::cloudformation::stack::Resource;
use crate::sandbox::cloudformation::template::entries;

/// Returns what becomes of the resources of a stack, by their names.
///
/// `scope` sees the stack with its new definition and the resources that stand; `wanted` are those
/// that the definition asks for, each with those that come first.
pub fn changes(
    old: &Definition,
    scope: &TemplateScope<'_>,
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<StoredChange> {
    let standing = phases::standing(scope.stack);
    let surplus = standing.iter().filter(|id| !wanted.contains_key(*id));
    let mut found: BTreeMap<String, StoredChange> = surplus
        .map(|id| {
            let resource = &scope.stack.resources[id];
            let is_retained = resource.directives.on_deletion != Retention::No;
            let change = change(id, resource, ChangeKind::Remove, Vec::new());
            (id.clone(), StoredChange { is_retained, ..change })
        })
        .collect();
    let comparison = Comparison { old, scope, conditions: conditions(scope) };
    for id in in_order(wanted) {
        if let Some(change) = comparison.of(id, &found) {
            found.insert(id.clone(), change);
        }
    }
    found.into_values().collect()
}

struct Comparison<'a> {
    old: &'a Definition,
    scope: &'a TemplateScope<'a>,
    conditions: BTreeMap<String, bool>,
}

impl Comparison<'_> {
    /// Returns what becomes of a wanted resource, when it is known of all that it needs.
    fn of(&self, id: &str, found: &BTreeMap<String, StoredChange>) -> Option<StoredChange> {
        let definition = &self.scope.stack.definition.template["Resources"][id];
        let Some(standing) = self.scope.stack.standing(id) else {
            let resource_type = definition["Type"].as_str().unwrap_or_default().to_owned();
            return Some(StoredChange {
                logical_id: id.to_owned(),
                physical_id: None,
                resource_type,
                action: ChangeKind::Add,
                details: Vec::new(),
                is_retained: false,
            });
        };
        let kind = resource_types::of(&standing.resource_type);
        let given = definition["Properties"].as_object();
        let names: BTreeSet<&String> = given
            .into_iter()
            .chain(standing.properties.as_object())
            .flat_map(|properties| properties.keys())
            .collect();
        let mut details: Vec<ChangeDetail> = names
            .into_iter()
            .flat_map(|name| self.of_property(id, kind, name, standing, found))
            .collect();
        if kind.has("Tags") && self.old.tags != self.scope.stack.definition.tags {
            details.push(detail(None, false, true, ChangeSource::DirectModification, None));
        }
        if details.is_empty() {
            return None;
        }
        let change = change(id, standing, ChangeKind::Modify, details);
        let is_retained = standing.directives.on_replacement != Retention::No;
        Some(StoredChange { is_retained, ..change })
    }

    fn of_property(
        &self,
        id: &str,
        kind: &ResourceType,
        name: &str,
        standing: &Resource,
        found: &BTreeMap<String, StoredChange>,
    ) -> Vec<ChangeDetail> {
        let wanted = &self.scope.stack.definition.template["Resources"][id]["Properties"][name];
        let before = &self.old.template["Resources"][id]["Properties"][name];
        let recreates = kind.recreates(name);
        let of = |is_static, source, cause| detail(Some(name), recreates, is_static, source, cause);
        let mentioned = references(wanted, &self.conditions);
        let moving = mentioned.iter().filter_map(|reference| unknown(reference, found));
        let mut details: Vec<ChangeDetail> =
            moving.map(|(source, cause)| of(false, source, Some(cause))).collect();
        if !details.is_empty() {
            if wanted != before {
                details.push(of(true, ChangeSource::DirectModification, None));
            }
            return details;
        }
        match self.scope.value(wanted) {
            Ok(value) if value == standing.properties[name] => Vec::new(),
            Ok(_) => {
                let parameters = mentioned.into_iter().map(|reference| reference.name);
                let changed: BTreeSet<String> =
                    parameters.filter(|parameter| self.has_changed(parameter)).collect();
                match changed.is_empty() || wanted != before {
                    true => vec![of(true, ChangeSource::DirectModification, None)],
                    false => changed
                        .into_iter()
                        .map(|parameter| {
                            of(true, ChangeSource::ParameterReference, Some(parameter))
                        })
                        .collect(),
                }
            }
            Err(_) => vec![of(false, ChangeSource::DirectModification, None)],
        }
    }

    fn has_changed(&self, parameter: &str) -> bool {
        let now = self.scope.stack.definition.parameters.get(parameter);
        now.is_some() && now != self.old.parameters.get(parameter)
    }
}

/// Returns why what a reference comes to is not known yet, if it is not.
fn unknown(
    reference: &TemplateReference,
    found: &BTreeMap<String, StoredChange>,
) -> Option<(ChangeSource, String)> {
    let change = found.get(&reference.name)?;
    let is_new = change.action == ChangeKind::Add || change.replacement() != Some("False");
    match &reference.attribute {
        Some(attribute) => {
            Some((ChangeSource::ResourceAttribute, format!("{}.{attribute}", reference.name)))
        }
        None => is_new.then(|| (ChangeSource::ResourceReference, reference.name.clone())),
    }
}

fn change(
    id: &str,
    resource: &Resource,
    action: ChangeKind,
    details: Vec<ChangeDetail>,
) -> StoredChange {
    StoredChange {
        logical_id: id.to_owned(),
        physical_id: Some(resource.physical_id.clone()).filter(|id| !id.is_empty()),
        resource_type: resource.resource_type.clone(),
        action,
        details,
        is_retained: false,
    }
}

fn detail(
    property: Option<&str>,
    recreates: bool,
    is_static: bool,
    source: ChangeSource,
    cause: Option<String>,
) -> ChangeDetail {
    ChangeDetail { property: property.map(str::to_owned), recreates, is_static, source, cause }
}

fn conditions(scope: &TemplateScope<'_>) -> BTreeMap<String, bool> {
    let named = entries(&scope.stack.definition.template, "Conditions");
    named.filter_map(|(name, _)| Some((name.to_owned(), scope.condition(name, 0).ok()?))).collect()
}

/// Returns what is wanted, needs first; there are no circles.
fn in_order(wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<&String> {
    let mut ordered: Vec<&String> = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while ordered.len() < wanted.len() {
        let before = ordered.len();
        for (id, needs) in wanted {
            let is_ready = needs.iter().all(|need| done.contains(need.as_str()));
            if is_ready && done.insert(id) {
                ordered.push(id);
            }
        }
        assert!(ordered.len() > before, "the template was checked for circles");
    }
    ordered
}
