//! External ids of a plan that was kept without them: read anew from the variables that they stand in, or from the files
//! of today.

use super::asked_files::selected;
use super::error::CommandError;
use super::load::{accounts, variable};
use super::unresumable::unusable;
use crate::engine::PastStart;
use crate::event::RunRequest;
use crate::foreign;
use crate::name::EnvironmentName;
use crate::plan::{AccountEntry, ExternalId, Plan, PlannedValue, SecretSource, TargetAccount};
use crate::run::PlanFromState;

/// Reads the external ids with which the accounts of a plan are entered.
///
/// # Errors
/// If one is nowhere any more.
pub fn read_external_ids(
    found: &mut PlanFromState,
    (start, asked): (&PastStart, &RunRequest),
) -> Result<(), CommandError> {
    let mut left = Vec::new();
    for (&at, source) in &found.external_ids {
        match source.clone().map(of_variables) {
            Some(Ok(Some(id))) => set(&mut found.plan.accounts[at], id),
            Some(Err(source)) => left.push((at, Some(source))),
            Some(Ok(None)) | None => left.push((at, None)),
        }
    }
    let is_needed = !left.is_empty();
    let now = is_needed.then(|| accounts(&selected(asked).files, &[], &asked.listings).ok());
    let now = now.flatten();
    for (at, source) in left {
        let account = &found.plan.accounts[at];
        let environment = &found.plan.environments[account.environment].name;
        let id = now.as_ref().and_then(|now| of_files(now, environment, account));
        let id = id.ok_or_else(|| nowhere(account, source.as_ref(), start))?;
        set(&mut found.plan.accounts[at], id);
    }
    Ok(())
}

fn set(account: &mut TargetAccount, id: ExternalId) {
    if let AccountEntry::AssumeRole(role) = &mut account.entry {
        role.external_id = Some(id);
    }
}

/// Returns the external id, read from the variables of this process alone; nothing if there is none in it.
///
/// # Errors
/// With what it needs else.
fn of_variables(mut value: PlannedValue) -> Result<Option<ExternalId>, SecretSource> {
    value.read_anew(&variable, None)?;
    Ok(ExternalId::of_file(value).filter(|id| !id.as_str().is_empty()))
}

/// Returns the external id that the files of today have for an account.
fn of_files(
    now: &Plan,
    environment: &EnvironmentName,
    account: &TargetAccount,
) -> Option<ExternalId> {
    let is_it = |one: &&TargetAccount| {
        one.id == account.id && now.environments[one.environment].name == *environment
    };
    match &now.accounts.iter().find(is_it)?.entry {
        AccountEntry::AssumeRole(role) => role.external_id.clone(),
        AccountEntry::Source | AccountEntry::Profile(_) => None,
    }
}

/// Returns why an account cannot be entered.
fn nowhere(
    account: &TargetAccount,
    source: Option<&SecretSource>,
    start: &PastStart,
) -> CommandError {
    let of_account = format!("account {} ({})", account.name, account.id);
    match source {
        Some(SecretSource::Env { name, default_in: None }) => unusable(
            &format!(
                "the environment variable {} is not set: the external id with which {of_account} is entered is read \
                 from it",
                foreign::one_line(name)
            ),
            &format!("set it as it was when run {} began", start.run),
        ),
        Some(SecretSource::Env { .. } | SecretSource::File(_)) | None => unusable(
            &format!(
                "the external id with which {of_account} is entered is kept nowhere but in the files, and they do not \
                 tell it any more"
            ),
            "bring `assume-role.external-id` of that account back into the file",
        ),
    }
}
