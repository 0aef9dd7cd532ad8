//! Stacks whose resources fail, and what may be done with them afterwards.

use aws_sdk_cloudformation::types::OnFailure;

use super::{CHAIN, TAKEN, compare};

/// Waits for a signal that never comes, for two seconds.
const WAITING: &str = r#"
Resources:
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Signal:
    Type: AWS::CloudFormation::WaitCondition
    Metadata: { Sandbox: { Signal: never } }
    Properties: { Handle: !Ref Handle, Timeout: "2" }
"#;

#[tokio::test]
async fn a_failing_create_is_rolled_back_and_leaves_a_stack_that_can_only_be_deleted() {
    let differences = compare(async |cloud| {
        cloud.create("neighbour", "chain", CHAIN, |call| call).await;
        cloud.create("create", "taken", TAKEN, |call| call).await;
        cloud.update("update", "taken", CHAIN, |call| call).await;
        cloud.delete("delete", "taken").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    create: Taken
      sandbox:   CREATE_IN_PROGRESS, CREATE_FAILED, DELETE_COMPLETE
      ministack: CREATE_IN_PROGRESS, CREATE_FAILED
    update
      sandbox:   ValidationError: Stack:arn:aws:cloudformation:eu-central-1:100000000001:stack/taken/ID is in ROLLBACK_COMPLETE state and can not be updated.
      ministack: ValidationError: Stack [taken] is in ROLLBACK_COMPLETE state and cannot be updated
    ");
}

#[tokio::test]
async fn a_failing_create_ends_as_its_on_failure_says() {
    let differences = compare(async |cloud| {
        cloud.create("neighbour", "chain", CHAIN, |call| call).await;
        cloud
            .create("create or delete", "deleted", TAKEN, |call| call.on_failure(OnFailure::Delete))
            .await;
        cloud
            .create("create or leave", "left", TAKEN, |call| call.on_failure(OnFailure::DoNothing))
            .await;
        cloud.delete("delete what was left", "left").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    create or delete: Taken
      sandbox:   CREATE_IN_PROGRESS, CREATE_FAILED, DELETE_COMPLETE
      ministack: CREATE_IN_PROGRESS, CREATE_FAILED
    create or delete: the stack
      sandbox:   CREATE_IN_PROGRESS, DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: CREATE_IN_PROGRESS, ROLLBACK_IN_PROGRESS, ROLLBACK_COMPLETE, DELETE_IN_PROGRESS, DELETE_COMPLETE
    delete what was left: order
      sandbox:   the stack, Taken, Good
      ministack: the stack, Good
    delete what was left: Taken
      sandbox:   DELETE_COMPLETE
      ministack: nothing
    ");
}

#[tokio::test]
async fn a_failing_update_is_rolled_back_and_may_be_tried_again() {
    let differences = compare(async |cloud| {
        cloud.create("neighbour", "chain", CHAIN, |call| call).await;
        let (good, _) = TAKEN.split_once("  Taken:").expect("a second resource");
        cloud.create("create", "taken", good, |call| call).await;
        cloud.update("update", "taken", TAKEN, |call| call).await;
        cloud.update("update to what stands", "taken", good, |call| call).await;
        let changed = good.replace("Value: one", "Value: two");
        cloud.update("update to what can be", "taken", &changed, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    update: order
      sandbox:   the stack, Taken
      ministack: the stack, Good, Taken
    update: Taken
      sandbox:   CREATE_IN_PROGRESS, CREATE_FAILED, DELETE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_FAILED
    update to what can be: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    update: Good
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    ");
}

#[tokio::test]
async fn a_stack_that_moves_takes_no_other_operation() {
    let differences = compare(async |cloud| {
        let caller = cloud.caller.clone();
        let stacks = caller.cloudformation();
        let create = stacks.create_stack().stack_name("waiting").template_body(WAITING);
        cloud.call("create", create.send().await);
        let described = stacks.describe_stacks().stack_name("waiting").send().await;
        let stack = described.expect("it stands").stacks.and_then(|mut stacks| stacks.pop());
        let status = stack.and_then(|stack| stack.stack_status);
        cloud.note("status while it moves", status.as_ref().map_or("", |status| status.as_str()));
        let update = stacks.update_stack().stack_name("waiting").template_body(CHAIN);
        cloud.call("update while it moves", update.send().await);
        let create = stacks.create_stack().stack_name("waiting").template_body(CHAIN);
        cloud.call("create while it moves", create.send().await);
        let settled = caller.settled("waiting").await.and_then(|stack| stack.stack_status);
        cloud.note("status at last", settled.as_ref().map_or("", |status| status.as_str()));
        cloud.delete("delete", "waiting").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    update while it moves
      sandbox:   ValidationError: Stack:arn:aws:cloudformation:eu-central-1:100000000001:stack/waiting/ID is in CREATE_IN_PROGRESS state and can not be updated.
      ministack: ValidationError: Stack [waiting] is in CREATE_IN_PROGRESS state and cannot be updated
    ");
}
