//! Templates that are nested by path: what they import and export is an order, and their faults are told with all others.

use crate::support::binary::Desk;
use crate::support::files::ONE;

const TOPIC: &str =
    "Resources: { T: { Type: AWS::SNS::Topic, Properties: { DisplayName: NAME } } }\n";

/// Returns a folder with an environment of these stacks, whose template `nests.yaml` nests `middle.yaml`, and that
/// `inner.yaml`, with `Env` as a parameter all the way.
fn desk(stacks: &str) -> Desk {
    let desk = Desk::empty();
    let bucket = "artifacts: { bucket: 'artifacts-${account.id}' }";
    desk.write("prod.yaml", format!("{ONE}\n{bucket}\nstacks:\n{stacks}"));
    let nesting = |path: &str, parameters: &str| {
        format!(
            "Parameters: {{ Env: {{ Type: String, Default: x }} }}\nResources: {{ Inner: {{ Type: \
             AWS::CloudFormation::Stack, Properties: {{ TemplateURL: {path}, Parameters: {{ {parameters} }} }} }} }}\n"
        )
    };
    desk.write("nests.yaml", nesting("middle.yaml", "Env: !Sub '${Env}-a'"));
    desk.write("middle.yaml", nesting("./inner.yaml", "Env: !Ref Env"));
    desk
}

/// Returns a template that imports an export of this name.
fn importing(name: &str) -> String {
    let parameters = "Parameters: { Env: { Type: String } }\n";
    format!("{parameters}{}", TOPIC.replace("NAME", &format!("{{ 'Fn::ImportValue': {name} }}")))
}

/// Returns a template that exports its topic under this name.
fn exporting(name: &str) -> String {
    let output = format!("Outputs: {{ O: {{ Value: !Ref T, Export: {{ Name: {name} }} }} }}\n");
    let parameters = "Parameters: { Env: { Type: String, Default: '' } }\n";
    format!("{parameters}{}{output}", TOPIC.replace("NAME", "x"))
}

/// Returns the order of an environment as `graph` tells it.
fn graph(desk: &Desk) -> String {
    desk.run(&["graph", "prod.yaml"]).expect_code(0).stdout
}

#[test]
fn what_a_nested_template_imports_of_a_stack_beside_comes_first() {
    let desk = desk(
        "  first: { template: nests.yaml, parameters: { Env: p } }\n  second: { template: out.yaml }\n",
    );
    desk.write("inner.yaml", importing("!Sub '${Env}-topic'"));
    desk.write("out.yaml", exporting("p-a-topic"));
    let order = graph(&desk);
    let place = |name: &str| order.find(name).unwrap_or_else(|| panic!("{name}: {order}"));
    assert!(place("second") < place("first"), "{order}");
    let other = exporting("q-a-topic");
    desk.write("out.yaml", other);
    let order = graph(&desk);
    let place = |name: &str| order.find(name).unwrap_or_else(|| panic!("{name}: {order}"));
    assert!(place("first") < place("second"), "no export of that name: {order}");
}

#[test]
fn what_a_nested_template_exports_comes_before_the_stack_that_imports_it() {
    let desk = desk(
        "  first: { template: in.yaml, parameters: { Env: p } }\n  second: { template: nests.yaml }\n",
    );
    desk.write("inner.yaml", exporting("!Sub '${Env}-topic'"));
    desk.write("in.yaml", importing("x-a-topic"));
    let order = graph(&desk);
    let place = |name: &str| order.find(name).unwrap_or_else(|| panic!("{name}: {order}"));
    assert!(place("second") < place("first"), "{order}");
}

#[test]
fn an_import_of_a_nested_template_whose_name_is_not_known_is_told() {
    let desk = desk("  first: { template: nests.yaml }\n  second: { template: out.yaml }\n");
    desk.write("inner.yaml", importing("!Sub '${AWS::StackName}-topic'"));
    desk.write("out.yaml", exporting("topic"));
    let told = desk.run(&["validate", "prod.yaml", "--output", "json"]).expect_code(0).json();
    let told = told["warnings"].to_string();
    let says = "the stack `first` imports an export whose name is not known beforehand: if `second` makes it";
    assert!(told.contains(says) && told.contains("inner.yaml"), "{told}");
    desk.write("out.yaml", TOPIC.replace("NAME", "x"));
    let quiet = desk.run(&["validate", "prod.yaml"]).expect_code(0);
    assert_eq!(quiet.stderr, "", "nobody exports anything");
}
