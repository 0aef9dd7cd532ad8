//! Why a stack failed, where no resource failed by itself: the reason of the stack's own event.

use super::compare;

/// Imports an export, in an output.
const IMPORTER: &str = r#"
Parameters: { Name: { Type: String, Default: nowhere } }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Name: /reasons/importer, Value: one } }
Outputs: { Value: { Value: !ImportValue { Ref: Name } } }
"#;

/// Imports it in a resource.
const NEEDING: &str = r#"
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /reasons/needing, Value: !ImportValue nowhere }
"#;

/// Exports a value that can change, or not at all.
const EXPORTER: &str = r#"
Parameters: { Value: { Type: String, Default: one } }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Name: /reasons/exporter, Value: fixed } }
Outputs: { Value: { Value: !Ref Value, Export: { Name: shared } } }
"#;

/// Selects what is not in the list.
const SELECTING: &str = r#"
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Name: /reasons/selecting, Value: one } }
Outputs: { Value: { Value: !Select [7, !Split [",", !GetAtt Setting.Value]] } }
"#;

#[tokio::test]
async fn an_export_that_is_missing_is_the_stacks_own_reason() {
    let differences = compare(async |cloud| {
        cloud.create("in an output", "importer", IMPORTER, |call| call).await;
        cloud.own_reasons("in an output", "importer").await;
        cloud.create("in a resource", "needing", NEEDING, |call| call).await;
        cloud.own_reasons("in a resource", "needing").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    in an output: order
      sandbox:   the stack
      ministack: the stack, Setting
    in an output: the stack
      sandbox:   CREATE_IN_PROGRESS, ROLLBACK_IN_PROGRESS, ROLLBACK_COMPLETE
      ministack: CREATE_IN_PROGRESS, CREATE_FAILED, ROLLBACK_IN_PROGRESS, ROLLBACK_COMPLETE
    in an output: reasons
      sandbox:   CREATE_IN_PROGRESS User Initiated, then ROLLBACK_IN_PROGRESS No export named nowhere found. Rollback requested by user., then ROLLBACK_COMPLETE nothing
      ministack: CREATE_IN_PROGRESS User Initiated, then CREATE_FAILED Export 'nowhere' not found, then ROLLBACK_IN_PROGRESS Rollback requested, then ROLLBACK_COMPLETE Rollback complete
    in a resource: order
      sandbox:   the stack
      ministack: the stack, Setting
    in a resource: reasons
      sandbox:   CREATE_IN_PROGRESS User Initiated, then ROLLBACK_IN_PROGRESS No export named nowhere found. Rollback requested by user., then ROLLBACK_COMPLETE nothing
      ministack: CREATE_IN_PROGRESS User Initiated, then ROLLBACK_IN_PROGRESS Rollback requested, then ROLLBACK_COMPLETE Rollback complete
    in an output: Setting
      sandbox:   nothing
      ministack: CREATE_IN_PROGRESS, CREATE_COMPLETE, DELETE_IN_PROGRESS, DELETE_COMPLETE
    in a resource: Setting
      sandbox:   nothing
      ministack: CREATE_FAILED
    ");
}

#[tokio::test]
async fn an_export_in_use_keeps_its_stack_as_it_is_and_says_why() {
    let differences = compare(async |cloud| {
        cloud.create("exporter", "exporter", EXPORTER, |call| call).await;
        let importer = IMPORTER.replace("nowhere", "shared");
        cloud.create("importer", "importer", &importer, |call| call).await;
        let changed = EXPORTER.replace("Default: one", "Default: two");
        cloud.update("change it", "exporter", &changed, |call| call).await;
        cloud.own_reasons("change it", "exporter").await;
        let without = EXPORTER.replace(", Export: { Name: shared }", "");
        cloud.update("take it out", "exporter", &without, |call| call).await;
        cloud.own_reasons("take it out", "exporter").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r#"
    change it: status
      sandbox:   UPDATE_ROLLBACK_COMPLETE
      ministack: UPDATE_COMPLETE
    change it: outputs
      sandbox:   {"Value": "one"}
      ministack: {"Value": "two"}
    change it: order
      sandbox:   the stack
      ministack: the stack, Setting
    change it: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_ROLLBACK_IN_PROGRESS, UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_ROLLBACK_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    change it: reasons
      sandbox:   UPDATE_IN_PROGRESS User Initiated, then UPDATE_ROLLBACK_IN_PROGRESS Update canceled. Cannot update export shared as it is in use by importer., then UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS nothing, then UPDATE_ROLLBACK_COMPLETE nothing
      ministack: UPDATE_IN_PROGRESS User Initiated, then UPDATE_COMPLETE nothing
    take it out: status
      sandbox:   UPDATE_ROLLBACK_COMPLETE
      ministack: UPDATE_COMPLETE
    take it out: order
      sandbox:   the stack
      ministack: the stack, Setting
    take it out: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_ROLLBACK_IN_PROGRESS, UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_ROLLBACK_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    take it out: reasons
      sandbox:   UPDATE_IN_PROGRESS User Initiated, then UPDATE_ROLLBACK_IN_PROGRESS Update canceled. Cannot delete export shared as it is in use by importer., then UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS nothing, then UPDATE_ROLLBACK_COMPLETE nothing
      ministack: UPDATE_IN_PROGRESS User Initiated, then UPDATE_COMPLETE nothing
    change it: Setting
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    take it out: Setting
      sandbox:   nothing
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    "#);
}

#[tokio::test]
async fn a_function_that_comes_to_nothing_is_the_stacks_own_reason() {
    let differences = compare(async |cloud| {
        cloud.create("select", "selecting", SELECTING, |call| call).await;
        cloud.own_reasons("select", "selecting").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    select: the stack
      sandbox:   CREATE_IN_PROGRESS, ROLLBACK_IN_PROGRESS, ROLLBACK_COMPLETE
      ministack: CREATE_IN_PROGRESS, CREATE_FAILED, ROLLBACK_IN_PROGRESS, ROLLBACK_COMPLETE
    select: reasons
      sandbox:   CREATE_IN_PROGRESS User Initiated, then ROLLBACK_IN_PROGRESS Template error: Fn::Select cannot select nonexistent value at index 7 Rollback requested by user., then ROLLBACK_COMPLETE nothing
      ministack: CREATE_IN_PROGRESS User Initiated, then CREATE_FAILED Template error: Fn::Select cannot select nonexistent value at index 7, then ROLLBACK_IN_PROGRESS Rollback requested, then ROLLBACK_COMPLETE Rollback complete
    ");
}
