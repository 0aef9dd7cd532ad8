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
    insta::assert_snapshot!(differences, @"");
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
    insta::assert_snapshot!(differences, @"");
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
    insta::assert_snapshot!(differences, @"");
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
    insta::assert_snapshot!(differences, @"");
}
