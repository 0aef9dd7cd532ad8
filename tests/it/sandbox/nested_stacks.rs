//! Stacks within stacks: made, changed, taken back and deleted with the stack above.

use aws_sdk_cloudformation::types::{Capability, Parameter, StackStatus, Tag};

use crate::support::embedded::{Embedded, Keys, Stacks, words};

mod beside_others;
mod change_sets;
mod made_up;
mod refusals;
mod updates;

const DEV: &str = "100000000001";

/// A sandbox with a bucket of templates.
struct Templates {
    cloud: Embedded,
    stacks: Stacks,
}

impl Templates {
    async fn new() -> Self {
        let cloud = Embedded::new();
        let s3 = cloud.s3(&Keys::root(DEV));
        s3.create_bucket().bucket("templates").send().await.expect("a bucket");
        let stacks = cloud.stacks(DEV);
        Self { cloud, stacks }
    }

    /// Puts a template under a name into the bucket.
    async fn put(&self, name: &str, template: &str) {
        let s3 = self.cloud.s3(&Keys::root(DEV));
        let put = s3.put_object().bucket("templates").key(name);
        put.body(template.as_bytes().to_vec().into()).send().await.expect("an object");
    }

    /// Returns the ARN of the stack that stands under a logical id.
    async fn nested(&self, parent: &str, logical_id: &str) -> String {
        let told = self.stacks.0.describe_stack_resource().stack_name(parent);
        let told = told.logical_resource_id(logical_id).send().await.expect("a resource");
        let detail = told.stack_resource_detail.expect("the resource");
        detail.physical_resource_id.expect("the nested stack's ARN")
    }
}

/// Returns a resource that is the template of that name.
fn nested(name: &str, more: &str) -> String {
    let url = format!("https://templates.s3.eu-central-1.amazonaws.com/{name}");
    format!("{{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: '{url}'{more} }} }}")
}

const TOPIC: &str = "
Parameters:
  Shown: { Type: String, Default: default }
  Names: { Type: CommaDelimitedList, Default: a }
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Shown } } }
Outputs:
  Arn: { Value: !Ref Topic }
  Names: { Value: !Join ['+', !Ref Names] }
";

const FAILING: &str = "
Resources:
  Good: { Type: AWS::SNS::Topic }
  Bad:
    Type: AWS::SNS::Topic
    DependsOn: Good
    Metadata: { Sandbox: { FailOn: create, Reason: the quota is used up } }
";

#[tokio::test(start_paused = true)]
async fn a_nested_stack_is_a_stack_with_parameters_outputs_and_tags_of_its_own() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    let given = ", Parameters: { Shown: x, Names: [a, b] }, TimeoutInMinutes: 7, Tags: [{ Key: own, Value: '1' }], \
                 NotificationARNs: ['arn:aws:sns:eu-central-1:100000000001:heard']";
    let root = format!(
        "Resources:
  Inner: {}
  Reader: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: !GetAtt Inner.Outputs.Names }} }}
Outputs:
  Id: {{ Value: !Ref Inner }}
  Arn: {{ Value: !Sub '${{Inner.Outputs.Arn}}' }}
",
        nested("topic.yaml", given)
    );
    let create = stacks.0.create_stack().stack_name("app").template_body(root);
    let create = create.tags(Tag::builder().key("team").value("blue").build());
    create.capabilities(Capability::CapabilityIam).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "CREATE_COMPLETE");

    let id = templates.nested("app", "Inner").await;
    assert_eq!(stacks.output("app", "Id").await, id);
    let name = id.split('/').nth(1).unwrap();
    assert!(name.starts_with("app-Inner-") && name.len() == "app-Inner-".len() + 12, "{name}");
    let root = stacks.describe("app").await;
    let inner = stacks.describe(name).await;
    assert_eq!(inner.stack_id.as_ref(), Some(&id));
    assert_eq!((inner.parent_id, inner.root_id), (root.stack_id.clone(), root.stack_id));
    assert_eq!((root.parent_id, root.root_id), (None, None));
    assert_eq!(inner.timeout_in_minutes, Some(7));
    assert_eq!(inner.capabilities.unwrap(), [Capability::CapabilityIam]);
    assert_eq!(inner.notification_arns.unwrap(), ["arn:aws:sns:eu-central-1:100000000001:heard"]);
    let given = |it: &Parameter| it.parameter_value.clone().unwrap();
    assert_eq!(inner.parameters.unwrap().iter().map(given).collect::<Vec<_>>(), ["a,b", "x"]);
    let tags = inner.tags.unwrap().into_iter().map(|tag| tag.key.unwrap());
    assert_eq!(tags.collect::<Vec<_>>(), ["own", "team"]);
    assert_eq!(stacks.output("app", "Arn").await, stacks.output(name, "Arn").await);
    assert_eq!(stacks.output(name, "Names").await, "a+b");

    let listed = stacks.0.list_stacks().send().await.unwrap().stack_summaries.unwrap();
    let listed = listed.into_iter().find(|stack| stack.stack_name.as_deref() == Some(name));
    assert!(listed.is_some_and(|stack| stack.parent_id.is_some() && stack.root_id.is_some()));
    assert_eq!(
        stacks.story("app").await,
        [
            "app CREATE_IN_PROGRESS User Initiated",
            "Inner CREATE_IN_PROGRESS",
            "Inner CREATE_IN_PROGRESS Resource creation Initiated",
            "Inner CREATE_COMPLETE",
            "Reader CREATE_IN_PROGRESS",
            "Reader CREATE_IN_PROGRESS Resource creation Initiated",
            "Reader CREATE_COMPLETE",
            "app CREATE_COMPLETE",
        ]
    );
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    assert_eq!(stacks.describe(&id).await.stack_status, Some(StackStatus::DeleteComplete));
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_that_fails_fails_its_parent_and_is_deleted_by_its_rollback() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("failing.yaml", FAILING).await;
    templates
        .put("middle.yaml", &format!("Resources: {{ Deep: {} }}", nested("failing.yaml", "")))
        .await;
    let slow =
        "Resources: { Slow: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { Seconds: 900 } } } }";
    templates.put("slow.yaml", slow).await;
    let (middle, slow) = (nested("middle.yaml", ""), nested("slow.yaml", ""));
    let root = format!("Resources:\n  Middle: {middle}\n  Slow: {slow}\n");
    let create = stacks.0.create_stack().stack_name("app").template_body(root);
    let app = create.send().await.unwrap().stack_id.unwrap();
    assert_eq!(stacks.settled("app").await, "ROLLBACK_COMPLETE");
    let middle = templates.nested("app", "Middle").await;
    let deep = templates.nested(&middle, "Deep").await;
    assert_eq!(stacks.describe(&deep).await.root_id, Some(app));
    assert_eq!(
        stacks.story("app").await[5..],
        [
            format!(
                "Middle CREATE_FAILED Embedded stack {middle} was not successfully created: The following \
                 resource(s) failed to create: [Deep]."
            ),
            "Slow CREATE_FAILED Resource creation cancelled".to_owned(),
            "app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Middle, Slow]. Rollback \
             requested by user."
                .to_owned(),
            "Middle DELETE_IN_PROGRESS".to_owned(),
            "Slow DELETE_IN_PROGRESS".to_owned(),
            "Slow DELETE_COMPLETE".to_owned(),
            "Middle DELETE_COMPLETE".to_owned(),
            "app ROLLBACK_COMPLETE".to_owned(),
        ]
    );
    let deep_name = deep.split('/').nth(1).unwrap();
    let story = stacks.story(&deep).await;
    let failed = story.iter().position(|line| line.starts_with("Bad CREATE_FAILED")).unwrap();
    assert_eq!(
        story[failed..failed + 3],
        [
            "Bad CREATE_FAILED the quota is used up".to_owned(),
            format!("{deep_name} CREATE_FAILED The following resource(s) failed to create: [Bad]."),
            format!("{deep_name} DELETE_IN_PROGRESS User Initiated"),
        ]
    );
    assert_eq!(*story.last().unwrap(), format!("{deep_name} DELETE_COMPLETE"));
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_that_failed_stays_where_its_root_stays() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("failing.yaml", FAILING).await;
    let root = format!("Resources: {{ Inner: {} }}", nested("failing.yaml", ""));
    let create = stacks.0.create_stack().stack_name("app").template_body(&root);
    create.disable_rollback(true).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "CREATE_FAILED");
    let inner = templates.nested("app", "Inner").await;
    assert_eq!(stacks.describe(&inner).await.stack_status, Some(StackStatus::CreateFailed));

    // Mended, the same nested stack is made whole.
    templates.put("failing.yaml", &FAILING.replace("FailOn: create", "FailOn: delete")).await;
    let update = stacks.0.update_stack().stack_name("app").template_body(&root);
    update.disable_rollback(true).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    assert_eq!(templates.nested("app", "Inner").await, inner);
    assert_eq!(stacks.describe(&inner).await.stack_status, Some(StackStatus::UpdateComplete));

    // What cannot be deleted keeps the whole.
    assert_eq!(stacks.delete("app").await, "DELETE_FAILED");
    let failed = format!(
        "Inner DELETE_FAILED Embedded stack {inner} was not successfully deleted: The following resource(s) \
         failed to delete: [Bad]."
    );
    let story = stacks.story("app").await;
    assert!(story.contains(&failed), "{story:#?}");
    let retain = stacks.0.delete_stack().stack_name("app").retain_resources("Inner");
    let app = stacks.describe("app").await.stack_id.unwrap();
    retain.send().await.unwrap();
    assert_eq!(stacks.settled(&app).await, "DELETE_COMPLETE");
    assert_eq!(stacks.describe(&inner).await.stack_status, Some(StackStatus::DeleteFailed));
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_is_protected_with_its_root_and_can_be_changed_by_itself() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    let root = format!("Resources: {{ Inner: {} }}", nested("topic.yaml", ""));
    assert_eq!(stacks.create("app", &root).await, "CREATE_COMPLETE");
    let inner = templates.nested("app", "Inner").await;
    let protect = |name: &str, is_protected| {
        let protect = stacks.0.update_termination_protection().stack_name(name);
        protect.enable_termination_protection(is_protected).send()
    };
    let refused = words(&protect(&inner, true).await.unwrap_err());
    assert!(refused.contains("is nested"), "{refused}");
    protect("app", true).await.unwrap();
    assert_eq!(stacks.describe(&inner).await.enable_termination_protection, Some(true));
    let refused = stacks.0.delete_stack().stack_name(&inner).send().await.unwrap_err();
    assert!(words(&refused).contains("TerminationProtection is enabled"), "{refused:?}");
    protect("app", false).await.unwrap();

    let more = TOPIC.replace("Topic: {", "Other: { Type: AWS::SNS::Topic }, Topic: {");
    assert_eq!(stacks.update(&inner, &more).await, "UPDATE_COMPLETE");
    stacks.0.delete_stack().stack_name(&inner).send().await.unwrap();
    assert_eq!(stacks.settled(&inner).await, "DELETE_COMPLETE");
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
}
