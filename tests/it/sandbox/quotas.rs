//! What is too much of a request, and what is told of resources and imports.

use aws_sdk_cloudformation::types::Parameter;

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";
const TOPIC: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

#[tokio::test(start_paused = true)]
async fn a_request_has_five_topics_a_short_token_and_values_of_4096_bytes_at_most() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let create = || stacks.0.create_stack().stack_name("app").template_body(TOPIC);
    let topic = |number: usize| format!("arn:aws:sns:eu-central-1:100000000001:t{number}");
    let many = create().set_notification_arns(Some((0..6).map(topic).collect())).send().await;
    let refused = words(&many.unwrap_err());
    assert!(refused.ends_with("Member must have length less than or equal to 5"), "{refused}");
    for (token, rule) in [
        ("-a".to_owned(), "satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*"),
        ("a_b".to_owned(), "satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*"),
        ("a".repeat(129), "have length less than or equal to 128"),
    ] {
        let refused = words(&create().client_request_token(&token).send().await.unwrap_err());
        assert_eq!(
            refused,
            format!(
                "ValidationError: 1 validation error detected: Value '{token}' at 'clientRequestToken' \
                 failed to satisfy constraint: Member must {rule}"
            )
        );
    }
    let template = format!("Parameters: {{ Value: {{ Type: String }} }}\n{TOPIC}");
    let with = |bytes: usize| {
        let value =
            Parameter::builder().parameter_key("Value").parameter_value("x".repeat(bytes)).build();
        stacks
            .0
            .create_stack()
            .stack_name("value")
            .template_body(&template)
            .parameters(value)
            .send()
    };
    assert!(words(&with(4097).await.unwrap_err()).contains("at most 4096 bytes"));
    with(4096).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_loop_makes_500_resources_at_most() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("N{number}")).collect();
        format!(
            "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    \
             - [{}]\n    - Topic${{Name}}: {{ Type: AWS::SNS::Topic }}\n",
            names.join(", ")
        )
    };
    let create = stacks.0.create_stack().stack_name("many").template_body(template(501));
    let create =
        create.capabilities(aws_sdk_cloudformation::types::Capability::CapabilityAutoExpand);
    let refused = words(&create.send().await.unwrap_err());
    assert_eq!(
        refused,
        "ValidationError: Template format error: Number of resources, 501, is greater than maximum \
         allowed, 500"
    );
    assert_eq!(stacks.create_expanded("few", &template(30)).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn resources_are_told_one_by_one_and_in_short() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic, Metadata: { Team: core } } }";
    stacks.create("app", topic).await;
    let one = |id: &str| {
        stacks.0.describe_stack_resource().stack_name("app").logical_resource_id(id).send()
    };
    let told = one("Topic").await.unwrap().stack_resource_detail.expect("a detail");
    assert_eq!(told.resource_type(), Some("AWS::SNS::Topic"));
    assert_eq!(told.metadata(), Some("{\"Team\":\"core\"}"));
    let missing = words(&one("Other").await.unwrap_err());
    assert_eq!(missing, "ValidationError: Resource Other does not exist for stack app");
    let listed = stacks.0.list_stack_resources().stack_name("app").send().await.unwrap();
    let listed = listed.stack_resource_summaries();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].physical_resource_id(), told.physical_resource_id());
    // A deleted stack is told of by its ARN.
    let id = stacks.describe("app").await.stack_id.expect("an id");
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    let gone = stacks.0.list_stack_resources().stack_name(&id).send().await.unwrap();
    let status = gone.stack_resource_summaries()[0].resource_status().map(|status| status.as_str());
    assert_eq!(status, Some("DELETE_COMPLETE"));
}

#[tokio::test(start_paused = true)]
async fn the_stacks_that_import_an_export_are_listed() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let exports =
        format!("{TOPIC}\nOutputs: {{ Arn: {{ Value: !Ref Topic, Export: {{ Name: news }} }} }}");
    stacks.create("net", &exports).await;
    let list = || stacks.0.list_imports().export_name("news").send();
    let none = words(&list().await.unwrap_err());
    assert_eq!(none, "ValidationError: Export 'news' is not imported by any stack.");
    let imports = "Resources: { Value: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: \
                   !ImportValue news } } }";
    stacks.create("app", imports).await;
    assert_eq!(list().await.unwrap().imports(), ["app"]);
}
