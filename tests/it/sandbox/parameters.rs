//! Parameters: values, defaults, constraints.

use aws_sdk_cloudformation::types::Parameter;

use crate::support::embedded::{Embedded, Stacks, words};

const DEV: &str = "100000000001";

const TEMPLATE: &str = r#"
Parameters:
  Needed: { Type: String, MinLength: 2, MaxLength: 4, AllowedPattern: "[a-z]+" }
  Account:
    Type: String
    Default: "100000000001"
    AllowedPattern: "[0-9]{12}"
    ConstraintDescription: twelve digits
  Size: { Type: Number, Default: 5, MinValue: 1, MaxValue: 9 }
  Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }
  Secret: { Type: String, Default: hush, NoEcho: true }
  Names: { Type: CommaDelimitedList, Default: "a, b" }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Needed } }
  Hushed: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Sub "x-${Secret}" } }
Outputs:
  All: { Value: !Join ["+", [!Ref Needed, !Ref Size, !Ref Stage, !Select [1, !Ref Names]]] }
"#;

fn value(name: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

async fn create(stacks: &Stacks, parameters: Vec<Parameter>) -> Result<(), String> {
    let create = stacks.0.create_stack().stack_name("app").template_body(TEMPLATE);
    let created = create.set_parameters(Some(parameters)).send().await;
    created.map_err(|error| words(&error))?;
    stacks.settled("app").await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn defaults_stand_in_and_secrets_are_not_shown() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    create(&stacks, vec![value("Needed", "abc")]).await.unwrap();
    assert_eq!(stacks.output("app", "All").await, "abc+5+dev+b");
    let shown = stacks.describe("app").await.parameters.unwrap();
    let secret = shown.iter().find(|p| p.parameter_key.as_deref() == Some("Secret")).unwrap();
    assert_eq!(secret.parameter_value.as_deref(), Some("****"));
    let events = format!("{:?}", stacks.events("app").await);
    assert!(events.contains("x-****") && !events.contains("hush"), "{events}");
}

/// Creates a stack of one topic whose parameter `P` has this declaration, with this value.
async fn create_with(declaration: &str, given: Option<&str>) -> Result<String, String> {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = format!(
        "Parameters:\n  P: {declaration}\nResources:\n  Topic: {{ Type: AWS::SNS::Topic }}\n\
         Outputs:\n  P: {{ Value: !Ref P }}\n"
    );
    let create = stacks.0.create_stack().stack_name("app").template_body(template);
    let given = given.map(|given| vec![value("P", given)]);
    create.set_parameters(given).send().await.map_err(|error| words(&error))?;
    stacks.settled("app").await;
    Ok(stacks.output("app", "P").await)
}

#[tokio::test(start_paused = true)]
async fn words_without_quotes_are_truths() {
    let public = "{ Type: String, AllowedValues: [Yes, No, 'On'], Default: NO }";
    assert_eq!(create_with(public, None).await.unwrap(), "false");
    assert_eq!(create_with(public, Some("true")).await.unwrap(), "true");
    assert_eq!(create_with(public, Some("On")).await.unwrap(), "On");
    let refused = create_with(public, Some("Yes")).await.unwrap_err();
    assert_eq!(refused, "ValidationError: Parameter 'P' must be one of AllowedValues");
}

#[tokio::test(start_paused = true)]
async fn a_pattern_is_javas() {
    let password = r"{ Type: String, AllowedPattern: '(?=.*\d)[\w-.]{8,}' }";
    assert_eq!(create_with(password, Some("a-word.1")).await.unwrap(), "a-word.1");
    for given in ["a-word.x", "größe-11", "short1"] {
        let refused = create_with(password, Some(given)).await.unwrap_err();
        assert_eq!(
            refused,
            r"ValidationError: Parameter 'P' must match pattern (?=.*\d)[\w-.]{8,}"
        );
    }
    let unknown = "{ Type: String, AllowedPattern: '[a-z&&[^x]]+' }";
    assert_eq!(create_with(unknown, Some("X")).await.unwrap(), "X");
}

#[tokio::test(start_paused = true)]
async fn a_value_must_be_as_its_declaration_says() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    for (name, given, refusal) in [
        ("Needed", "a", "Parameter 'Needed' must contain at least 2 characters"),
        ("Needed", "abcde", "Parameter 'Needed' must contain at most 4 characters"),
        ("Needed", "aB", "Parameter 'Needed' must match pattern [a-z]+"),
        ("Account", "12", "Parameter 'Account' failed to satisfy constraint: twelve digits"),
        ("Size", "0", "Parameter 'Size' must be a number not less than 1"),
        ("Size", "10", "Parameter 'Size' must be a number not greater than 9"),
        ("Size", "many", "Parameter 'Size' must be a number"),
        ("Stage", "test", "Parameter 'Stage' must be one of AllowedValues"),
        ("Wrong", "x", "Parameters: [Wrong] do not exist in the template"),
    ] {
        let mut given = vec![value(name, given)];
        if name != "Needed" {
            given.push(value("Needed", "abc"));
        }
        let refused = create(&stacks, given).await.unwrap_err();
        assert_eq!(refused, format!("ValidationError: {refusal}"));
    }
    assert_eq!(
        create(&stacks, Vec::new()).await.unwrap_err(),
        "ValidationError: Parameters: [Needed] must have values"
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_can_keep_a_value_and_falls_back_to_the_default() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    create(&stacks, vec![value("Needed", "abc"), value("Size", "7")]).await.unwrap();
    let kept = Parameter::builder().parameter_key("Needed").use_previous_value(true).build();
    let update = || stacks.0.update_stack().stack_name("app").use_previous_template(true);
    update().parameters(kept.clone()).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    assert_eq!(stacks.output("app", "All").await, "abc+5+dev+b");
    let again = update().parameters(kept).send().await.unwrap_err();
    assert_eq!(words(&again), "ValidationError: No updates are to be performed.");
}
