//! The life of a stack, when all goes well.

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";

pub const QUEUE: &str = r#"
Parameters: { Delay: { Type: Number, Default: 1 } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Delay } }
  Name: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !GetAtt Queue.Arn } }
Outputs:
  Arn: { Value: !GetAtt Queue.Arn }
  Where: { Value: !Sub "${AWS::AccountId}/${AWS::Region}/${AWS::StackName}" }
"#;

#[tokio::test(start_paused = true)]
async fn a_creation_tells_its_story_in_awss_order() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("app", QUEUE).await, "CREATE_COMPLETE");
    assert_eq!(
        stacks.story("app").await,
        [
            "app CREATE_IN_PROGRESS User Initiated",
            "Queue CREATE_IN_PROGRESS",
            "Queue CREATE_IN_PROGRESS Resource creation Initiated",
            "Queue CREATE_COMPLETE",
            "Name CREATE_IN_PROGRESS",
            "Name CREATE_IN_PROGRESS Resource creation Initiated",
            "Name CREATE_COMPLETE",
            "app CREATE_COMPLETE",
        ]
    );
    assert_eq!(stacks.output("app", "Where").await, "100000000001/eu-central-1/app");
    let arn = stacks.output("app", "Arn").await;
    assert!(arn.starts_with("arn:aws:sqs:eu-central-1:100000000001:app-Queue-"), "{arn}");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_changes_nothing_is_refused() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", QUEUE).await;
    let again = stacks.0.update_stack().stack_name("app").template_body(QUEUE).send().await;
    assert_eq!(words(&again.unwrap_err()), "ValidationError: No updates are to be performed.");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_stack_is_found_by_its_arn_only() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", QUEUE).await;
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    let gone = stacks.0.describe_stacks().stack_name("app").send().await;
    assert_eq!(words(&gone.unwrap_err()), "ValidationError: Stack with id app does not exist");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_stack_is_forgotten_after_90_days() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", QUEUE).await;
    let id = stacks.describe("app").await.stack_id.unwrap();
    stacks.delete("app").await;
    tokio::time::advance(std::time::Duration::from_secs(89 * 86_400)).await;
    stacks.create("second", QUEUE).await;
    stacks.describe(&id).await;
    tokio::time::advance(std::time::Duration::from_secs(2 * 86_400)).await;
    stacks.create("third", QUEUE).await;
    assert!(stacks.0.describe_stacks().stack_name(&id).send().await.is_err());
}
