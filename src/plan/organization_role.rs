//! The role that Organizations is asked with: it is checked with all else, as nobody may ask for a long time.

use super::composer::Composer;
use super::evaluate::EvaluationScope;
use super::regions;
use crate::document::Fault;
use crate::name::{Region, RoleArn};

/// What stands at the key.
const LABEL: &str = "who asks AWS Organizations";

/// What to do where it is at fault and nothing better is known.
const HELP: &str =
    "name the one role that may read it, or leave `role` out: then the source credentials ask";

/// Returns `organization.role` of an environment, given as a position, whose home is a Region; nothing if it names none,
/// or what it names is at fault.
pub(super) fn organization_role<'e>(
    composer: &mut Composer<'e, '_>,
    position: usize,
    home: &'e Region,
) -> Option<RoleArn> {
    let role = role(composer, position, home);
    role.unwrap_or_else(|fault| {
        composer.faults.enter(fault);
        None
    })
}

fn role<'e>(
    composer: &mut Composer<'e, '_>,
    position: usize,
    home: &'e Region,
) -> Result<Option<RoleArn>, Fault> {
    let organization = composer.evaluator.placements.environments[position].organization.as_ref();
    let Some(text) = organization.and_then(|it| it.role.as_ref()) else { return Ok(None) };
    let scope = EvaluationScope { environment: position, target: None, region: Some(home) };
    let arn = composer.evaluator.text(text, scope).map_err(|fault| Fault {
        label: fault.label.or_else(|| Some(LABEL.to_owned())),
        help: fault.help.or_else(|| Some(HELP.to_owned())),
        ..fault
    })?;
    if let Some(fault) = regions::of_other_partition(&arn, home, &text.place) {
        return Err(fault);
    }
    let role = arn.parse().map_err(|error| {
        Fault::at(&text.place, format!("{error}")).with_label(LABEL).with_help(HELP)
    })?;
    Ok(Some(role))
}
