//! Stacks that are nested by path: what they need, how they fail, and that they are no stacks of the file.

use super::{APP, DEV, FILE, PROD, QUEUE, Scene};
use crate::support::caller::Caller;

impl Scene {
    /// Returns the names of the stacks that stand in an account.
    fn standing(&self, account: &str) -> Vec<String> {
        let cloudformation = Caller::root(&self._served.endpoint, account).cloudformation();
        let told = self.ask(async { cloudformation.describe_stacks().send().await });
        let stacks = told.expect("they are told").stacks.unwrap_or_default();
        stacks.into_iter().filter_map(|stack| stack.stack_name).collect()
    }
}

#[test]
fn a_failure_in_a_nested_stack_is_told_with_its_own_resource_and_reason() {
    let scene = Scene::new(FILE);
    let failing = "Metadata: { Sandbox: { FailOn: create, Reason: the quota is used up } }";
    scene
        .desk
        .write("stacks/queue.yaml", QUEUE.replace("Properties", &format!("{failing}, Properties")));
    let ran = scene.apply().expect_code(1);
    let report = ran.json();
    let failure = &report["stack_instances"][0]["failure"];
    assert_eq!(failure["resource"], "Queue/Layer", "{failure}");
    let message = failure["message"].as_str().unwrap_or_default();
    assert!(message.contains("the quota is used up"), "{failure}");
    assert!(!message.contains("Embedded stack"), "{failure}");
}

#[test]
fn nested_stacks_are_made_changed_and_deleted_with_their_stack_and_are_none_of_the_file() {
    let scene = Scene::new(FILE);
    scene
        .desk
        .write("stacks/queue.yaml", format!("{QUEUE}Outputs: {{ Of: {{ Value: !Ref Layer }} }}\n"));
    scene.desk.write(
        "stacks/app.yaml",
        format!("{APP}Outputs: {{ Of: {{ Value: !GetAtt Queue.Outputs.Of }} }}\n"),
    );
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app created", "prod/app created"]);
    let outputs = &ran.json()["stack_instances"][0]["outputs"]["Of"];
    assert!(outputs.as_str().is_some_and(|of| of.contains(":layer:")), "{outputs}");
    let nested = scene.standing(DEV).into_iter().find(|name| name.starts_with("app-Queue-"));
    assert!(nested.is_some(), "{:?}", scene.standing(DEV));

    let status = scene.run(&["status", "prod.yaml", "--output", "json"]).expect_code(0).json();
    let told = status["stack_instances"].as_array().expect("a list");
    assert_eq!(told.len(), 2, "{status}");
    let empty = status["left_behind"].as_array().is_none_or(Vec::is_empty);
    assert!(empty, "{status}");

    // CloudFormation cannot tell beforehand that nothing of a nested stack changes.
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app updated", "prod/app updated"]);
    scene.run(&["destroy", "prod.yaml", "--yes"]).expect_code(0);
    for account in [DEV, PROD] {
        assert_eq!(scene.standing(account), [""; 0]);
    }
}

#[test]
fn what_a_nested_template_needs_by_name_must_be_named_by_its_stack() {
    let scene = Scene::new(FILE);
    let named = "
Resources: { User: { Type: AWS::IAM::User, Properties: { UserName: someone } } }
";
    scene.desk.write("stacks/queue.yaml", named);
    let refused = scene.validate().expect_code(2);
    let told = "`stacks/queue.yaml` needs CAPABILITY_NAMED_IAM, which the stack `app` does";
    let said = refused.stderr_on_one_line();
    assert!(said.contains(told), "{said}");
    let ran = scene.run(&["apply", "prod.yaml", "--yes"]).expect_code(2);
    assert!(ran.stderr.contains("CAPABILITY_NAMED_IAM"), "{}", ran.stderr);

    // It may never be made.
    let conditional = format!("Conditions: {{ Never: !Equals [a, b] }}{APP}")
        .replace("Queue: { Type", "Queue: { Condition: Never, Type");
    scene.desk.write("stacks/app.yaml", &conditional);
    let warned = scene.validate().expect_code(0);
    assert!(warned.stderr.contains("CAPABILITY_NAMED_IAM"), "{}", warned.stderr);
    scene.apply().expect_code(0);
    scene.desk.write("stacks/app.yaml", APP);
    let file = FILE.replace("[CAPABILITY_IAM", "[CAPABILITY_NAMED_IAM");
    scene.desk.write("prod.yaml", &file);
    scene.validate().expect_code(0);
    scene.apply().expect_code(0);
}

#[test]
fn templates_that_are_nested_twice_on_every_level_are_looked_at_once() {
    const LEVELS: usize = 31;
    let scene = Scene::new(FILE);
    let nested = |level: usize| {
        let url = format!(
            "Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: t{level}.yaml }}"
        );
        format!("Resources:\n  A: {{ {url} }}\n  B: {{ {url} }}\n")
    };
    scene.desk.write("stacks/app.yaml", nested(1));
    for level in 1..LEVELS {
        scene.desk.write(&format!("stacks/t{level}.yaml"), nested(level + 1));
    }
    let user = "Resources: { User: { Type: AWS::IAM::User, Properties: { UserName: someone } } }";
    scene.desk.write(&format!("stacks/t{LEVELS}.yaml"), user);
    let refused = scene.validate().expect_code(2);
    let told = "`stacks/t31.yaml` needs CAPABILITY_NAMED_IAM";
    assert_eq!(refused.stderr_on_one_line().matches(told).count(), 2, "{}", refused.stderr);
}
