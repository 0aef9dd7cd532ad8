//! Stacks whose resources fail: their first cause, what else goes on, and how they are mended.

use serde_json::Value;

use super::two_accounts;
use crate::support::caller::Caller;
use crate::support::files::{HEAD, SETTING};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const DEV: &str = "100000000001";

/// One good resource, and one that takes a name which the account may have given away already.
const NAMED: &str = r#"
Parameters:
  Name: { Type: String }
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Name }
  Named:
    Type: AWS::SSM::Parameter
    DependsOn: Good
    Properties: { Type: String, Name: !Ref Name, Value: one }
"#;

/// Returns two accounts, in the first of which the name `/taken` is given away.
async fn one_name_is_taken() -> (Server, Workplace) {
    let (server, workplace) = two_accounts().await;
    let taken = NAMED.replace("!Ref Name, Value: one", "/taken, Value: one");
    let taken = taken.replace("Name: { Type: String }", "Name: { Type: String, Default: x }");
    Caller::root(&server.endpoint(), DEV).create("neighbour", &taken).await;
    workplace.write("named.yaml", NAMED);
    workplace.write("setting.yaml", SETTING);
    (server, workplace)
}

fn environment(name: &str) -> String {
    format!(
        r#"{HEAD}
stacks:
  named:
    template: named.yaml
    parameters: {{ Name: {name} }}
  dependent:
    template: setting.yaml
    depends-on: [named]
  other:
    template: setting.yaml
rollout: {{ on-failure: continue }}
"#
    )
}

fn failure(instance: &Value) -> (&str, &str, &str) {
    let failure = &instance["failure"];
    let text = |key: &str| failure[key].as_str().unwrap_or_default();
    (text("kind"), text("resource"), text("message"))
}

#[tokio::test]
async fn a_failing_create_tells_its_first_cause_and_stops_only_its_dependents() {
    let (_server, workplace) = one_name_is_taken().await;
    workplace.write("prod.yaml", &environment("/taken"));

    let applied = workplace.apply("prod.yaml", 1);

    assert_eq!(
        applied.outcomes(),
        [
            "dev/dependent skipped",
            "dev/named failed",
            "dev/other created",
            "prod/dependent created",
            "prod/named created",
            "prod/other created",
        ]
    );
    let named = applied.instance("dev", "named");
    let (kind, resource, message) = failure(&named);
    assert_eq!((kind, resource), ("resource-failed", "Named"));
    assert!(message.contains("already exists"), "{message}");
    assert_eq!(named["status"], "ROLLBACK_COMPLETE");
    let help = named["failure"]["help"].as_str().expect("a remedy");
    assert!(help.contains("apply again"), "{help}");
    assert_eq!(failure(&applied.instance("dev", "dependent")).0, "need-failed");
}

#[tokio::test]
async fn a_stack_that_rolled_back_is_deleted_and_created_anew() {
    let (_server, workplace) = one_name_is_taken().await;
    workplace.write("prod.yaml", &environment("/taken"));
    workplace.apply("prod.yaml", 1);

    workplace.write("prod.yaml", &environment("/free"));
    let mended = workplace.apply("prod.yaml", 0);

    let named = mended.instance("dev", "named");
    assert_eq!(
        (&named["outcome"], &named["status"]),
        (&"created".into(), &"CREATE_COMPLETE".into())
    );
    assert_eq!(mended.json()["api_calls"]["cloudformation:DeleteStack"], 1);
    assert_eq!(mended.instance("dev", "dependent")["outcome"], "created");
    assert_eq!(mended.instance("dev", "other")["outcome"], "unchanged");
}

#[tokio::test]
async fn a_failing_update_tells_its_first_cause_and_leaves_the_stack_as_it_was() {
    let (_server, workplace) = one_name_is_taken().await;
    workplace.write("prod.yaml", &environment("/free"));
    workplace.apply("prod.yaml", 0);

    workplace.write(
        "named.yaml",
        &format!(
            "{NAMED}{}",
            r#"  Second:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /taken, Value: two }
"#
        ),
    );
    let updated = workplace.apply("prod.yaml", 1);

    let named = updated.instance("dev", "named");
    let (kind, resource, message) = failure(&named);
    assert_eq!((kind, resource), ("resource-failed", "Second"));
    assert!(message.contains("already exists"), "{message}");
    assert_eq!(named["status"], "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(updated.instance("dev", "dependent")["outcome"], "skipped");
    assert_eq!(updated.instance("prod", "named")["outcome"], "updated");

    workplace.write("named.yaml", NAMED);
    let mended = workplace.apply("prod.yaml", 0);
    assert_eq!(mended.instance("dev", "named")["outcome"], "unchanged");
}

#[tokio::test]
async fn a_stack_that_is_still_moving_is_waited_for() {
    let (server, workplace) = one_name_is_taken().await;
    let waiting = r#"
Resources:
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Signal:
    Type: AWS::CloudFormation::WaitCondition
    Properties: { Handle: !Ref Handle, Timeout: "1" }
"#;
    let dev = Caller::root(&server.endpoint(), DEV).cloudformation();
    dev.create_stack().stack_name("other").template_body(waiting).send().await.expect("accepted");
    workplace.write("prod.yaml", &environment("/free"));

    let applied = workplace.apply("prod.yaml", 0);

    // The other deployment times out and rolls back, after which its stack is made anew.
    assert_eq!(applied.instance("dev", "other")["outcome"], "created");
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_even_if_it_is_found_before_any_resource_is_made() {
    let (server, workplace) = two_accounts().await;
    let bucket = r#"
Resources:
  Documents:
    Type: AWS::S3::Bucket
    Properties: { BucketName: taken-by-somebody-else }
"#;
    Caller::root(&server.endpoint(), DEV).create("neighbour", bucket).await;
    workplace.write("bucket.yaml", bucket);
    workplace.write(
        "prod.yaml",
        &format!("{HEAD}\nstacks:\n  bucket: {{ template: bucket.yaml, accounts: [dev] }}\n"),
    );

    let applied = workplace.apply("prod.yaml", 1);

    let bucket = applied.instance("dev", "bucket");
    let (kind, resource, message) = failure(&bucket);
    assert_eq!((kind, resource), ("resource-failed", "Documents"));
    assert!(message.contains("already exists"), "{message}");
}

#[tokio::test]
async fn the_reason_of_the_stacks_own_event_is_the_cause_where_no_resource_failed() {
    let (_server, workplace) = two_accounts().await;
    let output = "Resources: { Topic: { Type: AWS::SNS::Topic } }\nOutputs: { X: { Value: ";
    workplace.write("import.yaml", &format!("{output}!ImportValue nowhere }} }}\n"));
    let select = format!(
        "Parameters: {{ Names: {{ Type: CommaDelimitedList, Default: 'a,b' }} }}\n{output}!Select [7, !Ref \
         Names] }} }}\n"
    );
    workplace.write("select.yaml", &select);
    workplace.write(
        "prod.yaml",
        &format!(
            "{HEAD}\nstacks:\n  import: {{ template: import.yaml, accounts: [dev] }}\n  select: {{ template: \
             select.yaml, accounts: [dev] }}\nrollout: {{ on-failure: continue }}\n"
        ),
    );

    let applied = workplace.apply("prod.yaml", 1);

    for (stack, reason) in
        [("import", "nowhere"), ("select", "Fn::Select cannot select nonexistent value")]
    {
        let instance = applied.instance("dev", stack);
        let (kind, _, message) = failure(&instance);
        assert_eq!(kind, "stack-failed", "{instance}");
        assert!(message.contains(reason), "{message}");
    }
}
