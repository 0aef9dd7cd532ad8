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

#[test]
fn the_faults_of_a_template_and_of_those_that_it_nests_are_told_at_once() {
    let desk = desk("  first: { template: nests.yaml, parameters: { Env: toolong } }\n");
    desk.write(
        "nests.yaml",
        "Parameters: { Env: { Type: String, MaxLength: 3 } }\nResources:\n  A: { Type: AWS::CloudFormation::Stack, \
         Properties: { TemplateURL: none.yaml } }\n  B: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: \
         middle.yaml } }\n  C: { Type: AWS::SNS::Topic, DependsOn: Q }\n",
    );
    let middle = "Resources: { I: { Type: AWS::CloudFormation::Stack, DependsOn: X, Properties: { TemplateURL: inner.yaml } } }\n";
    desk.write("middle.yaml", middle);
    desk.write("inner.yaml", "Resources: { T: { Type: AWS::SNS::Topics } }\n");
    let says = [
        "must have at most 3 characters",
        "`Q` is not a resource of the template",
        "none.yaml",
        "`X` is not a resource of the template",
        "`AWS::SNS::Topics` is not a known resource type",
    ];
    for command in [&["validate"][..], &["apply", "--sandbox", "--yes"]] {
        let told = desk.run(&[command, &["prod.yaml"]].concat()).expect_code(2);
        let stderr = told.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        for says in says {
            assert!(stderr.contains(says), "{says}: {}", told.stderr);
        }
    }
    // What is wrong with the file itself hides none of it.
    let file = std::fs::read_to_string(desk.path().join("prod.yaml")).expect("a file");
    desk.write("prod.yaml", file.replace("template: nests.yaml", "template: nests.yaml, tegs: {}"));
    let told = desk.run(&["validate", "prod.yaml"]).expect_code(2);
    for says in ["unknown key `tegs`", "`X` is not a resource", "`AWS::SNS::Topics` is not"] {
        assert!(told.stderr.contains(says), "{says}: {}", told.stderr);
    }
}
