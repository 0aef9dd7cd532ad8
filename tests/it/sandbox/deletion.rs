//! Deletions, and what stands in their way.

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn a_deletion_goes_backwards_and_keeps_what_is_retained() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "
Resources:
  First: { Type: AWS::SNS::Topic }
  Second: { Type: AWS::SNS::Topic, DependsOn: First }
  Kept: { Type: AWS::SNS::Topic, DependsOn: Second, DeletionPolicy: Retain }
";
    stacks.create("app", template).await;
    let id = stacks.describe("app").await.stack_id.unwrap();
    let seen = stacks.story("app").await.len();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    assert_eq!(
        stacks.story(&id).await[seen..],
        [
            "app DELETE_IN_PROGRESS User Initiated",
            "Kept DELETE_SKIPPED",
            "Second DELETE_IN_PROGRESS",
            "Second DELETE_COMPLETE",
            "First DELETE_IN_PROGRESS",
            "First DELETE_COMPLETE",
            "app DELETE_COMPLETE",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_a_function_makes_counts_as_one_in_letters() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "
Parameters: { Policy: { Type: String, Default: Retain } }
Conditions: { Keeps: !Equals [!Ref Policy, Retain] }
Resources:
  Kept: { Type: AWS::SNS::Topic, DeletionPolicy: !Ref Policy }
  Gone: { Type: AWS::SNS::Topic, DeletionPolicy: !If [Keeps, Delete, Retain] }
";
    stacks.create("app", template).await;
    let id = stacks.describe("app").await.stack_id.unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    let story = stacks.story(&id).await;
    for says in ["Kept DELETE_SKIPPED", "Gone DELETE_COMPLETE"] {
        assert!(story.iter().any(|event| event == says), "{says}: {story:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_can_be_repeated_without_what_failed() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { Bad: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: \
                    delete, Reason: still in use } } }, Good: { Type: AWS::SNS::Topic } }";
    stacks.create("app", template).await;
    assert_eq!(stacks.delete("app").await, "DELETE_FAILED");
    let stack = stacks.describe("app").await;
    assert_eq!(
        stack.stack_status_reason.unwrap(),
        "The following resource(s) failed to delete: [Bad]. "
    );
    let delete = stacks.0.delete_stack().stack_name("app").retain_resources("Bad");
    delete.send().await.unwrap();
    assert_eq!(stacks.settled(&stack.stack_id.unwrap()).await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_with_objects_is_not_deleted() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: full \
                    } } }"
        .replace("full ", "full-bucket ");
    stacks.create("app", &template).await;
    let s3 = cloud.s3(&crate::support::embedded::Keys::root(DEV));
    s3.put_object()
        .bucket("full-bucket")
        .key("a/b")
        .body(b"x".to_vec().into())
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_FAILED");
    s3.delete_object().bucket("full-bucket").key("a/b").send().await.unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_protected_stack_is_not_deleted() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", "Resources: { Topic: { Type: AWS::SNS::Topic } }").await;
    let protect = |on: bool| {
        let update = stacks.0.update_termination_protection().stack_name("app");
        update.enable_termination_protection(on).send()
    };
    protect(true).await.unwrap();
    let refused = stacks.0.delete_stack().stack_name("app").send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        "ValidationError: Stack [app] cannot be deleted while TerminationProtection is enabled"
    );
    protect(false).await.unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn deleting_what_is_not_there_is_no_error() {
    let cloud = Embedded::new();
    cloud.stacks(DEV).0.delete_stack().stack_name("app").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_stopped_by_its_deletion() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    stacks.0.create_stack().stack_name("app").template_body(template).send().await.unwrap();
    let id = stacks.describe("app").await.stack_id.unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    let story = stacks.story(&id).await;
    assert!(story.iter().all(|line| line != "Topic CREATE_COMPLETE"), "{story:?}");
}
