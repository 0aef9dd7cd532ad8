//! Values: what a file says of parameters, tags and lists is what CloudFormation gets, or is told before
//! the call.

use std::fmt::Write;

use xdeploy::event::{FailureKind, Operation};

use crate::support::client::cloudformation;
use crate::support::files::{ONE, ROLE, SETTING};
use crate::support::world::{Ran, SOURCE, World};

const DEV: &str = "100000000001";

/// A template with a parameter that has no default, and is put out.
const WITHOUT_DEFAULT: &str = r#"
Parameters:
  Value: { Type: String }
  Size: { Type: Number, Default: 1 }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Sub "${Value}-${Size}" }
Outputs:
  Value: { Value: !GetAtt Setting.Value }
"#;

fn app(keys: &str) -> String {
    format!("{ONE}stacks:\n  app: {{ template: app.yaml{keys} }}\n")
}

fn message(ran: &Ran, account: &str, stack: &str) -> String {
    ran.failure(account, stack).message.clone()
}

#[tokio::test(start_paused = true)]
async fn an_empty_mapping_of_tags_takes_the_last_tags_away_and_none_leaves_them() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let tags = async || {
        let found = cloudformation(&world, DEV).describe_stacks().stack_name("app").send().await;
        let stack = found.expect("it stands").stacks.expect("stacks").remove(0);
        stack.tags.unwrap_or_default().len()
    };
    world.apply(&app(", tags: { a: b }")).await;
    assert_eq!(world.apply(&app("")).await.outcomes(), ["dev/eu-central-1/app unchanged"]);
    assert_eq!(tags().await, 1);
    assert_eq!(world.apply(&app(", tags: {}")).await.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(tags().await, 0);
    let again = world.apply(&app(", tags: {}")).await;
    assert_eq!(again.outcomes(), ["dev/eu-central-1/app unchanged"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_topics_takes_the_last_topic_away() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let topics = async || {
        let found = cloudformation(&world, DEV).describe_stacks().stack_name("app").send().await;
        let stack = found.expect("it stands").stacks.expect("stacks").remove(0);
        stack.notification_arns.unwrap_or_default().len()
    };
    let arn = format!("arn:aws:sns:eu-central-1:{DEV}:topic");
    world.apply(&app(&format!(", notification-arns: ['{arn}']"))).await;
    world.apply(&app(", parameters: { Value: two }")).await;
    assert_eq!(topics().await, 1);
    world.apply(&app(", notification-arns: [], parameters: { Value: three }")).await;
    assert_eq!(topics().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_without_default_that_is_not_named_keeps_its_value_and_is_told_where_there_is_none()
 {
    let world = World::new(&[DEV]);
    world.write("app.yaml", WITHOUT_DEFAULT);
    for operation in [Operation::Plan, Operation::Apply] {
        let ran = world.run(operation, world.plan(&app(""))).await;
        let failure = ran.failure("dev", "app");
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.message.contains("`Value` has no value"), "{}", failure.message);
        assert!(failure.message.contains("does not stand yet"), "{}", failure.message);
        assert!(!ran.report.api_calls.contains_key("cloudformation:CreateStack"));
    }
    world.apply(&app(", parameters: { Value: secret }")).await;
    let ran = world.apply(&app(", parameters: { Size: 2 }")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(ran.instance("dev", "app").outputs["Value"], "secret-2");

    world.write(
        "app.yaml",
        &WITHOUT_DEFAULT
            .replace("Value: { Type: String }", "Value: { Type: String }\n  New: { Type: String }"),
    );
    let ran = world.apply(&app("")).await;
    assert!(
        message(&ran, "dev", "app").contains("`New` has no value: the stack does not have it yet")
    );
    assert!(!ran.report.api_calls.contains_key("cloudformation:UpdateStack"));
}

#[tokio::test(start_paused = true)]
async fn a_default_that_changed_is_told_by_plan_and_apply_where_the_old_value_is_kept() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", WITHOUT_DEFAULT);
    let text = app(", parameters: { Value: x }");
    world.apply(&text).await;
    world.write("app.yaml", &WITHOUT_DEFAULT.replace("Default: 1", "Default: 2"));
    let says = "Size keeps 1; the template's default is now 2";
    let planned = world.run(Operation::Plan, world.plan(&text)).await;
    let preview = planned.instance("dev", "app").preview.as_ref().expect("a preview");
    assert_eq!(preview.notes, [says]);
    let ran = world.apply(&text).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app unchanged"]);
    assert_eq!(ran.instance("dev", "app").notes, [says]);
    let named = world.apply(&app(", parameters: { Value: x, Size: 2 }")).await;
    assert_eq!(named.instance("dev", "app").notes, [""; 0]);
}

/// A template that takes a list in two parameters.
const LISTS: &str = r#"
Parameters:
  One: { Type: CommaDelimitedList }
  Two: { Type: CommaDelimitedList, Default: "" }
Conditions:
  HasTwo: !Not [!Equals [!Join ["", !Ref Two], ""]]
Resources:
  PolicyOne:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Resource: !Ref One }]
  PolicyTwo:
    Type: AWS::IAM::ManagedPolicy
    Condition: HasTwo
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Resource: !Ref Two }]
"#;

/// Returns a fleet whose roles are named together in one stack of the source account.
fn fleet(accounts: &[String], parameters: &str) -> String {
    let mut text = format!(
        "environment: prod\nsource: {{ account: '{SOURCE}' }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts:\n"
    );
    for (number, id) in accounts.iter().enumerate() {
        writeln!(text, "  team-{number}: '{id}'").expect("a String takes all");
    }
    text + &format!(
        "stacks:\n  a-role-with-a-long-name: {{ template: role.yaml }}\n  hub: {{ template: hub.yaml, \
         accounts: [source], parameters: {{ {parameters} }} }}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn a_list_that_has_grown_too_long_is_told_before_the_call_and_fits_once_it_is_split() {
    let accounts: Vec<String> = (0..90).map(|number| format!("2000000000{number:02}")).collect();
    let ids: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let world = World::new(&ids);
    world.write("role.yaml", ROLE);
    world.write("hub.yaml", LISTS);
    let output = "${output:a-role-with-a-long-name.RoleArn@*";
    let whole = fleet(&accounts, &format!("One: '{output}}}'"));
    let ran = world.apply(&whole).await;
    let failure = ran.failure("source", "hub");
    assert!(failure.message.contains("of `One` has ") && failure.message.ends_with("takes 4096"));
    let help = failure.help.as_deref().expect("a help");
    assert!(help.contains("joins the outputs of 90 stack instances"), "{help}");
    let creates = ran.report.api_calls["cloudformation:CreateStack"];
    assert_eq!(creates, 90, "the hub's was not sent");
    let warnings = xdeploy::plan::warnings(&world.plan(&whole));
    assert!(warnings[0].message.contains("joins 90 outputs to about"), "{warnings:?}");
    let split = "split it over 2 parameters with `@*#1/2` and `@*#2/2`";
    assert!(warnings[0].message.contains(split) && help.contains(split), "{warnings:?} {help}");

    let parts = format!("One: '{output}#1/2}}', Two: '{output}#2/2}}'");
    let plan = world.plan(&fleet(&accounts, &parts));
    assert!(xdeploy::plan::warnings(&plan).is_empty());
    let ran = world.run(Operation::Apply, plan).await;
    assert_eq!(ran.report.exit_code(), 0);
    let found = cloudformation(&world, SOURCE).describe_stacks().stack_name("hub").send().await;
    let hub = found.expect("it stands").stacks.expect("stacks").remove(0);
    let given: Vec<String> =
        hub.parameters().iter().filter_map(|it| it.parameter_value.clone()).collect();
    assert!(given.iter().all(|value| !value.is_empty() && value.len() <= 4096), "{given:?}");
    assert_eq!(given.join(",").split(',').count(), 90);

    // A fleet that shrinks empties the second part.
    let few = fleet(&accounts[..2], &format!("One: '{output}#1/2}}', Two: '{output}#2/2}}'"));
    assert_eq!(world.apply(&few).await.report.exit_code(), 0);
    let found = cloudformation(&world, SOURCE).describe_stacks().stack_name("hub").send().await;
    let hub = found.expect("it stands").stacks.expect("stacks").remove(0);
    let two = hub.parameters().iter().find(|it| it.parameter_key() == Some("Two"));
    assert_eq!(two.and_then(|two| two.parameter_value()), Some(""));
}

#[tokio::test(start_paused = true)]
async fn a_value_from_an_output_keeps_the_rules_of_the_template_before_it_is_sent() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let strict = SETTING.replace("Default: one", "Default: one, AllowedValues: [one, two]");
    world.write("strict.yaml", &strict);
    let text = format!(
        "{ONE}stacks:\n  app: {{ template: app.yaml, parameters: {{ Value: three }} }}\n  \
         strict: {{ template: strict.yaml, parameters: {{ Value: '${{output:app.Value}}' }} }}\n"
    );
    let ran = world.apply(&text).await;
    let failure = ran.failure("dev", "strict");
    assert_eq!(failure.message, "the value `three` of `Value` must be one of `one`, `two`");
    let help = failure.help.as_deref().expect("a help");
    assert_eq!(help, "it comes from an output of dev/eu-central-1/app");
    assert_eq!(ran.report.api_calls["cloudformation:CreateStack"], 1);
}

#[tokio::test(start_paused = true)]
async fn an_output_of_another_region_of_the_same_account_is_named_by_the_region_or_a_variable() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    for place in ["@/eu-west-1", "@${account.name}/${variables.home}", "@/${variables.home}"] {
        let text = format!(
            "{ONE}variables: {{ home: eu-west-1 }}\nstacks:\n  iam: {{ template: app.yaml, \
             regions: [eu-west-1] }}\n  app: {{ template: app.yaml, parameters: {{ Value: \
             '${{output:iam.Where{place}}}' }} }}\n"
        );
        let ran = world.apply(&text).await;
        let value = &ran.instance("dev", "app").outputs["Value"];
        assert_eq!(value, &format!("{DEV}/eu-west-1/iam"), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_may_be_of_one_region() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let of = |place: &str| {
        format!(
            "{ONE}stacks:\n  base: {{ template: app.yaml, regions: [eu-west-1, eu-central-1] }}\n  \
             app: {{ template: app.yaml, parameters: {{ Value: '${{output:base.Where{place}}}' }} }}\n"
        )
    };
    let one = world.apply(&of("@*/eu-west-1")).await;
    assert_eq!(one.instance("dev", "app").outputs["Value"], format!("{DEV}/eu-west-1/base"));
    let all = world.apply(&of("@*")).await;
    assert_eq!(all.instance("dev", "app").outputs["Value"].split(',').count(), 2);
}
