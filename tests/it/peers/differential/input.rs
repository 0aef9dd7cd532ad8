//! What is refused before anything is done: templates, parameters, names, capabilities.

use super::{CHAIN, compare};
use crate::support::sdk_words::{keep, value};
use crate::support::world::SOURCE;

#[tokio::test]
async fn stacks_that_are_not_there_are_told_apart_from_those_that_are() {
    let differences = compare(async |cloud| {
        let stacks = cloud.caller.cloudformation();
        let reply = stacks.describe_stacks().stack_name("nothing").send().await;
        cloud.call("describe", reply);
        let reply = stacks.describe_stack_events().stack_name("nothing").send().await;
        cloud.call("events", reply);
        let reply = stacks.describe_stack_resources().stack_name("nothing").send().await;
        cloud.call("resources", reply);
        let reply = stacks.get_template().stack_name("nothing").send().await;
        cloud.call("template", reply);
        cloud.update("update", "nothing", CHAIN, |call| call).await;
        cloud.delete("delete", "nothing").await;
        cloud.create("a name that starts with a digit", "1st", CHAIN, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    resources
      sandbox:   ValidationError: Stack with id nothing does not exist
      ministack: ValidationError: Stack [nothing] does not exist
    template
      sandbox:   ValidationError: Stack with id nothing does not exist
      ministack: ValidationError: Stack [nothing] does not exist
    ");
}

#[tokio::test]
async fn templates_that_are_wrong_are_refused() {
    let resource = "Type: AWS::SSM::Parameter, Properties: { Type: String, Value:";
    let templates = [
        ("not a map", "nonsense".to_owned()),
        ("no resources", "Resources: {}".to_owned()),
        ("an unknown type", "Resources: { A: { Type: AWS::No::Such } }".to_owned()),
        ("no type", "Resources: { A: { Properties: {} } }".to_owned()),
        ("an unknown section", format!("Resources: {{ A: {{ {resource} a }} }} }}\nNope: {{}}")),
        ("a reference to nothing", format!("Resources: {{ A: {{ {resource} !Ref Nope }} }} }}")),
        (
            "a circle",
            format!(
                "Resources: {{ A: {{ DependsOn: B, {resource} a }} }}, B: {{ DependsOn: A, \
                 {resource} a }} }} }}"
            ),
        ),
    ];
    let differences = compare(async |cloud| {
        for (number, (step, template)) in templates.iter().enumerate() {
            cloud.try_create(step, &format!("wrong-{number}"), template, |call| call).await;
        }
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    not a map
      sandbox:   ValidationError: Template format error: unsupported structure.
      ministack: ValidationError: Template format error: Template must be a JSON or YAML mapping
    no resources
      sandbox:   ValidationError: Template format error: At least one Resources member must be defined.
      ministack: accepted
    an unknown type
      sandbox:   accepted
      ministack: ValidationError: Template format error: Unrecognized resource types: [AWS::No::Such]
    no type
      sandbox:   ValidationError: Template format error: [/Resources/A] Every Resources object must contain a Type member.
      ministack: accepted
    an unknown section
      sandbox:   ValidationError: Invalid template property or properties [Nope]
      ministack: accepted
    a reference to nothing
      sandbox:   ValidationError: Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template
      ministack: accepted
    a circle
      sandbox:   ValidationError: Circular dependency between resources: [A, B]
      ministack: accepted
    ");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story and its answers, which are read together")]
async fn parameters_that_are_wrong_are_refused() {
    let template = r#"
Parameters:
  Digits: { Type: String, AllowedPattern: "[0-9]+" }
  Explained: { Type: String, Default: "1", AllowedPattern: "[0-9]+", ConstraintDescription: digits }
  Number: { Type: Number, Default: 3, MinValue: 1, MaxValue: 5 }
  Word: { Type: String, Default: four, MinLength: 2, MaxLength: 5 }
  Choice: { Type: String, Default: a, AllowedValues: [a, b] }
  Secret: { Type: String, NoEcho: true, Default: hidden }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Digits }
"#;
    let differences = compare(async |cloud| {
        let good = value("Digits", "1");
        for (step, name, wrong) in [
            ("against its pattern", "Digits", "x"),
            ("against an explained pattern", "Explained", "x"),
            ("not a number", "Number", "x"),
            ("too large", "Number", "9"),
            ("too small", "Number", "0"),
            ("too short", "Word", "x"),
            ("too long", "Word", "eleven"),
            ("not a choice", "Choice", "c"),
            ("not in the template", "Nope", "x"),
        ] {
            let stack = format!("wrong-{}", step.replace(' ', "-"));
            cloud
                .try_create(step, &stack, template, |call| {
                    let call = call.parameters(value(name, wrong));
                    if name == "Digits" { call } else { call.parameters(good.clone()) }
                })
                .await;
        }
        cloud.try_create("missing", "missing", template, |call| call).await;
        cloud
            .try_create("kept in a create", "kept", template, |call| {
                call.parameters(keep("Digits"))
            })
            .await;
        cloud.create("right", "right", template, |call| call.parameters(good.clone())).await;
        let found = cloud.caller.settled("right").await.expect("it stands");
        for parameter in found.parameters() {
            let name = parameter.parameter_key().unwrap_or_default();
            cloud.note(&format!("shown: {name}"), parameter.parameter_value().unwrap_or_default());
        }
        cloud
            .update("wrong in an update", "right", template, |call| {
                call.parameters(keep("Digits")).parameters(value("Choice", "c"))
            })
            .await;
        cloud
            .update("not in the template in an update", "right", template, |call| {
                call.parameters(keep("Digits")).parameters(value("Nope", "c"))
            })
            .await;
        cloud.update("missing in an update", "right", template, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    against an explained pattern
      sandbox:   ValidationError: Parameter 'Explained' failed to satisfy constraint: digits
      ministack: ValidationError: Parameter 'Explained' digits
    not a number
      sandbox:   ValidationError: Parameter 'Number' must be a number
      ministack: ValidationError: Parameter 'Number' value 'x' is not a valid Number
    not a choice
      sandbox:   ValidationError: Parameter 'Choice' must be one of AllowedValues
      ministack: ValidationError: Parameter 'Choice' value 'c' is not in AllowedValues: ['a', 'b']
    not in the template
      sandbox:   ValidationError: Parameters: [Nope] do not exist in the template
      ministack: accepted
    missing
      sandbox:   ValidationError: Parameters: [Digits] must have values
      ministack: ValidationError: Parameter 'Digits' has no Default and was not provided
    kept in a create
      sandbox:   ValidationError: Invalid input for parameter key Digits. Cannot specify usePreviousValue as true for a parameter key not in the previous template
      ministack: ValidationError: Parameter 'Digits' has no previous value and no Default
    wrong in an update
      sandbox:   ValidationError: Parameter 'Choice' must be one of AllowedValues
      ministack: ValidationError: Parameter 'Choice' value 'c' is not in AllowedValues: ['a', 'b']
    not in the template in an update
      sandbox:   ValidationError: Parameters: [Nope] do not exist in the template
      ministack: ValidationError: No updates are to be performed.
    missing in an update
      sandbox:   ValidationError: Parameters: [Digits] must have values
      ministack: ValidationError: Parameter 'Digits' has no Default and was not provided
    ");
}

#[tokio::test]
async fn capabilities_that_are_missing_are_named() {
    let role = |name: &str| {
        format!(
            r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      {name}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {{ Effect: Allow, Action: "sts:AssumeRole", Principal: {{ AWS: "{SOURCE}" }} }}
"#
        )
    };
    let differences = compare(async |cloud| {
        let (unnamed, named) = (role("Description: a role"), role("RoleName: operator"));
        cloud.create("a role", "unnamed", &unnamed, |call| call).await;
        cloud.create("a named role", "named", &named, |call| call).await;
        cloud
            .create("a named role with the lesser capability", "named", &named, |call| {
                call.capabilities("CAPABILITY_IAM".into())
            })
            .await;
        cloud
            .create("a named role with the right one", "named", &named, |call| {
                call.capabilities("CAPABILITY_NAMED_IAM".into())
            })
            .await;
        let longer =
            named.replace("      RoleName", "      MaxSessionDuration: 7200\n      RoleName");
        cloud.update("a named role in an update", "named", &longer, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @"");
}
