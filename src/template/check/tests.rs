use std::sync::Arc;

use proptest::prelude::*;

use crate::document::{Fault, Faults, SourceFile};
use crate::template::{Template, judged};

/// Returns what is wrong with a template, each with its line; `?` marks a warning.
pub fn found(text: &str) -> Vec<String> {
    let file = Arc::new(SourceFile { path: "t.yaml".into(), text: text.to_owned() });
    let (_, violations) = judged(file.clone()).unwrap_or_else(|faults| panic!("{faults}: {text}"));
    let faults = violations.into_iter().map(Fault::from).map(|fault| {
        let place = fault.place.as_ref().expect("a spot");
        let (line, _) = file.line_and_column(place.span.start);
        let mark = if fault.is_warning() { "?" } else { "" };
        let help = fault.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{line}{mark} {}{help}", fault.message)
    });
    faults.collect()
}

/// Returns a template with one queue, which these lines go before.
pub fn with(lines: &str) -> String {
    format!("{lines}\nResources:\n  Queue: {{ Type: AWS::SQS::Queue }}\n")
}

/// Returns a template with one queue, and these lines behind it.
pub fn behind(lines: &str) -> String {
    format!("Resources:\n  Queue: {{ Type: AWS::SQS::Queue }}\n{lines}\n")
}

#[test]
fn what_refers_to_nothing_is_found_with_the_nearest_name() {
    for (text, says) in [
        (
            behind("  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Queu } }"),
            "3 `Queu` is not a parameter or a resource of the template (did you mean `Queue`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !GetAtt Qeue.Arn } }"),
            "3 `Qeue` is not a resource of the template (did you mean `Queue`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Sub '${Quee}-x' } }"),
            "3 `Quee` is not a parameter or a resource of the template (did you mean `Queue`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref AWS::Regoin } }"),
            "3 `AWS::Regoin` is not a parameter of the template (did you mean `AWS::Region`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topic, DependsOn: [Queue, Topic] }"),
            "3 `Topic` is not a resource of the template",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topic, Condition: IsProd }"),
            "3 `IsProd` is not a condition of the template",
        ),
        (
            behind("Outputs: { A: { Value: !If [IsProd, a, b] } }"),
            "3 `IsProd` is not a condition of the template",
        ),
        (
            behind("Outputs: { A: { Value: !FindInMap [Sizes, a, b] } }"),
            "3 `Sizes` is not a mapping of the template",
        ),
        (
            with("Conditions: { A: !Equals [!Ref Queue, x] }"),
            "1 `Queue` is not a parameter of the template (a condition is known before there are resources)",
        ),
        (
            with("Conditions: { A: !Not [!Condition IsProd] }"),
            "1 `IsProd` is not a condition of the template",
        ),
    ] {
        assert_eq!(found(&text), [says], "{text}");
    }
}

#[test]
fn what_waits_for_itself_is_found() {
    let topic = |name: &str, more: &str| format!("  {name}: {{ Type: AWS::SNS::Topic, {more} }}\n");
    let help = "(take one of the references away, or make it a resource of its own)";
    let both = topic("A", "DependsOn: B") + &topic("B", "Properties: { TopicName: !Ref A }");
    assert_eq!(
        found(&format!("Resources:\n{both}")),
        [format!("2 the resources `A`, `B` wait for each other {help}")]
    );
    let depends = topic("A", "DependsOn: B, Condition: C")
        + &topic("B", "Properties: { TopicName: !If [C, !Ref A, b] }");
    assert_eq!(
        found(&format!("Conditions: {{ C: !Equals [a, b] }}\nResources:\n{depends}")),
        [format!("3? the resources `A`, `B` wait for each other {help}")]
    );
    assert_eq!(
        found(&with("Conditions: { A: !Not [!Condition B], B: !Not [!Condition A] }")),
        ["1 the conditions `A`, `B` refer to each other"]
    );
}

#[test]
fn what_is_misspelt_is_found() {
    for (text, says) in [
        (
            behind("  T: { Type: AWS::SNS::Topic, Propertes: {} }"),
            "3 the resource `T` has the unknown key `Propertes` (did you mean `Properties`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Topics }"),
            "3 `AWS::SNS::Topics` is not a known resource type (did you mean `AWS::SNS::Topic`?)",
        ),
        (
            behind("  T: { Type: AWS::sns::topic }"),
            "3 `AWS::sns::topic` is not a known resource type (did you mean `AWS::SNS::Topic`?)",
        ),
        (
            behind("  T: { Type: AWS::SNS::Tobic }"),
            "3? `AWS::SNS::Tobic` is not a known resource type (did you mean `AWS::SNS::Topic`?)",
        ),
        (
            behind("  T: { Type: AWS::NewService::Thing }"),
            "3? `AWS::NewService::Thing` is not a known resource type (if the type is new, nothing \
             is wrong)",
        ),
        (
            behind("  T: { Type: Topic }"),
            "3 `Topic` is not a known resource type (a type reads like `AWS::SQS::Queue`, \
             `Custom::Name` or `Company::Service::Name`)",
        ),
        (
            behind("Outputs: { A: { Value: !Joyn [',', [a]] } }"),
            "3 `Fn::Joyn` is not a known function (did you mean `Fn::Join`?)",
        ),
        (
            behind("Outputs: { A: { Value: { 'Fn::Frobnicate': a } } }"),
            "3? `Fn::Frobnicate` is not a known function",
        ),
        (
            behind("Outputs: { A: { Value: !ToJsonString {} } }"),
            "3 `Fn::ToJsonString` needs the transform of the language extensions (add `Transform: \
             AWS::LanguageExtensions`)",
        ),
        (
            with("Parameters: { P: { Type: Strin } }"),
            "1 `Strin` is not a type of a parameter (did you mean `String`?)",
        ),
        (
            with("Parameters: { P: { Type: String, Defalt: a } }"),
            "1 the parameter `P` has the unknown key `Defalt` (did you mean `Default`?)",
        ),
        (
            behind("  F: { Type: AWS::Serverless::Function }"),
            "3 `AWS::Serverless::Function` needs the transform of AWS SAM (add `Transform: \
             AWS::Serverless-2016-10-31`)",
        ),
    ] {
        assert_eq!(found(&text), [says], "{text}");
    }
}

#[test]
fn what_is_given_twice_is_taken_and_told() {
    let text = behind("  Queue: { Type: AWS::SQS::Queue, DependsOn: Queu }");
    assert_eq!(
        found(&text),
        [
            "3? `Queue` is given twice (CloudFormation takes this one, not that of line 2)",
            "3 `Queu` is not a resource of the template (did you mean `Queue`?)"
        ]
    );
    let json = r#"{"Resources": {"A": {"Type": "T"}, "A": {"Type": "AWS::SNS::Topic"}}}"#;
    assert_eq!(
        found(json),
        ["1? `A` is given twice (CloudFormation takes this one, not that of line 1)"]
    );
}

#[test]
fn aliases_are_found() {
    let text = behind("  A: &A { Type: AWS::SNS::Topic }\n  B: *A\n  C: *A");
    assert_eq!(found(&text), ["4 CloudFormation takes no YAML aliases"]);
}

#[test]
fn merge_keys_and_further_types_of_yaml_are_doubted() {
    let text = behind("  A: { <<: { Type: AWS::SNS::Topic } }");
    assert_eq!(
        found(&text),
        [
            "3? CloudFormation may refuse a merge key, `<<` (write out what it merges: CloudFormation's \
          documentation rules merge keys out)"
        ]
    );
    let text = behind("  A: &A { Type: AWS::SNS::Topic }\n  B: { <<: *A }");
    assert_eq!(found(&text), ["4 CloudFormation takes no YAML aliases"]);
    let text = behind(
        "  A: { Type: AWS::SNS::Topic, Properties: { DisplayName: !!binary QQ==, TopicName: !!str a } }",
    );
    assert_eq!(
        found(&text),
        [
            "3? CloudFormation may refuse a value of YAML's type `!!binary` (write it as text or as a list: \
          CloudFormation's documentation rules such types out)"
        ]
    );
}

#[test]
fn an_attribute_that_is_not_published_of_its_type_is_a_warning() {
    let attribute =
        |value: &str| found(&behind(&format!("Outputs: {{ A: {{ Value: {value} }} }}")));
    let says = |attribute: &str, help: &str| {
        let rule =
            format!("the resource `Queue` has no attribute `{attribute}`, as an AWS::SQS::Queue");
        vec![format!("3? {rule} ({help})")]
    };
    let all = "it has `Arn`, `QueueUrl`";
    for value in ["!GetAtt Queue.Nope", "!GetAtt [Queue, Nope]", "!Sub '${Queue.Nope}'"] {
        assert_eq!(attribute(value), says("Nope", all), "{value}");
    }
    assert_eq!(attribute("!GetAtt Queue.Arm"), says("Arm", "did you mean `Arn`?"));
    for value in ["!GetAtt Queue.Arn", "!Sub '${Queue.QueueName}'", "!GetAtt [Queue, !Ref Text]"] {
        let said = attribute(value);
        assert!(said.iter().all(|said| !said.contains("attribute `")), "{value}: {said:?}");
    }
    for (kind, value) in [
        // A property that is given, what another template puts out, what nobody has published.
        ("AWS::Amplify::Branch, Properties: { AppId: a, BranchName: b }", "BranchName"),
        ("AWS::CloudFormation::Stack, Properties: { TemplateURL: a }", "Outputs.A"),
        ("Custom::Made", "Nope"),
        ("AWS::Lambda::New", "Nope"),
    ] {
        let text = format!(
            "Resources: {{ A: {{ Type: {kind} }} }}\nOutputs: {{ A: {{ Value: !GetAtt A.{value} }} }}"
        );
        let said = found(&text);
        assert!(said.iter().all(|said| !said.contains("attribute")), "{said:?}");
    }
}

#[test]
fn wrong_arguments_are_found() {
    for (value, says) in [
        ("!Join [',']", "`Fn::Join` takes a list of two: a delimiter and the list that is joined"),
        ("!Select [0, [a], b]", "`Fn::Select` takes a list of two: an index and a list"),
        ("!Select [0, !Split a]", "`Fn::Split` takes a list of two: a delimiter and a text"),
        ("!FindInMap [M, a]", "`Fn::FindInMap` takes a list of three: a mapping and two keys"),
        (
            "!If [C, a]",
            "`Fn::If` takes a list of three: a condition, and the value if it holds and if not",
        ),
        ("!GetAtt Queue", "`Fn::GetAtt` takes a resource and an attribute, such as `Queue.Arn`"),
        ("!Ref [Queue]", "`Ref` takes a name"),
        ("!Sub [a]", "`Fn::Sub` takes a text, or a list of a text and a mapping"),
    ] {
        let text = format!(
            "Conditions: {{ C: !Equals [a, b] }}\nMappings: {{ M: {{ a: {{ b: c }} }} }}\n{}",
            behind(&format!("Outputs: {{ A: {{ Value: {value} }} }}"))
        );
        assert_eq!(found(&text), [format!("5 {says}")], "{text}");
    }
    for (condition, takes) in [
        ("!Equals [a]", "`Fn::Equals` takes a list of the two values that are compared"),
        ("!Not []", "`Fn::Not` takes a list of one condition"),
        ("!And [!Equals [a, b]]", "`Fn::And` takes a list of two to ten conditions"),
    ] {
        let text = with(&format!("Conditions: {{ A: {condition} }}"));
        assert_eq!(found(&text), [format!("1 {takes}")], "{text}");
    }
    let text = behind("Outputs: { A: { Value: !Sub 'x ${HOME:-y}' } }");
    assert_eq!(
        found(&text),
        ["3 `${HOME:-y}` cannot be the name of a variable in `Fn::Sub` (write `${!HOME:-y}` for \
          the text `${HOME:-y}` itself)"]
    );
}

#[test]
fn names_shapes_and_nulls_that_cloudformation_refuses_are_found() {
    let null = "(CloudFormation takes no null: give a value, or leave it out)";
    for (text, says) in [
        ("Resources: {}".to_owned(), "1 a template has at least one resource".to_owned()),
        ("Description: x".to_owned(), "1 the template has no `Resources`".to_owned()),
        (
            behind("  T: { Type: AWS::SNS::Topic, Properties: { TopicName: } }"),
            format!("3 `TopicName` has no value {null}"),
        ),
        (with("Parameters:"), format!("1 `Parameters` has no value {null}")),
        (with("Conditions:"), format!("1 `Conditions` has no value {null}")),
        (
            behind("  A-B: { Type: AWS::SNS::Topic }"),
            "3 the name of the resource `A-B` holds more than letters and digits".to_owned(),
        ),
        (
            behind("Outputs: { a_b: { Value: x } }"),
            "3 the name of the output `a_b` holds more than letters and digits".to_owned(),
        ),
        (
            with("Mappings: { M: { a: b } }"),
            "1 `a` of the mapping `M` is a mapping of names to values, not text".to_owned(),
        ),
        (
            with("AWSTemplateFormatVersion: 2010-09-90"),
            "1 the only `AWSTemplateFormatVersion` is \"2010-09-09\"".to_owned(),
        ),
        (behind("Outputs: { A: {} }"), "3 the output `A` has no `Value`".to_owned()),
        (
            with("Conditions: { Is-Prod: !Equals [a, b] }"),
            "1? the name of the condition `Is-Prod` holds more than letters and digits".to_owned(),
        ),
        (
            with("Conditions: { A: !Equals [a, b], B: { Condition: { Condition: A } } }"),
            "1? `Condition` takes the name of a condition".to_owned(),
        ),
    ] {
        assert_eq!(found(&text), [says], "{text}");
    }
}

#[test]
fn more_than_cloudformation_takes_is_found() {
    let many = |section: &str, count: usize, entry: &str| {
        let entries: String = (0..count).map(|at| format!("  E{at}: {{ {entry} }}\n")).collect();
        format!("{section}:\n{entries}")
    };
    let queue = "Type: AWS::SQS::Queue";
    assert_eq!(found(&many("Resources", 500, queue)), [""; 0]);
    assert_eq!(
        found(&many("Resources", 501, queue)),
        ["502 `Resources` has 501 entries, and CloudFormation takes 500"]
    );
    for (section, entry) in
        [("Parameters", "Type: String"), ("Outputs", "Value: a"), ("Mappings", "a: { b: c }")]
    {
        assert_eq!(found(&with(&many(section, 200, entry))), [""; 0]);
        assert_eq!(
            found(&with(&many(section, 201, entry))),
            [format!("202 `{section}` has 201 entries, and CloudFormation takes 200")]
        );
    }
    let described = |bytes: usize| with(&format!("Description: {}", "é".repeat(bytes / 2)));
    assert_eq!(found(&described(1024)), [""; 0]);
    assert_eq!(
        found(&described(1026)),
        ["1 the description has 1026 bytes, and CloudFormation takes 1024"]
    );
}

#[test]
fn what_a_macro_may_mend_is_no_error() {
    for text in [
        "Transform: AWS::Serverless-2016-10-31\nResources: { F: { Type: AWS::Serverless::Function, \
         Connectors: {} } }\nOutputs: { A: { Value: !Ref FRole } }",
        "Transform: [Mine]\nResources: { a-b: { Type: Mine } }\nExtra: {}",
        "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::A': [X, [a], {'T${X}': \
         {Type: AWS::SNS::Topic}}]\nOutputs: { A: { Value: !Ref Ta } }",
        "Resources:\n  Q: { Type: Mine::Queues::Big::MODULE }\nOutputs: { A: { Value: !Ref QQueue } }",
        "Resources:\n  Q: { Type: AWS::SQS::Queue, 'Fn::Transform': { Name: AWS::Include } }",
        "Resources: { Q: { Type: AWS::SQS::Queue } }\nFn::Transform: { Name: AWS::Include }",
    ] {
        let errors: Vec<String> =
            found(text).into_iter().filter(|found| !found.contains('?')).collect();
        assert_eq!(errors, [""; 0], "{text}");
    }
}

#[test]
fn what_cloudformation_accepts_is_not_even_doubted() {
    let text = r#"
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Both: { Type: CommaDelimitedList, Default: "a,b", AllowedValues: ["a,b", c] }
  Names: { Type: "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", Default: /a }
  Stage: { Type: String, AllowedValues: [dev, prod] }
Mappings: { Sizes: { eu-west-1.a: { Count: 3, List: [a, b] } } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Both: { "Fn::And": [!Condition IsProd, { Condition: IsProd }] }
Resources:
  Custom: { Type: Custom::Thing, Version: 1.0, Properties: { ServiceToken: !Ref "AWS::StackId" } }
  Other: { Type: Company::Team::Thing, Description: Of a team }
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Retain
    Condition: Both
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Condition: { StringEquals: { a: !Ref Stage } } }]
      RoleName: !Sub ["${Stage}-${Own.Part}-${!Kept}-$HOME-${Custom.Arn}", { Own.Part: x }]
      Path: !If [IsProd, /, !Ref AWS::NoValue]
Outputs:
  A: { Condition: Both, Value: !GetAtt [Role, Arn], Export: { Name: !Sub "${AWS::StackName}-a" } }
  B: { Value: !FindInMap [Sizes, !Ref "AWS::Region", Count] }
  C: { Value: !Select [0, !GetAZs ""] }
  D: { Value: { "Fn::GetStackOutput": { StackName: s, OutputName: o } } }
"#;
    assert_eq!(found(text), [""; 0]);
}

#[test]
fn a_fault_is_shown_at_its_spot() {
    let text = "Resources:\n  Topic:\n    Type: AWS::SNS::Topics\n    Properties:\n      TopicName: \
                !Sub '${Stag}-x'\nParameters:\n  Stage: { Type: String, NoEcho: }\n";
    let file = SourceFile { path: "t.yaml".into(), text: text.to_owned() };
    let Faults(faults) = Template::parse(Arc::new(file)).expect_err("faults");
    insta::assert_snapshot!(Faults(faults).render(false, 80));
}

/// Every form of function, for the property below.
const MANY: &str = r#"{Resources: {A: {Type: "AWS::SNS::Topic", DependsOn: [A], Condition: C,
Properties: {B: !Sub ["${A.B}${C}", {D: !If [C, !Ref A, ~]}], E: !GetAtt [A, B], "Fn::Transform": x}}},
Conditions: {C: !And [!Condition C, !Equals [!Ref P, 1]]}, Mappings: {M: {a: {b: c}}},
Outputs: {O: {Value: !FindInMap [M, a, b]}}, Parameters: {P: {Type: String}}}"#;

proptest! {
    #[test]
    fn a_mutated_template_is_judged_without_a_panic(
        at in 0..MANY.len(), with in "[\\[\\]{}!:,a ]{0,4}", cut in 0..9usize
    ) {
        let mut text = MANY.to_owned();
        text.replace_range(at..(at + cut).min(MANY.len()), &with);
        let file = SourceFile { path: "t.yaml".into(), text: format!("\n# x\n{}", &text[1..]) };
        drop(judged(Arc::new(file)));
    }
}
