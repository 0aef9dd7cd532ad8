//! What a request may say besides its template: names, tokens, capabilities, tags, pages.

use aws_sdk_cloudformation::types::{Capability, Tag};

use crate::support::embedded::{Embedded, Keys, words};

const DEV: &str = "100000000001";
const TOPIC: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

#[tokio::test(start_paused = true)]
async fn a_stack_name_is_taken_until_its_stack_is_deleted() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", TOPIC).await;
    let again = stacks.0.create_stack().stack_name("app").template_body(TOPIC).send().await;
    assert_eq!(words(&again.unwrap_err()), "AlreadyExistsException: Stack [app] already exists");
    stacks.delete("app").await;
    assert_eq!(stacks.create("app", TOPIC).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_stack_name_must_be_one() {
    let cloud = Embedded::new();
    let create = cloud.stacks(DEV).0.create_stack().stack_name("a_b").template_body(TOPIC);
    assert_eq!(
        words(&create.send().await.unwrap_err()),
        "ValidationError: 1 validation error detected: Value 'a_b' at 'stackName' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    );
}

#[tokio::test(start_paused = true)]
async fn a_repeated_token_is_answered_like_the_first_time() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let create = || {
        let create = stacks.0.create_stack().stack_name("app").template_body(TOPIC);
        create.client_request_token("create-1").send()
    };
    let first = create().await.unwrap().stack_id;
    assert_eq!(create().await.unwrap().stack_id, first);
    stacks.settled("app").await;
    assert_eq!(create().await.unwrap().stack_id, first);

    let changed = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: x } } }";
    let update = |token: &str| {
        let update = stacks.0.update_stack().stack_name("app").template_body(changed);
        update.client_request_token(token).send()
    };
    update("update-1").await.unwrap();
    update("update-1").await.unwrap();
    stacks.settled("app").await;
    update("update-1").await.unwrap();
    let other = update("create-1").await.unwrap_err();
    assert!(words(&other).starts_with("TokenAlreadyExistsException: "), "{other:?}");
    let events = stacks.events("app").await;
    let updates = events.iter().filter(|event| {
        event.resource_status.as_ref().is_some_and(|s| s.as_str() == "UPDATE_IN_PROGRESS")
            && event.physical_resource_id == first
    });
    assert_eq!(updates.count(), 1);
    assert_eq!(events[0].client_request_token.as_deref(), Some("create-1"));
}

#[tokio::test(start_paused = true)]
async fn iam_resources_need_their_capability() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let role = |name: &str| {
        format!(
            "Resources: {{ Role: {{ Type: AWS::IAM::Role, Properties: {{ {name} \
             AssumeRolePolicyDocument: {{ Statement: [{{ Effect: Allow, Action: \"sts:AssumeRole\", \
             Principal: {{ AWS: \"*\" }} }}] }} }} }} }}"
        )
    };
    let code = "InsufficientCapabilitiesException: Requires capabilities : ";
    assert_eq!(stacks.refusal(&role("")).await, format!("{code}[CAPABILITY_IAM]"));
    let named = role("RoleName: x,");
    let create = stacks.0.create_stack().stack_name("app").template_body(&named);
    let refused = create.capabilities(Capability::CapabilityIam).send().await.unwrap_err();
    assert_eq!(words(&refused), format!("{code}[CAPABILITY_NAMED_IAM]"));
    assert_eq!(stacks.create("app", &named).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn tags_are_shown_and_a_changed_one_is_an_update() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let tag = |value: &str| Tag::builder().key("owner").value(value).build();
    let create = stacks.0.create_stack().stack_name("app").template_body(TOPIC);
    create.tags(tag("one")).send().await.unwrap();
    stacks.settled("app").await;
    let update = |value: &str| {
        let update = stacks.0.update_stack().stack_name("app").template_body(TOPIC);
        update.tags(tag(value)).send()
    };
    assert!(update("one").await.is_err());
    update("two").await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    assert_eq!(stacks.describe("app").await.tags.unwrap(), [tag("two")]);
}

#[tokio::test(start_paused = true)]
async fn long_lists_come_in_pages() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    for number in 0..120 {
        let create = stacks.0.create_stack().stack_name(format!("app-{number}"));
        create.template_body(TOPIC).send().await.unwrap();
    }
    let first = stacks.0.describe_stacks().send().await.unwrap();
    assert_eq!(first.stacks().len(), 100);
    let next = stacks.0.describe_stacks().next_token(first.next_token.unwrap()).send().await;
    assert_eq!(next.unwrap().stacks().len(), 20);

    let many: String =
        (0..40).map(|number| format!("  Topic{number}: {{ Type: AWS::SNS::Topic }}\n")).collect();
    stacks.create("large", &format!("Resources:\n{many}")).await;
    let events = stacks.events("large").await;
    assert_eq!(events.len(), 40 * 3 + 2);
}

#[tokio::test(start_paused = true)]
async fn accounts_and_regions_are_apart() {
    let cloud = Embedded::new();
    cloud.stacks(DEV).create("app", TOPIC).await;
    let elsewhere =
        aws_sdk_cloudformation::Client::new(&cloud.config_in("eu-west-1", &Keys::root(DEV)));
    for client in [elsewhere, cloud.stacks("100000000002").0] {
        assert!(client.describe_stacks().stack_name("app").send().await.is_err());
        assert!(client.describe_stacks().send().await.unwrap().stacks().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_sandbox_does_not_offer_is_refused_in_so_many_words() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let refused = stacks.0.list_types().send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        "InvalidAction: the sandbox does not offer cloudformation:ListTypes; on AWS it may well work"
    );
    let keys = crate::support::embedded::Keys { id: DEV.to_owned(), token: None };
    let refused = cloud.ssm(&keys, "ListDocuments", serde_json::json!({})).await;
    assert!(refused.expect_err("it is not offered").contains("ssm:ListDocuments"));
}

#[tokio::test(start_paused = true)]
async fn a_service_role_must_trust_cloudformation() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let arn = "arn:aws:iam::100000000001:role/service";
    let create = || stacks.0.create_stack().stack_name("app").template_body(TOPIC).role_arn(arn);
    assert_eq!(
        words(&create().send().await.unwrap_err()),
        format!("ValidationError: Role {arn} is invalid or cannot be assumed")
    );
    let role = "Resources: { Role: { Type: AWS::IAM::Role, Properties: { RoleName: service, \
                ManagedPolicyArns: [\"arn:aws:iam::aws:policy/PowerUserAccess\"], \
                AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: \
                \"sts:AssumeRole\", Principal: { Service: cloudformation.amazonaws.com } }] } } } }";
    stacks.create("role", role).await;
    create().send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "CREATE_COMPLETE");
    assert_eq!(stacks.describe("app").await.role_arn.as_deref(), Some(arn));
}

#[tokio::test(start_paused = true)]
async fn a_region_that_nobody_knows_is_refused() {
    let cloud = Embedded::new();
    let config = cloud.config_in("eu-nowhere-1", &Keys::root(DEV));
    let stacks = aws_sdk_cloudformation::Client::new(&config);
    let refused = stacks.describe_stacks().send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        "InvalidAction: the sandbox does not offer the Region eu-nowhere-1; on AWS it may well work"
    );
}
