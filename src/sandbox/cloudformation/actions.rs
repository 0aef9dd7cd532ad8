//! The actions of CloudFormation, each allowed by the caller's policies first.

use super::{
    cancel_update, change_set, continue_rollback, create, delete, describe, drift, hook_results,
    operation_events, protect, request, rollback_stack, summary, unheeded, update,
};
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::NeededPermission;
use crate::sandbox::wire::Refusal;

/// The namespace of CloudFormation's answers.
pub const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// Carries out an action.
pub fn answer(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    authorize(action, call)?;
    unheeded::refuse_unheeded(action, call.form)?;
    request::check_token(call.form)?;
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
        "RollbackStack" => rollback_stack::rollback_stack(call),
        "ContinueUpdateRollback" => continue_rollback::continue_update_rollback(call),
        "DescribeStacks" => describe::describe_stacks(call),
        "DescribeStackEvents" => describe::describe_stack_events(call),
        "DescribeEvents" => operation_events::describe_events(call),
        "ListHookResults" => hook_results::list_hook_results(call),
        "GetHookResult" => hook_results::get_hook_result(call),
        "DetectStackDrift" => drift::detect_stack_drift(call),
        "DetectStackResourceDrift" => drift::detect_stack_resource_drift(call),
        "DescribeStackDriftDetectionStatus" => drift::describe_stack_drift_detection_status(call),
        "DescribeStackResourceDrifts" => drift::describe_stack_resource_drifts(call),
        "DescribeStackResources" => describe::describe_stack_resources(call),
        "DescribeStackResource" => describe::describe_stack_resource(call),
        "ListStackResources" => describe::list_stack_resources(call),
        "ListImports" => describe::list_imports(call),
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
fn authorize(action: &str, call: &QueryCall<'_>) -> Result<(), Refusal> {
    let SignedCaller { account, region, .. } = call.caller;
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
    call.authorize(&NeededPermission::new(format!("cloudformation:{action}"), resource))
}
