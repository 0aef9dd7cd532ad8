//! Stacks that do well: create, describe, update, delete.

use super::{CHAIN, compare};
use crate::support::sdk_words::{keep, value};

#[tokio::test]
async fn a_stack_is_created_updated_and_deleted() {
    let differences = compare(async |cloud| {
        cloud.create("create", "chain", CHAIN, |call| call).await;
        cloud.create("create again", "chain", CHAIN, |call| call).await;
        cloud.update("update to the same", "chain", CHAIN, |call| call).await;
        cloud
            .update("update to the same value", "chain", CHAIN, |call| {
                call.parameters(value("Value", "one"))
            })
            .await;
        cloud
            .update("update to another value", "chain", CHAIN, |call| {
                call.parameters(value("Value", "two"))
            })
            .await;
        cloud
            .update("update that keeps the value", "chain", CHAIN, |call| {
                call.parameters(keep("Value"))
            })
            .await;
        cloud.delete("delete", "chain").await;
        cloud.delete("delete again", "chain").await;
        let described = cloud.caller.cloudformation().describe_stacks().stack_name("chain");
        let reply = described.send().await;
        cloud.call("describe what is gone", reply);
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    update to another value: order
      sandbox:   the stack, First
      ministack: the stack, First, Second
    update to another value: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    update to another value: Second
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    ");
}

#[tokio::test]
async fn an_update_adds_replaces_and_removes_resources() {
    let differences = compare(async |cloud| {
        cloud.create("create", "chain", CHAIN, |call| call).await;
        let renamed = CHAIN.replace("/chain/second", "/chain/renamed");
        cloud.update("replace", "chain", &renamed, |call| call).await;
        let (parameters, _) = CHAIN.split_once("  Second:").expect("a second resource");
        cloud.update("remove", "chain", parameters, |call| call).await;
        cloud.update("add", "chain", CHAIN, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    replace: order
      sandbox:   the stack, Second
      ministack: the stack, First, Second
    replace: Second
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE, DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    replace: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    remove: order
      sandbox:   the stack, Second
      ministack: the stack, First
    remove: Second
      sandbox:   DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: nothing
    remove: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    add: order
      sandbox:   the stack, Second
      ministack: the stack, First, Second
    add: Second
      sandbox:   CREATE_IN_PROGRESS, CREATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    add: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    replace: First
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    remove: First
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    add: First
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    ");
}

#[tokio::test]
async fn an_export_is_read_by_another_stack_and_holds_its_own_in_place() {
    let differences = compare(async |cloud| {
        let exporting = CHAIN.replace(
            "Name: { Value: !Ref First }",
            "Name: { Value: !Ref First, Export: { Name: shared } }",
        );
        let importing = r#"
Resources:
  Importing:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /importing, Value: !ImportValue shared }
"#;
        cloud.create("import too early", "early", importing, |call| call).await;
        cloud.create("export", "exporting", &exporting, |call| call).await;
        cloud.create("import", "importing", importing, |call| call).await;
        cloud.delete("delete what is imported", "exporting").await;
        cloud.delete("delete the import", "importing").await;
        cloud.delete("delete the export", "exporting").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r#"
    import too early: order
      sandbox:   the stack
      ministack: the stack, Importing
    delete what is imported
      sandbox:   accepted
      ministack: ValidationError: Export shared is imported by stack early
    delete what is imported: status
      sandbox:   CREATE_COMPLETE
      ministack: nothing
    delete what is imported: outputs
      sandbox:   {"Name": "/chain/first", "Where": "100000000001/eu-central-1/exporting/aws"}
      ministack: nothing
    delete what is imported: order
      sandbox:   the stack
      ministack: nothing
    delete what is imported: the stack
      sandbox:   DELETE_IN_PROGRESS, CREATE_COMPLETE
      ministack: nothing
    delete the export
      sandbox:   accepted
      ministack: ValidationError: Export shared is imported by stack early
    delete the export: status
      sandbox:   DELETE_COMPLETE
      ministack: nothing
    delete the export: order
      sandbox:   the stack, Second, First
      ministack: nothing
    delete the export: First
      sandbox:   DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: nothing
    delete the export: Second
      sandbox:   DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: nothing
    delete the export: the stack
      sandbox:   DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: nothing
    import too early: Importing
      sandbox:   nothing
      ministack: CREATE_FAILED
    "#);
}

#[tokio::test]
async fn a_protected_stack_is_not_deleted() {
    let differences = compare(async |cloud| {
        cloud
            .create("create", "chain", CHAIN, |call| call.enable_termination_protection(true))
            .await;
        cloud.delete("delete", "chain").await;
        let call = cloud.caller.cloudformation().update_termination_protection();
        let reply = call.stack_name("chain").enable_termination_protection(false).send().await;
        cloud.call("unprotect", reply);
        cloud.delete("delete again", "chain").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    delete
      sandbox:   ValidationError: Stack [chain] cannot be deleted while TerminationProtection is enabled
      ministack: ValidationError: Stack [arn:aws:cloudformation:eu-central-1:100000000001:stack/chain/ID] cannot be deleted while TerminationProtection is enabled
    ");
}
