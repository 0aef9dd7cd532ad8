//! Warnings: what a plan may run into that nobody can say for sure without the cloud.

use std::collections::BTreeSet;

use super::desired_stack::MOST_TAG_CHARACTERS;
use super::model::{Plan, StackInstance};
use super::template_values::PseudoParameters;
use super::value::{PlannedValue, ValuePiece};
use crate::document::{Fault, Faults, quoted};
use crate::environment::ListPart;
use crate::template::MOST_VALUE_BYTES;

/// Returns what is to be said of a plan before it is carried out: what looks wrong in the files, each with
/// its spot, then what may go wrong with the plan as a whole, each sentence once.
pub fn warnings(plan: &Plan) -> Vec<Fault> {
    let mut told = BTreeSet::new();
    let found = plan.instances.iter().flat_map(|instance| {
        let long = too_long(plan, instance).into_iter();
        long.chain(long_tags(plan, instance))
            .chain(without_value(instance))
            .chain(unknown_import(plan, instance))
    });
    let of_plan = found.filter(|warning| told.insert(warning.clone()));
    let of_plan = of_plan.map(|warning| Fault::placeless(warning).into_warning());
    Faults::each_once(plan.doubts.iter().cloned().chain(of_plan).collect()).0
}

/// Says which lists of outputs do not fit into a parameter, most likely.
fn too_long(plan: &Plan, instance: &StackInstance) -> Vec<String> {
    let parameters = instance.desired().map_or(&[][..], |desired| &desired.parameters);
    let long = parameters.iter().filter_map(|parameter| {
        let LikelySize { bytes, count, parts, enough } = likely_size(plan, &parameter.value)?;
        (bytes > MOST_VALUE_BYTES * parts || enough > parts).then(|| {
            format!(
                "the value of `{}` of {} joins {count} outputs to about {bytes} bytes; CloudFormation \
                 takes {MOST_VALUE_BYTES}{}: {}, see docs/environment-file.md",
                parameter.name,
                instance.id,
                if parts > 1 { format!(" in each of {parts} parts") } else { String::new() },
                ListPart::split_into(enough.max(parts + 1)),
            )
        })
    });
    long.collect()
}

/// Says which lists of outputs do not fit into a tag, most likely.
fn long_tags(plan: &Plan, instance: &StackInstance) -> Vec<String> {
    let tags = instance.desired().and_then(|desired| desired.tags.as_deref()).unwrap_or_default();
    let long = tags.iter().filter_map(|(key, value)| {
        let LikelySize { bytes, count, .. } = likely_size(plan, value)?;
        (bytes > MOST_TAG_CHARACTERS).then(|| {
            format!(
                "the tag {key} of {} joins {count} outputs to about {bytes} characters; CloudFormation takes \
                 {MOST_TAG_CHARACTERS} in a tag: take the output of fewer stack instances, or give a parameter \
                 the list",
                instance.id,
            )
        })
    });
    long.collect()
}

/// How large a value is at least, most likely.
struct LikelySize {
    bytes: usize,
    /// How many outputs it joins.
    count: usize,
    /// How many parts they are split into.
    parts: usize,
    /// How many parts they fit into.
    enough: usize,
}

/// Returns about how large a value is; nothing for one that joins no outputs.
fn likely_size(plan: &Plan, value: &PlannedValue) -> Option<LikelySize> {
    let mut size = LikelySize { bytes: 0, count: 0, parts: 1, enough: 1 };
    for piece in &value.pieces {
        match piece {
            ValuePiece::Literal(text) => size.bytes += text.len(),
            ValuePiece::Secret(secret) => size.bytes += secret.text.len(),
            ValuePiece::Lookup(_) => {}
            ValuePiece::Output { instances, key, part } => {
                let of = |&at: &usize| {
                    let from = &plan.instances[at];
                    let size = from.template().output_sizes.get(key);
                    size.map_or(1, |size| size.likely(from.stack_name.as_str()))
                };
                let sizes: Vec<usize> = instances.iter().map(of).collect();
                size.bytes += sizes.iter().sum::<usize>() + sizes.len() - 1;
                size.count = size.count.max(sizes.len());
                size.parts = size.parts.max(part.map_or(1, |part| part.count()));
                size.enough = size.enough.max(ListPart::enough(sizes, MOST_VALUE_BYTES));
            }
        }
    }
    (size.count > 1).then_some(size)
}

/// Says which parameters have no value where the stack does not stand yet.
fn without_value(instance: &StackInstance) -> Option<String> {
    let desired = instance.desired()?;
    let missing = desired.unnamed_parameters().filter(|(_, declared)| !declared.has_default);
    let names: Vec<String> = missing.map(|(name, _)| quoted(name)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the stack `{}` keeps its values of {}, which have no default: where it does not stand yet, \
             it cannot be created",
            instance.id.stack,
            names.join(", ")
        )
    })
}

/// Says of which imports nobody can tell beforehand whether a stack beside makes them.
fn unknown_import(plan: &Plan, instance: &StackInstance) -> Option<String> {
    let desired = instance.desired()?;
    let pseudo = PseudoParameters {
        stack_name: Some(instance.stack_name.clone()),
        account: plan.accounts[instance.account].id.clone(),
        region: instance.id.region.clone(),
    };
    let value = |name: &str| {
        let named = desired.parameters.iter().find(|parameter| parameter.name == name);
        match named {
            Some(parameter) => parameter.value.as_text(),
            None if name.starts_with("AWS::") => pseudo.value(name),
            None => desired.template.parameters.get(name)?.default.clone(),
        }
    };
    if desired.template.imports.iter().all(|import| import.name.text(value).is_some()) {
        return None;
    }
    let is_beside = |(at, other): &(usize, &StackInstance)| {
        other.account == instance.account
            && other.id.region == instance.id.region
            && other.id != instance.id
            && !other.template().exports.is_empty()
            && !instance.needs.contains(at)
    };
    let exporter = plan.instances.iter().enumerate().find(is_beside)?.1;
    Some(format!(
        "the stack `{}` imports an export whose name is not known beforehand: if `{}` makes it, name that \
         in `depends-on`",
        instance.id.stack, exporter.id.stack
    ))
}
