//! How each account is entered.

use std::time::Duration;

use super::evaluate::{EvaluationScope, Evaluator};
use super::external_id::ExternalId;
use super::model::{AccountEntry, RoleEntry};
use super::placements::{PlacedAccount, Placements};
use super::regions;
use super::session_settings;
use crate::document::{Fault, Place, quoted};
use crate::environment::{AccountSpec, AssumeRole, Environment, Placed, RoleChoice, Text};
use crate::name::{EXTERNAL_ID_RULE, Region, RoleArn, SessionName, is_external_id};

/// How long a session lasts if the file says nothing: STS's own default.
const DEFAULT_DURATION: Duration = Duration::from_secs(3600);

/// How long a session lasts at most that was opened from another role's session.
const LONGEST_CHAINED: Duration = Duration::from_secs(3600);

/// The longest session name, in characters.
const MOST_SESSION_NAME: usize = 64;

/// Returns how the account at position `target` is entered.
///
/// An account that [`without_entry`] has a fault for is not asked about.
///
/// # Errors
/// The first thing that is wrong with it.
pub(super) fn entry<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    target: usize,
) -> Result<AccountEntry, Fault> {
    let placements = evaluator.placements;
    let to = &placements.targets[target];
    let environment = &placements.environments[to.environment];
    let across = regions::across_partitions(placements, to);
    let Some(account) = to.account else { return across.map_or(Ok(AccountEntry::Source), Err) };
    let scope = EvaluationScope {
        environment: to.environment,
        target: Some(target),
        region: Some(to.first_region),
    };
    if let Some(profile) = &account.profile {
        return Ok(AccountEntry::Profile(evaluator.text(profile, scope)?));
    }
    if let Some(fault) = across {
        return Err(fault);
    }
    let wanted = wanted(account, to, environment);
    let Some(role) = &wanted.role else {
        // The source account needs no role, even if it is listed among the accounts.
        return Ok(AccountEntry::Source);
    };
    let via = via(evaluator, wanted.via.as_ref(), scope)?;
    Ok(AccountEntry::AssumeRole(Box::new(RoleEntry {
        role: role_arn(evaluator, role, scope)?,
        external_id: external_id(evaluator, &wanted, scope)?,
        session_name: session_name(evaluator, &wanted, scope)?,
        duration: duration(wanted.duration.as_ref(), &via)?,
        session_policy: session_settings::policy(evaluator, &wanted)?,
        session_tags: session_settings::tags(evaluator, &wanted, scope)?,
        source_identity: session_settings::source_identity(evaluator, &wanted, scope)?,
        via,
    })))
}

/// Returns how an account is to be entered: as the file says, then its groups in their order, then itself.
fn wanted(account: &AccountSpec, to: &PlacedAccount<'_>, environment: &Environment) -> AssumeRole {
    let of_groups = to.groups.iter().map(|group| &group.assume_role);
    let levels = of_groups.chain([&account.assume_role]);
    levels.fold(environment.assume_role.clone(), |beneath, level| level.over(&beneath))
}

/// Returns the roles that lead to the account's own.
fn via<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    via: Option<&Vec<Text>>,
    scope: EvaluationScope<'e>,
) -> Result<Vec<RoleArn>, Fault> {
    let hop = |text: &Text| {
        let arn = evaluator.text(text, scope)?;
        let region = scope.region.expect("an account is entered in a Region");
        of_this_partition(&arn, region, &text.place)?;
        arn.parse().map_err(|error| Fault::at(&text.place, format!("{error}")))
    };
    via.into_iter().flatten().map(hop).collect()
}

fn of_this_partition(arn: &str, region: &Region, place: &Place) -> Result<(), Fault> {
    regions::of_other_partition(arn, region, place).map_or(Ok(()), Err)
}

/// Returns how long a session lasts.
///
/// Source of the limit: the IAM user guide, "Methods to assume a role", role chaining.
fn duration(wanted: Option<&Placed<Duration>>, via: &[RoleArn]) -> Result<Duration, Fault> {
    match wanted {
        Some(wanted) if !via.is_empty() && wanted.value > LONGEST_CHAINED => Err(Fault::at(
            &wanted.place,
            "a session that is reached through other roles lasts an hour at most",
        )
        .with_label("longer than AWS allows after `via`")
        .with_help("leave `duration` out: sessions are renewed before they end")),
        Some(wanted) => Ok(wanted.value),
        None => Ok(DEFAULT_DURATION),
    }
}

/// Returns the fault that nothing says how the account at position `target` is entered, if so.
pub(super) fn without_entry(placements: &Placements<'_>, target: usize) -> Option<Fault> {
    let to = &placements.targets[target];
    let environment = &placements.environments[to.environment];
    let account = to.account?;
    let source = environment.source.account.as_ref();
    let has_entry = account.profile.is_some()
        || wanted(account, to, environment).role.is_some()
        || source.is_some_and(|source| source.value == account.id.value);
    (!has_entry).then(|| {
        Fault::at(&account.name.place, "nothing says how this account is entered")
            .with_label("no role, no profile")
            .with_help("add `assume-role` with the `name` of a role, or a `profile`")
    })
}

fn role_arn<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    role: &RoleChoice,
    scope: EvaluationScope<'e>,
) -> Result<RoleArn, Fault> {
    let target = &evaluator.placements.targets[scope.target.expect("an account is entered")];
    let (text, arn) = match role {
        RoleChoice::Arn(text) => (text, evaluator.text(text, scope)?),
        RoleChoice::Name(text) => {
            let name = evaluator.text(text, scope)?;
            let (partition, id) = (target.first_region.partition(), target.id);
            let name = name.strip_prefix('/').unwrap_or(&name);
            (text, format!("arn:{partition}:iam::{id}:role/{name}"))
        }
    };
    let arn: RoleArn = arn.parse().map_err(|error| Fault::at(&text.place, format!("{error}")))?;
    of_this_partition(arn.as_str(), target.first_region, &text.place)?;
    if is_role_name(arn.role_name()) {
        return Ok(arn);
    }
    let message = format!("{} is not the name of a role", quoted(arn.role_name()));
    let rule = "1 to 64 letters, digits or `_+=,.@-` are allowed, after a path or without one";
    Err(Fault::at(&text.place, message).with_help(rule))
}

/// Whether IAM takes `name` as the name of a role.
///
/// Source: the IAM API reference, `CreateRole`, parameter `RoleName`.
fn is_role_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
}

/// Returns the external id; what is wrong with one is said without showing it.
fn external_id<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    wanted: &AssumeRole,
    scope: EvaluationScope<'e>,
) -> Result<Option<ExternalId>, Fault> {
    let Some(text) = &wanted.external_id else { return Ok(None) };
    if !is_external_id(&evaluator.text(text, scope)?) {
        return Err(Fault::at(&text.place, EXTERNAL_ID_RULE));
    }
    Ok(ExternalId::of_file(evaluator.secret(text, scope)?))
}

fn session_name<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    wanted: &AssumeRole,
    scope: EvaluationScope<'e>,
) -> Result<SessionName, Fault> {
    let (place, name): (&Place, String) = match &wanted.session_name {
        Some(text) => (&text.place, evaluator.text(text, scope)?),
        None => {
            let environment = &evaluator.placements.environments[scope.environment].name;
            let name = format!("xdeploy-{}", environment.value);
            (&environment.place, name.chars().take(MOST_SESSION_NAME).collect())
        }
    };
    name.parse().map_err(|error| Fault::at(place, format!("{error}")))
}
