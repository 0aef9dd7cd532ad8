//! What a change set tells of resources, in our words: the same change told without values and with them is one.
//!
//! Without values CloudFormation also tells what only might change; with them it leaves that out, and tells each
//! innermost place before and after. A resource may be lost in either telling, so that the graver one counts.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types;

use super::change_cause::ChangeCause;
use crate::event::{ChangeAction, PropertyChange, Replacement, ResourceChange};

/// The type of nested stacks.
const NESTED: &str = "AWS::CloudFormation::Stack";

/// What would become of a resource, and of those in it if it is a stack.
pub(super) struct ToldChange {
    /// What would become of it.
    pub change: ResourceChange,
    /// The ARN of the change set of a nested stack.
    pub nested: Option<String>,
}

/// Returns the changes of a change set that was read without values and with them.
pub(super) fn merged(
    plain: Vec<types::ResourceChange>,
    valued: Vec<types::ResourceChange>,
) -> Vec<ToldChange> {
    let id = |change: &types::ResourceChange| change.logical_resource_id.clone();
    let mut by_id: BTreeMap<_, _> = valued.into_iter().map(|it| (id(&it), it)).collect();
    let both: Vec<_> = plain.into_iter().map(|it| (by_id.remove(&id(&it)), it)).collect();
    let told = both.into_iter().map(|(valued, plain)| {
        let details = valued.map(|valued| (valued.details.unwrap_or_default(), valued.replacement));
        told(plain, details.unwrap_or_default())
    });
    told.chain(by_id.into_values().map(told_alone)).collect()
}

fn told_alone(valued: types::ResourceChange) -> ToldChange {
    told(valued, (Vec::new(), None))
}

type Valued = (Vec<types::ResourceChangeDetail>, Option<types::Replacement>);

fn told(change: types::ResourceChange, (valued, valued_replacement): Valued) -> ToldChange {
    let action = match change.action {
        Some(types::ChangeAction::Add) => ChangeAction::Add,
        Some(types::ChangeAction::Modify) => ChangeAction::Modify,
        Some(types::ChangeAction::Remove) => ChangeAction::Remove,
        Some(types::ChangeAction::Import) => ChangeAction::Import,
        _ => ChangeAction::Dynamic,
    };
    let is_kept = change.policy_action.as_ref().is_some_and(|policy| {
        matches!(policy, types::PolicyAction::Retain | types::PolicyAction::ReplaceAndRetain)
    });
    let (replacement, properties) = match action {
        ChangeAction::Modify => (
            replacement(change.replacement).max(replacement(valued_replacement)),
            properties(change.details.unwrap_or_default(), valued),
        ),
        _ => (None, Vec::new()),
    };
    let is_nested = change.resource_type.as_deref() == Some(NESTED);
    let told = ResourceChange {
        is_untold: is_nested && action == ChangeAction::Modify && change.change_set_id.is_none(),
        physical_id: change.physical_resource_id.filter(|id| !id.is_empty()),
        replacement,
        retained: is_kept,
        properties,
        ..ResourceChange::new(
            action,
            change.logical_resource_id.unwrap_or_default(),
            change.resource_type.unwrap_or_default(),
        )
    };
    ToldChange { change: told, nested: change.change_set_id }
}

fn replacement(told: Option<types::Replacement>) -> Option<Replacement> {
    told.map(|told| match told {
        types::Replacement::True => Replacement::True,
        types::Replacement::False => Replacement::False,
        _ => Replacement::Conditional,
    })
}

/// What is told of one place.
#[derive(Default)]
struct Place {
    before: Option<String>,
    after: Option<String>,
    causes: BTreeSet<ChangeCause>,
}

/// Returns each place once that changes, in the order of properties' names and paths.
fn properties(
    plain: Vec<types::ResourceChangeDetail>,
    valued: Vec<types::ResourceChangeDetail>,
) -> Vec<PropertyChange> {
    let with_values: BTreeSet<String> =
        valued.iter().filter_map(|it| it.target.as_ref().and_then(name)).collect();
    let mut gravest: BTreeMap<String, Replacement> = BTreeMap::new();
    let mut places: BTreeMap<(String, Option<String>), Place> = BTreeMap::new();
    let plain = plain.into_iter().map(|it| (it, false));
    for (detail, has_values) in valued.into_iter().map(|it| (it, true)).chain(plain) {
        let cause = ChangeCause::of(&detail);
        let is_static = detail.evaluation == Some(types::EvaluationType::Static);
        let Some(target) = detail.target else { continue };
        let Some(name) = name(&target) else { continue };
        let known = gravest.entry(name.clone()).or_insert(Replacement::False);
        *known = recreation(target.requires_recreation.as_ref(), is_static).max(*known);
        if !has_values && with_values.contains(&name) {
            continue;
        }
        let path = target.path.filter(|path| is_deeper(path, &name));
        let place = places.entry((name, path)).or_default();
        place.before = place.before.take().or(target.before_value);
        place.after = place.after.take().or(target.after_value);
        place.causes.extend(cause);
    }
    let told = places.into_iter().map(|((name, path), place)| PropertyChange {
        path,
        before: place.before,
        after: place.after,
        cause: ChangeCause::in_words(&place.causes),
        ..PropertyChange::new(name.as_str(), gravest[&name])
    });
    told.collect()
}

/// Returns the name of a property, or of another part of a resource.
fn name(target: &types::ResourceTargetDefinition) -> Option<String> {
    let part = || target.attribute.as_ref().map(|attribute| attribute.as_str().to_owned());
    target.name.clone().filter(|name| !name.is_empty()).or_else(part)
}

fn recreation(told: Option<&types::RequiresRecreation>, is_static: bool) -> Replacement {
    match told {
        Some(types::RequiresRecreation::Always) if is_static => Replacement::True,
        None | Some(types::RequiresRecreation::Never) => Replacement::False,
        Some(_) => Replacement::Conditional,
    }
}

/// Whether a path leads into what has the name, and not to it.
fn is_deeper(path: &str, name: &str) -> bool {
    let is_whole = |path: &str| path.strip_prefix('/') == Some(name);
    !path.is_empty() && !is_whole(path) && !path.strip_prefix("/Properties").is_some_and(is_whole)
}

#[cfg(test)]
mod tests {
    use types::{ChangeSource, EvaluationType as Evaluation, RequiresRecreation as Recreation};

    use super::*;

    fn target(
        name: &str,
        recreation: Recreation,
    ) -> types::builders::ResourceTargetDefinitionBuilder {
        types::ResourceTargetDefinition::builder()
            .attribute(types::ResourceAttribute::Properties)
            .name(name)
            .requires_recreation(recreation)
    }

    fn detail(
        target: types::builders::ResourceTargetDefinitionBuilder,
        evaluation: Evaluation,
        source: ChangeSource,
        cause: Option<&str>,
    ) -> types::ResourceChangeDetail {
        let detail = types::ResourceChangeDetail::builder().target(target.build());
        let detail = detail.evaluation(evaluation).change_source(source);
        detail.set_causing_entity(cause.map(str::to_owned)).build()
    }

    #[test]
    fn of_several_reasons_for_a_property_to_change_the_gravest_counts() {
        let plain = |name, recreation, evaluation| {
            detail(target(name, recreation), evaluation, ChangeSource::DirectModification, None)
        };
        let found = properties(
            vec![
                plain("Name", Recreation::Always, Evaluation::Dynamic),
                plain("Name", Recreation::Always, Evaluation::Static),
                plain("Delay", Recreation::Never, Evaluation::Static),
                plain("Size", Recreation::Conditionally, Evaluation::Static),
            ],
            Vec::new(),
        );
        let names = [
            ("Delay", Replacement::False),
            ("Name", Replacement::True),
            ("Size", Replacement::Conditional),
        ];
        let expected = names.map(|(name, replacement)| PropertyChange {
            cause: Some("template".into()),
            ..PropertyChange::new(name, replacement)
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_told_at_their_places_with_what_makes_them_change() {
        let timeout = || {
            let target = target("VisibilityTimeout", Recreation::Never);
            target.path("/Properties/VisibilityTimeout").before_value("60").after_value("90")
        };
        let tag = target("Tags", Recreation::Never).path("/Properties/Tags/0/Value");
        let drifted = target("DelaySeconds", Recreation::Never)
            .before_value("7")
            .drift(types::LiveResourceDrift::builder().build());
        let (parameter, direct) =
            (ChangeSource::ParameterReference, ChangeSource::DirectModification);
        let reads = detail(
            target("Policy", Recreation::Always),
            Evaluation::Dynamic,
            ChangeSource::ResourceAttribute,
            Some("Role.Arn"),
        );
        let found = properties(
            vec![
                detail(target("Tags", Recreation::Never), Evaluation::Static, direct.clone(), None),
                reads,
            ],
            vec![
                detail(timeout(), Evaluation::Static, parameter, Some("Timeout")),
                detail(timeout(), Evaluation::Dynamic, direct.clone(), None),
                detail(tag.after_value("b"), Evaluation::Static, direct, None),
                detail(drifted, Evaluation::Static, ChangeSource::NoModification, None),
            ],
        );
        let lines = found.iter().map(|it| {
            let PropertyChange { name, path, replacement, before, after, cause } = it;
            format!("{name} {path:?} {replacement:?} {before:?} {after:?} {cause:?}")
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        DelaySeconds None False Some("7") None Some("drift")
        Policy None Conditional None None Some("attribute Role.Arn")
        Tags Some("/Properties/Tags/0/Value") False None Some("b") Some("template")
        VisibilityTimeout None False Some("60") Some("90") Some("parameter Timeout")
        "#);
    }

    #[test]
    fn a_resource_that_only_might_change_is_told_and_values_are_found_by_its_name() {
        let change = |id: &str, replacement| {
            types::ResourceChange::builder()
                .action(types::ChangeAction::Modify)
                .logical_resource_id(id)
                .physical_resource_id(format!("https://{id}"))
                .replacement(replacement)
        };
        let name = |name| target(name, Recreation::Always).before_value("a").after_value("b");
        let valued = change("Queue", types::Replacement::True).details(detail(
            name("QueueName"),
            Evaluation::Static,
            ChangeSource::DirectModification,
            None,
        ));
        let plain = vec![
            change("Reader", types::Replacement::Conditional).build(),
            change("Queue", types::Replacement::Conditional).change_set_id("arn").build(),
        ];
        let found = merged(plain, vec![valued.build()]);
        let told = |it: &ToldChange| {
            let ResourceChange { resource, physical_id, replacement, properties, .. } = &it.change;
            (
                resource.clone(),
                physical_id.clone(),
                *replacement,
                properties.len(),
                it.nested.clone(),
            )
        };
        let found: Vec<_> = found.iter().map(told).collect();
        let (conditional, replaced) = (Some(Replacement::Conditional), Some(Replacement::True));
        let id = |id: &str| Some(format!("https://{id}"));
        assert_eq!(
            found,
            [
                ("Reader".to_owned(), id("Reader"), conditional, 0, None),
                ("Queue".to_owned(), id("Queue"), replaced, 1, Some("arn".to_owned())),
            ]
        );
    }
}
