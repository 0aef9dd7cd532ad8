//! What would change: the resources that stand, held against those that a template wants.
//!
//! Source: the CloudFormation user guide, "Example change sets", and the API reference,
//! `ResourceChangeDetail`. What names a resource that is made or replaced, or reads an attribute of
//! one that changes, is known only once that is done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::foresight::Foresight;
use super::model::{
    ChangeDetail, ChangeKind, ChangeSource, ChangedAttribute, StoredChange, ValueChange,
};
use super::reasons::{Reasons, at, detail};
use crate::sandbox::cloudformation::difference::{differences, shown};
use crate::sandbox::cloudformation::directives::Retention;
use crate::sandbox::cloudformation::evaluate::TemplateScope;
use crate::sandbox::cloudformation::resource_type::ResourceType;
use crate::sandbox::cloudformation::resource_types;
use crate::sandbox::cloudformation::stack::{Resource, STACK_TYPE, StoredStack};
use crate::sandbox::cloudformation::tasks;

/// What becomes of a stack.
pub struct ComparedStack<'a> {
    /// What becomes of its resources, by their names.
    pub changes: Vec<StoredChange>,
    /// What is known of it beforehand.
    pub foresight: Foresight<'a>,
}

/// Returns what becomes of a stack.
///
/// `former` is the stack as it is; `scope` sees it with its new definition and the resources that
/// stand; `wanted` are those that the definition asks for, each with those that come first.
pub fn compare<'a>(
    former: &'a StoredStack,
    scope: &TemplateScope<'a>,
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> ComparedStack<'a> {
    let mut comparison = Comparison {
        former: TemplateScope { stack: former, others: scope.others },
        foresight: Foresight::of(scope),
        found: BTreeMap::new(),
    };
    let standing = tasks::standing(scope.stack);
    for id in standing.iter().filter(|id| !wanted.contains_key(*id)) {
        let change = comparison.removal(id, &former.resources[id]);
        comparison.found.insert(id.clone(), change);
    }
    for id in in_order(wanted) {
        if let Some(change) = comparison.of(id) {
            comparison.foresight.learn(&change);
            comparison.found.insert(id.clone(), change);
        }
    }
    let Comparison { found, foresight, .. } = comparison;
    ComparedStack { changes: found.into_values().collect(), foresight }
}

/// A stack as it is, held against what it is to be.
struct Comparison<'a> {
    former: TemplateScope<'a>,
    foresight: Foresight<'a>,
    found: BTreeMap<String, StoredChange>,
}

impl Comparison<'_> {
    /// Returns the definition of a resource in the new template.
    fn definition(&self, id: &str) -> &Json {
        &self.foresight.stack.definition.template["Resources"][id]
    }

    /// Returns the definition of a resource in the template of before.
    fn former_definition(&self, id: &str) -> &Json {
        &self.former.stack.definition.template["Resources"][id]
    }

    fn removal(&self, id: &str, resource: &Resource) -> StoredChange {
        StoredChange {
            before: Some(self.context(&resource.properties, &self.metadata_before(id))),
            retention: resource.directives.on_deletion,
            ..change(id, resource, ChangeKind::Remove)
        }
    }

    /// Returns what becomes of a wanted resource, when it is known of all that it needs.
    fn of(&self, id: &str) -> Option<StoredChange> {
        let definition = self.definition(id);
        let properties = match &definition["Properties"] {
            Json::Null => json!({}),
            written => self.foresight.value(written),
        };
        let after = self.context(&properties, &self.foresight.value(&definition["Metadata"]));
        let Some(standing) = self.former.stack.standing(id) else {
            return Some(StoredChange {
                logical_id: id.to_owned(),
                physical_id: None,
                resource_type: definition["Type"].as_str().unwrap_or_default().to_owned(),
                action: ChangeKind::Add,
                details: Vec::new(),
                value_details: Vec::new(),
                before: None,
                after: Some(after),
                retention: Retention::No,
                nested: None,
            });
        };
        let (details, value_details) = self.details(id, standing, &properties);
        if details.is_empty() {
            return None;
        }
        Some(StoredChange {
            details,
            value_details,
            before: Some(self.context(&standing.properties, &self.metadata_before(id))),
            after: Some(after),
            retention: standing.directives.on_replacement,
            ..change(id, standing, ChangeKind::Modify)
        })
    }

    /// Returns why a resource changes, and the same with values.
    fn details(
        &self,
        id: &str,
        standing: &Resource,
        properties: &Json,
    ) -> (Vec<ChangeDetail>, Vec<ChangeDetail>) {
        let kind = resource_types::of(&standing.resource_type);
        let (mut details, mut value_details) = (Vec::new(), Vec::new());
        for name in
            keys(standing.properties.as_object(), self.definition(id)["Properties"].as_object())
        {
            let (told, valued) = self.of_property(id, kind, name, standing, &properties[name]);
            details.extend(told);
            value_details.extend(valued);
        }
        for attribute in ChangedAttribute::BESIDES_PROPERTIES {
            let (told, valued) = self.of_attribute(id, attribute);
            details.extend(told);
            value_details.extend(valued);
        }
        let former_tags = &self.former.stack.definition.tags;
        if kind.has("Tags") && *former_tags != self.foresight.stack.definition.tags {
            let tags = detail(ChangedAttribute::Tags, ChangeSource::DirectModification, true);
            details.push(tags.clone());
            value_details.push(tags);
        }
        if details.is_empty() && standing.resource_type == STACK_TYPE {
            let nested = detail(ChangedAttribute::Properties, ChangeSource::Automatic, false);
            details.push(nested.clone());
            value_details.push(nested);
        }
        (details, value_details)
    }

    fn of_property(
        &self,
        id: &str,
        kind: &ResourceType,
        name: &str,
        standing: &Resource,
        after: &Json,
    ) -> (Vec<ChangeDetail>, Vec<ChangeDetail>) {
        let wanted = &self.definition(id)["Properties"][name];
        let is_rewritten = *wanted != self.former_definition(id)["Properties"][name];
        let recreates = kind.recreates(name);
        let named = |detail: ChangeDetail| ChangeDetail {
            property: Some(name.to_owned()),
            recreates,
            ..detail
        };
        let path = format!("/Properties/{name}");
        let (told, valued) =
            self.reasons(wanted, is_rewritten, &standing.properties[name], after, &path);
        (told.into_iter().map(named).collect(), valued.into_iter().map(named).collect())
    }

    /// Returns why something changes that a template writes beside properties.
    fn of_attribute(
        &self,
        id: &str,
        attribute: ChangedAttribute,
    ) -> (Vec<ChangeDetail>, Vec<ChangeDetail>) {
        let name = attribute.as_str();
        let (wanted, former) = (&self.definition(id)[name], &self.former_definition(id)[name]);
        let before = match attribute {
            ChangedAttribute::Metadata => self.metadata_before(id),
            _ => self.former.value(former).unwrap_or_else(|_| former.clone()),
        };
        let (before, after) = (told_of(&before), told_of(&self.foresight.value(wanted)));
        let of = |detail: ChangeDetail| ChangeDetail { attribute, ..detail };
        let path = format!("/{name}");
        let (told, valued) = self.reasons(wanted, wanted != former, &before, &after, &path);
        // What only might be another is no change of anything but a property.
        if valued.is_empty() {
            return (Vec::new(), Vec::new());
        }
        (told.into_iter().map(of).collect(), valued.into_iter().map(of).collect())
    }

    /// Returns why a value changes, and the same for each place in it.
    fn reasons(
        &self,
        wanted: &Json,
        is_rewritten: bool,
        before: &Json,
        after: &Json,
        path: &str,
    ) -> (Vec<ChangeDetail>, Vec<ChangeDetail>) {
        let reasons = |value: &Json| {
            let former = &self.former.stack.definition;
            Reasons::of(value, &self.foresight, former, &self.found)
        };
        let places = differences(path, before, after);
        let told = reasons(wanted).told(is_rewritten, !places.is_empty(), after);
        let valued = places.into_iter().flat_map(|place| {
            let inner = place.path.strip_prefix(path).unwrap_or_default();
            let text = |value: &Json| {
                let shown = |value: &Json| shown(&self.foresight.stack.masked(value));
                Some(value).filter(|value| !value.is_null()).map(shown)
            };
            let value = ValueChange {
                before: text(&place.before),
                after: text(&place.after),
                path: place.path.clone(),
            };
            let found = reasons(at(wanted, inner)).of_place(&place.after);
            found.into_iter().map(move |it| ChangeDetail { value: Some(value.clone()), ..it })
        });
        (told, valued.collect())
    }

    fn metadata_before(&self, id: &str) -> Json {
        let written = &self.former_definition(id)["Metadata"];
        self.former.value(written).unwrap_or_else(|_| written.clone())
    }

    /// Returns what a resource is, as change sets tell it.
    fn context(&self, properties: &Json, metadata: &Json) -> String {
        let mut context = json!({ "Properties": self.foresight.stack.masked(properties) });
        let metadata = told_of(metadata);
        if !metadata.is_null() {
            context["Metadata"] = self.foresight.stack.masked(&metadata);
        }
        context.to_string()
    }
}

/// Returns metadata without what it says to the sandbox alone.
fn told_of(metadata: &Json) -> Json {
    let mut told = metadata.clone();
    let is_own = told.as_object_mut().is_some_and(|map| map.remove("Sandbox").is_some());
    match is_own && told.as_object().is_some_and(serde_json::Map::is_empty) {
        true => Json::Null,
        false => told,
    }
}

type Properties = serde_json::Map<String, Json>;

fn keys<'a>(standing: Option<&'a Properties>, wanted: Option<&'a Properties>) -> BTreeSet<&'a str> {
    let keys = standing.into_iter().chain(wanted).flat_map(Properties::keys);
    keys.map(String::as_str).collect()
}

fn change(id: &str, resource: &Resource, action: ChangeKind) -> StoredChange {
    StoredChange {
        logical_id: id.to_owned(),
        physical_id: Some(resource.physical_id.clone()).filter(|id| !id.is_empty()),
        resource_type: resource.resource_type.clone(),
        action,
        details: Vec::new(),
        value_details: Vec::new(),
        before: None,
        after: None,
        retention: Retention::No,
        nested: None,
    }
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
