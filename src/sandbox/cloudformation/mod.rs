//! CloudFormation: stacks, what is asked of them, and what becomes of them over time.
//!
//! `template`, `references`, `validate`, `parameters` and `capabilities` judge a request;
//! `operation`, `engine` and `phases` carry it out; `kinds`, `kind` and `service` are the
//! services behind the resources; `change_set` tells beforehand what would change; the rest are the
//! actions, one file each.

mod cancel_update;
mod capabilities;
mod change_set;
mod continue_rollback;
mod create;
mod definition;
mod delete;
mod describe;
mod engine;
mod ensure;
mod evaluate;
mod exports;
mod identity;
mod kind;
mod kinds;
mod operation;
mod page;
mod parameters;
mod phases;
mod protect;
mod references;
mod service;
mod show;
mod stack;
mod stack_policy;
mod substitution;
mod summary;
mod template;
mod undo;
mod update;
mod validate;
mod wishes;

use jiff::Timestamp;

pub use stack::{Resource, Stack};

use self::engine::Engine;
use super::caller::Caller;
use super::iam::Wanted;
use super::refusal::Refusal;
use super::respond::Call;
use super::settings::Settings;
use super::store::Store;
use crate::name::AccountId;

/// The namespace of CloudFormation's answers.
pub const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// Carries out an action.
pub fn answer(action: &str, call: &mut Call<'_>) -> Result<String, Refusal> {
    authorize(action, call)?;
    match action {
        "CreateStack" => create::create_stack(call),
        "UpdateStack" => update::update_stack(call),
        "DeleteStack" => delete::delete_stack(call),
        "CreateChangeSet" => change_set::create_change_set(call),
        "DescribeChangeSet" => change_set::describe_change_set(call),
        "ListChangeSets" => change_set::list_change_sets(call),
        "DeleteChangeSet" => change_set::delete_change_set(call),
        "ExecuteChangeSet" => change_set::execute_change_set(call),
        "CancelUpdateStack" => cancel_update::cancel_update_stack(call),
        "ContinueUpdateRollback" => continue_rollback::continue_update_rollback(call),
        "DescribeStacks" => describe::describe_stacks(call),
        "DescribeStackEvents" => describe::describe_stack_events(call),
        "DescribeStackResources" => describe::describe_stack_resources(call),
        "ListStacks" => describe::list_stacks(call),
        "ListExports" => describe::list_exports(call),
        "GetTemplate" => summary::get_template(call),
        "GetTemplateSummary" => summary::get_template_summary(call),
        "ValidateTemplate" => summary::validate_template(call),
        "UpdateTerminationProtection" => protect::update_termination_protection(call),
        "SetStackPolicy" => protect::set_stack_policy(call),
        "GetStackPolicy" => protect::get_stack_policy(call),
        other => Err(Refusal::not_offered(format!("cloudformation:{other}"))),
    }
}

/// Checks that the caller may do this to the stack it names, or to stacks in general.
fn authorize(action: &str, call: &Call<'_>) -> Result<(), Refusal> {
    let Caller { account, region, .. } = call.caller;
    let all_of = |name: &str| {
        let partition = region.partition();
        format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}")
    };
    let resource = match (action, call.form.optional("StackName")) {
        (_, Some(arn)) if arn.starts_with("arn:") => arn.to_owned(),
        (_, Some(name)) => {
            let standing = call.store.account(account).stack(region, name);
            standing.map_or_else(|| all_of(&format!("{name}/*")), |stack| stack.id.clone())
        }
        ("DescribeStacks" | "ListStacks", None) => all_of("*/*"),
        (_, None) => {
            let change_set = call.form.optional("ChangeSetName").unwrap_or_default();
            let stack = change_set::stack_of(call.store.account(account), change_set);
            stack.map_or_else(|| "*".to_owned(), |stack| stack.id.clone())
        }
    };
    call.authorize(&Wanted::new(format!("cloudformation:{action}"), resource))
}

/// Lets everything happen in an account that should have happened by `now`.
///
/// # Errors
/// If the account's state cannot be read.
pub fn bring_up_to_date(
    store: &mut Store,
    account: &AccountId,
    now: Timestamp,
    settings: &Settings,
) -> Result<(), Refusal> {
    store.load(account).map_err(|error| Refusal::state(error.to_string()))?;
    if engine::next_due(store.account(account)).is_some_and(|due| due <= now) {
        store.work_on(account, |account, owners, others| {
            Engine { account, owners, others, settings }.catch_up(now);
        });
    }
    Ok(())
}
