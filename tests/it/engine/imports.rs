//! An export that a stack of the same environment imports is an order, as an output reference is.

use crate::support::files::ONE;
use crate::support::world::World;

const DEV: &str = "100000000001";

const EXPORTS: &str = r#"
Parameters:
  Env: { Type: String, Default: prod }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: x } }
Outputs:
  Key: { Value: !Ref Setting, Export: { Name: !Sub "${Env}-${AWS::StackName}-key" } }
"#;

const IMPORTS: &str = r#"
Parameters:
  Env: { Type: String, Default: prod }
  From: { Type: String, Default: network }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !ImportValue { "Fn::Sub": "${Env}-${From}-key" } }
"#;

fn two(import: &str) -> String {
    format!(
        "{ONE}stacks:\n  app: {{ template: app.yaml{import} }}\n  network: {{ template: network.yaml }}\n"
    )
}

fn world() -> World {
    let world = World::new(&[DEV]);
    world.write("network.yaml", EXPORTS);
    world.write("app.yaml", IMPORTS);
    world
}

#[tokio::test(start_paused = true)]
async fn the_first_apply_and_the_first_destroy_of_stacks_that_import_pass() {
    let world = world();
    let ran = world.apply(&two("")).await;
    let created = ["dev/eu-central-1/network created", "dev/eu-central-1/app created"];
    assert_eq!(ran.outcomes(), created);
    let ran = world.destroy(&two("")).await;
    assert_eq!(ran.report.exit_code(), 0, "{:?}", ran.outcomes());
}

#[test]
fn stacks_that_would_import_from_each_other_under_conditions_are_no_cycle() {
    let world = world();
    let both = r#"
Parameters: { Env: { Type: String, Default: prod }, From: { Type: String } }
Conditions: { Imports: !Not [!Equals [!Ref From, none]] }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: !If [Imports, !ImportValue { "Fn::Sub": "${Env}-${From}-key" }, x]
Outputs:
  Key: { Value: !Ref Setting, Export: { Name: !Sub "${Env}-${AWS::StackName}-key" } }
"#;
    world.write("both.yaml", both);
    let plan = world.plan(&format!(
        "{ONE}stacks:\n  a: {{ template: both.yaml, parameters: {{ From: b }} }}\n  \
         b: {{ template: both.yaml, parameters: {{ From: a }} }}\n"
    ));
    assert_eq!(plan.instances.iter().map(|one| one.needs.len()).sum::<usize>(), 1);
}

#[test]
fn an_import_whose_name_is_not_known_is_told_by_validate() {
    let world = world();
    let text = two(", parameters: { From: '${output:network.Key}' }");
    let warnings = xdeploy::plan::warnings(&world.plan(&text));
    assert!(warnings.is_empty(), "it is a need already: {warnings:?}");
    world.write("app.yaml", &IMPORTS.replace("Default: network", "AllowedValues: [network]"));
    let warnings = xdeploy::plan::warnings(&world.plan(&two("")));
    let says = "imports an export whose name is not known beforehand: if `network` makes it";
    assert!(warnings.iter().any(|warning| warning.message.contains(says)), "{warnings:?}");
}

/// A template that exports under this name.
fn exporting(name: &str) -> String {
    format!(
        "Mappings: {{ M: {{ eu-central-1: {{ n: mapped }} }} }}
Parameters: {{ L: {{ Type: CommaDelimitedList, Default: 'a, b' }} }}
Conditions: {{ IsA: !Equals [!Join ['', !Ref L], a] }}
Resources: {{ Setting: {{ Type: AWS::SSM::Parameter, Properties: {{ Type: String, Value: x }} }} }}
Outputs: {{ Key: {{ Value: !Ref Setting, Export: {{ Name: {name} }} }} }}
"
    )
}

/// A template that imports this name.
fn importing(name: &str) -> String {
    format!(
        "Resources:
  Setting: {{ Type: AWS::SSM::Parameter, Properties: {{ Type: String, Value: !ImportValue {name} }} }}
"
    )
}

#[tokio::test(start_paused = true)]
async fn an_export_whose_name_is_looked_up_is_a_need() {
    for (export, import) in [
        ("!FindInMap [M, !Ref 'AWS::Region', n]", "mapped"),
        ("!Select [1, !Ref L]", "b"),
        ("!Select [1, !Split ['-', !Ref 'AWS::Region']]", "central"),
        ("!Join ['-', !Ref L]", "a-b"),
        (
            "!Sub ['${AWS::Partition}-${X}', { X: !Select [0, [!Ref 'AWS::Region']] }]",
            "aws-eu-central-1",
        ),
    ] {
        let world = world();
        world.write("network.yaml", &exporting(export));
        world.write("app.yaml", &importing(import));
        let plan = world.plan(&two(""));
        assert_eq!(plan.instances[1].needs, [0], "{export}");
        assert!(xdeploy::plan::warnings(&plan).is_empty(), "{export}");
        let ran = world.apply(&two("")).await;
        let created = ["dev/eu-central-1/network created", "dev/eu-central-1/app created"];
        assert_eq!(ran.outcomes(), created, "{export}");
    }
    let world = world();
    let suffix = "!Join ['-', !Split ['.', !Ref 'AWS::URLSuffix']]";
    let name = format!("!Sub ['${{AWS::Partition}}:${{Suffix}}', {{ Suffix: {suffix} }}]");
    world.write("network.yaml", &exporting(&name));
    world.write("app.yaml", &importing("aws:amazonaws-com"));
    assert_eq!(world.plan(&two("")).instances[1].needs, [0]);
}

#[test]
fn an_export_whose_name_is_not_known_is_told_where_a_stack_imports_what_no_other_exports() {
    let world = world();
    let says =
        "the stack `network` exports a name that is not known beforehand: if `app` imports it";
    let is_told = |import: &str, keys: &str| {
        world.write("app.yaml", &importing(import));
        let plan = world.plan(&two(keys));
        let warnings = xdeploy::plan::warnings(&plan);
        warnings.iter().any(|warning| warning.message.contains(says))
    };
    for unknown in
        ["!If [IsA, a, b]", "!FindInMap [M, !Ref 'AWS::AccountId', n]", "!Ref 'AWS::StackId'"]
    {
        world.write("network.yaml", &exporting(unknown));
        assert!(is_told("a", ""), "{unknown}");
        assert!(!is_told("a", ", depends-on: [network]"), "{unknown}: it is a need already");
    }
    world.write("network.yaml", &exporting("known"));
    assert!(!is_told("a", ""), "nothing here exports it");
}
