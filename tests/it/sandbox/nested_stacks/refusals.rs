//! What fails the resource that a nested stack is, before there is a stack.

use aws_sdk_cloudformation::types::Capability;

use super::{TOPIC, Templates, nested};
use crate::support::embedded::Keys;

/// Returns the reason of the resource `Inner` that fails.
async fn reason(templates: &Templates, name: &str, inner: &str) -> String {
    let root = format!("Resources:\n  Inner: {inner}\n");
    let create = templates.stacks.0.create_stack().stack_name(name).template_body(root);
    create.send().await.expect("the root is taken");
    assert_eq!(templates.stacks.settled(name).await, "ROLLBACK_COMPLETE", "{inner}");
    let events = templates.stacks.events(name).await;
    let failed = events.iter().find(|event| {
        event.logical_resource_id.as_deref() == Some("Inner")
            && event.resource_status_reason.is_some()
    });
    let failed = failed.expect("a failure");
    assert_eq!(failed.physical_resource_id.as_deref(), Some(""), "{failed:?}");
    failed.resource_status_reason.clone().expect("a reason")
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_nested_template_fails_its_resource_in_awss_words() {
    let templates = Templates::new().await;
    let put = [
        ("topic.yaml", TOPIC.to_owned()),
        ("role.yaml", "Resources: { R: { Type: AWS::IAM::User } }".to_owned()),
        ("macro.yaml", format!("Transform: AWS::LanguageExtensions{TOPIC}")),
        ("value.yaml", TOPIC.replace(", Default: default", "")),
        (
            "broken.yaml",
            "Resources: { A: { Type: AWS::SNS::Topic, Properties: { X: !Ref B } } }".to_owned(),
        ),
    ];
    for (name, text) in &put {
        templates.put(name, text).await;
    }
    let see = "\nFor more information check \
               http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
    let cases = [
        (nested("missing.yaml", ""), format!("S3 error: Access Denied{see}")),
        (nested("role.yaml", ""), "Requires capabilities : [CAPABILITY_IAM]".to_owned()),
        (nested("macro.yaml", ""), "Requires capabilities : [CAPABILITY_AUTO_EXPAND]".to_owned()),
        (nested("value.yaml", ""), "Parameters: [Shown] must have values".to_owned()),
        (
            nested("topic.yaml", ", Parameters: { Other: x }"),
            "Parameters: [Other] do not exist in the template".to_owned(),
        ),
        (
            nested("broken.yaml", ""),
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template"
                .to_owned(),
        ),
    ];
    for (number, (inner, told)) in cases.iter().enumerate() {
        assert_eq!(reason(&templates, &format!("app{number}"), inner).await, *told, "{inner}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_a_nested_stack_does_not_have_fails_who_asks_for_it() {
    let templates = Templates::new().await;
    templates.put("topic.yaml", TOPIC).await;
    let root = format!(
        "Resources:
  Inner: {}
  Reader: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: !GetAtt Inner.Outputs.Nothing }} }}
",
        nested("topic.yaml", "")
    );
    assert_eq!(templates.stacks.create("app", &root).await, "ROLLBACK_COMPLETE");
    let inner = templates.nested("app", "Inner").await;
    let story = templates.stacks.story("app").await;
    let failed = format!("Reader CREATE_FAILED Output 'Nothing' not found in stack '{inner}'");
    assert!(story.contains(&failed), "{story:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_is_made_with_the_permissions_of_who_deploys_its_root() {
    let templates = Templates::new().await;
    templates.put("topic.yaml", TOPIC).await;
    let root = Keys::root(super::DEV);
    let cloud = &templates.cloud;
    cloud.iam(&root, "CreateUser", &[("UserName", "deployer")]).await.unwrap();
    let key = cloud.iam(&root, "CreateAccessKey", &[("UserName", "deployer")]).await.unwrap();
    let key = crate::support::embedded::part(&key, "AccessKeyId");
    let allow = |actions: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#
        )
    };
    let config = cloud.config(&Keys { id: key, token: None });
    let deployer = aws_sdk_cloudformation::Client::new(&config);
    let inner = nested("topic.yaml", "");
    let cases = [
        (r#""cloudformation:*""#, "S3 error: Access Denied"),
        (r#""cloudformation:*","s3:*""#, "Embedded stack"),
    ];
    for (number, (actions, told)) in cases.into_iter().enumerate() {
        let document = allow(actions);
        let put = [("UserName", "deployer"), ("PolicyName", "p"), ("PolicyDocument", &document)];
        cloud.iam(&root, "PutUserPolicy", &put).await.unwrap();
        let name = format!("app{number}");
        let create = deployer.create_stack().stack_name(&name);
        let create = create.template_body(format!("Resources:\n  Inner: {inner}\n"));
        create.capabilities(Capability::CapabilityIam).send().await.unwrap();
        assert_eq!(templates.stacks.settled(&name).await, "ROLLBACK_COMPLETE");
        let story = templates.stacks.story(&name).await;
        let failed = story.iter().find(|line| line.starts_with("Inner CREATE_FAILED")).unwrap();
        assert!(failed.contains(told), "{failed}");
        if told == "Embedded stack" {
            let inner = templates.nested(&name, "Inner").await;
            let story = templates.stacks.story(&inner).await;
            let is_refused =
                |line: &String| line.contains("is not authorized to perform: SNS:CreateTopic");
            assert!(story.iter().any(is_refused), "{story:#?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_nests_itself_comes_to_an_end() {
    let templates = Templates::new().await;
    let own = nested("self.yaml", "");
    templates.put("self.yaml", &format!("Resources: {{ Inner: {own} }}")).await;
    let status = templates.stacks.create("app", &format!("Resources: {{ Inner: {own} }}")).await;
    assert_eq!(status, "ROLLBACK_COMPLETE");
    let mut stack = "app".to_owned();
    loop {
        let story = templates.stacks.story(&stack).await;
        let failed = story.iter().find(|line| line.starts_with("Inner CREATE_FAILED")).unwrap();
        if failed.contains("the sandbox does not nest stacks more than 20 deep") {
            break;
        }
        stack = templates.nested(&stack, "Inner").await;
    }
}
