//! Value limits: what CloudFormation takes as a value is checked, before the call, for what outputs and values that AWS
//! keeps come to as well.

use crate::document::quoted;
use crate::environment::ListPart;
use crate::event::{Failure, FailureKind};
use crate::plan::{DesiredStack, Plan, PlannedLookup, PlannedValue, StackField, ValuePiece};
use crate::template::MOST_VALUE_BYTES;

/// The longest value that a message shows, in bytes.
const MOST_SHOWN_BYTES: usize = 120;

/// Refuses a value that CloudFormation would not take, once all that it is made of is known.
///
/// # Errors
/// With what is wrong with it and what to do.
pub(super) fn check(
    plan: &Plan,
    desired: &DesiredStack<PlannedValue>,
    field: StackField<'_>,
    planned: &PlannedValue,
    value: &str,
) -> Result<(), Failure> {
    // What was known before was checked with the file.
    if planned.as_text().is_some() {
        return Ok(());
    }
    let declared = match field {
        StackField::Parameter(name) => desired.template.parameters.get(name),
        StackField::Tag(_)
        | StackField::ServiceRole
        | StackField::NotificationArn
        | StackField::RollbackAlarm => None,
    };
    let objection = declared.and_then(|declared| declared.objection(value));
    let Some(objection) = objection.or_else(|| field.objection(value)) else { return Ok(()) };
    let is_secret = declared.is_some_and(|declared| declared.is_secret);
    let shown = match value.len() > MOST_SHOWN_BYTES || is_secret {
        true => String::new(),
        false => format!(" {}", quoted(value)),
    };
    let message = match field {
        StackField::Parameter(name) => format!("the value{shown} of `{name}` {objection}"),
        other => format!("{other} {objection}"),
    };
    let failure = Failure::new(FailureKind::Refused, message);
    Err(failure.with_help(help(plan, field, planned, value)))
}

/// Returns how many parts a list fits into.
fn enough(list: &str) -> usize {
    ListPart::enough(list.split(',').map(str::len), MOST_VALUE_BYTES)
}

/// Says where the value comes from, and what to do if it is a list that has grown too long.
fn help(plan: &Plan, field: StackField<'_>, planned: &PlannedValue, value: &str) -> String {
    let lists = planned.pieces.iter().filter_map(|piece| match piece {
        ValuePiece::Output { instances, part, .. } if instances.len() > 1 => {
            Some((instances.len(), part))
        }
        ValuePiece::Output { .. }
        | ValuePiece::Literal(_)
        | ValuePiece::Secret(_)
        | ValuePiece::Lookup(_) => None,
    });
    let is_parameter = matches!(field, StackField::Parameter(_));
    match lists.max_by_key(|(count, _)| *count) {
        Some((count, _)) if !is_parameter => format!(
            "it joins the outputs of {count} stack instances: take that of fewer, or give a parameter the list"
        ),
        // Only the last part grows beyond the limit.
        Some((count, Some(part))) if value.len() > MOST_VALUE_BYTES => format!(
            "it is part {part} of a list from {count} stack instances, for which {} not enough; {}",
            match part.count() {
                1 => "1 part is".to_owned(),
                parts => format!("{parts} parts are"),
            },
            ListPart::split_into(enough(value).max(2) + part.count() - 1),
        ),
        Some((count, None)) if value.len() > MOST_VALUE_BYTES => format!(
            "it joins the outputs of {count} stack instances: {}, see docs/environment-file.md",
            ListPart::split_into(enough(value)),
        ),
        _ => {
            let outputs = planned.needs().take(1);
            let outputs = outputs.map(|need| format!("an output of {}", plan.instances[need].id));
            let lookups = planned.lookups().map(PlannedLookup::to_string);
            format!("it comes from {}", outputs.chain(lookups).collect::<Vec<_>>().join(" and "))
        }
    }
}
