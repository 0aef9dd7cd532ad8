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
