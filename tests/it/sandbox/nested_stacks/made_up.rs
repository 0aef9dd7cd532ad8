//! Nested stacks whose templates stand in a bucket that the sandbox does not have.

use aws_sdk_cloudformation::types::{Parameter, StackStatus};

use super::{DEV, TOPIC, Templates, nested};
use crate::support::embedded::Keys;

/// Returns a nested stack whose template stands in a bucket that there is not.
fn elsewhere(more: &str) -> String {
    nested("network.yaml", more).replace("//templates.", "//elsewhere.")
}

/// Returns a stack that uses what a nested one puts out in the usual forms.
fn user(more: &str) -> String {
    format!(
        "Conditions: {{ One: !Equals [a, a] }}
Resources:
  Inner: {}
  Reader:
    Type: AWS::SNS::Topic
    Properties: {{ DisplayName: !GetAtt Inner.Outputs.QueueName }}
Outputs:
  Vpc: {{ Value: !GetAtt Inner.Outputs.VpcId }}
  Role: {{ Value: !Sub 'of ${{Inner.Outputs.RoleArn}}' }}
  Third: {{ Value: !Select [2, !Split [',', !GetAtt Inner.Outputs.SubnetIds]] }}
  Subnets: {{ Value: !GetAtt Inner.Outputs.SubnetIds }}
  Chosen: {{ Value: !Select [2, !Split [',', !If [One, !GetAtt Inner.Outputs.Names, x]]] }}
  Joined: {{ Value: !Join ['+', !Split [',', !GetAtt Inner.Outputs.SubnetIds]] }}
",
        elsewhere(more)
    )
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_of_a_bucket_that_there_is_not_is_made_up_with_its_outputs() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    let root = user(", Parameters: { Cidr: 10.0.0.0/16, Zones: [a, b] }");
    assert_eq!(stacks.create("app", &root).await, "CREATE_COMPLETE");
    let inner = stacks.describe(&templates.nested("app", "Inner").await).await;
    assert_eq!(inner.stack_status, Some(StackStatus::CreateComplete));
    let root_id = stacks.describe("app").await.stack_id;
    assert_eq!((&inner.parent_id, &inner.root_id), (&root_id, &root_id));
    let given: Vec<_> = inner
        .parameters()
        .iter()
        .map(|it| (it.parameter_key().unwrap(), it.parameter_value().unwrap()))
        .collect();
    assert_eq!(given, [("Cidr", "10.0.0.0/16"), ("Zones", "a,b")]);
    assert_eq!(
        inner.description.as_deref(),
        Some("the sandbox has no bucket elsewhere: it made up the nested stack Inner")
    );
    let id = inner.stack_id.unwrap();
    let held = stacks.0.list_stack_resources().stack_name(&id).send().await.unwrap();
    assert!(held.stack_resource_summaries().is_empty());

    let vpc = stacks.output("app", "Vpc").await;
    assert!(vpc.starts_with("vpc-") && vpc.len() == 21, "{vpc}");
    let role = stacks.output("app", "Role").await;
    assert!(role.starts_with("of arn:aws:"), "{role}");
    let subnets = stacks.output("app", "Subnets").await;
    let (first, second) = subnets.split_once(',').expect("two subnets");
    assert!(first.starts_with("subnet-") && second.starts_with("subnet-"), "{subnets}");
    assert_eq!(stacks.output("app", "Joined").await, format!("{first}+{second}"));
    assert_eq!(stacks.output("app", "Third").await, second);
    assert!(!stacks.output("app", "Chosen").await.is_empty());

    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    assert_eq!(stacks.describe(&id).await.stack_status, Some(StackStatus::DeleteComplete));
}

#[tokio::test(start_paused = true)]
async fn a_made_up_stack_hides_what_the_stack_above_hides() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    let root = format!(
        "Parameters: {{ Password: {{ Type: String, NoEcho: true }} }}\nResources:\n  Inner: {}\n",
        elsewhere(", Parameters: { Secret: !Ref Password, Open: x }")
    );
    let password = Parameter::builder().parameter_key("Password").parameter_value("opensesame");
    let create = stacks.0.create_stack().stack_name("app").template_body(root);
    create.parameters(password.build()).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "CREATE_COMPLETE");
    let inner = stacks.describe(&templates.nested("app", "Inner").await).await;
    let given: Vec<_> = inner.parameters().iter().map(|it| it.parameter_value().unwrap()).collect();
    assert_eq!(given, ["x", "****"]);
}

#[tokio::test(start_paused = true)]
async fn a_made_up_stack_is_updated_if_its_parameters_change_and_read_once_its_bucket_is_there() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    let given = ", Parameters: { Shown: one }";
    assert_eq!(stacks.create("app", &user(given)).await, "CREATE_COMPLETE");
    let inner = templates.nested("app", "Inner").await;
    let vpc = stacks.output("app", "Vpc").await;
    let before = stacks.story(&inner).await.len();

    assert_eq!(stacks.update("app", &user(given)).await, "UPDATE_COMPLETE");
    assert_eq!(stacks.story(&inner).await.len(), before);
    assert_eq!(stacks.output("app", "Vpc").await, vpc);

    let given = ", Parameters: { Shown: two }";
    assert_eq!(stacks.update("app", &user(given)).await, "UPDATE_COMPLETE");
    let updated = stacks.describe(&inner).await;
    assert_eq!(updated.stack_status, Some(StackStatus::UpdateComplete));
    assert_eq!(updated.parameters()[0].parameter_value(), Some("two"));
    assert_eq!(templates.nested("app", "Inner").await, inner);

    let s3 = templates.cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("elsewhere").send().await.unwrap();
    let put = s3.put_object().bucket("elsewhere").key("network.yaml");
    put.body(TOPIC.as_bytes().to_vec().into()).send().await.unwrap();
    // What it put out while it was made up is no output of the template.
    assert_eq!(stacks.update("app", &user(given)).await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(stacks.output("app", "Vpc").await, vpc);

    let root = format!(
        "Resources:\n  Inner: {}\nOutputs: {{ Arn: {{ Value: !GetAtt Inner.Outputs.Arn }} }}\n",
        elsewhere(given)
    );
    assert_eq!(stacks.update("app", &root).await, "UPDATE_COMPLETE");
    let arn = stacks.output("app", "Arn").await;
    assert!(arn.starts_with("arn:aws:sns:"), "{arn}");
    let held = stacks.0.list_stack_resources().stack_name(&inner).send().await.unwrap();
    assert_eq!(held.stack_resource_summaries().len(), 1);

    // What has resources is not made up over them.
    let moved = root.replace("//elsewhere.", "//gone.");
    assert_eq!(stacks.update("app", &moved).await, "UPDATE_ROLLBACK_COMPLETE");
    let story = stacks.story("app").await;
    let refused = "Inner UPDATE_FAILED S3 error: The specified bucket does not exist";
    assert!(story.iter().any(|line| line.starts_with(refused)), "{story:#?}");
    let held = stacks.0.list_stack_resources().stack_name(&inner).send().await.unwrap();
    assert_eq!(held.stack_resource_summaries().len(), 1);
}
