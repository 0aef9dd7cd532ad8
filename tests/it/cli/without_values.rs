//! Commands that need no values: they work without the variables, files and templates that values come from.

use crate::support::binary::Desk;

const TEMPLATE: &str = "Parameters:
  Password: { Type: String, NoEcho: true, MaxLength: 3 }
Resources: { Topic: { Type: AWS::SNS::Topic } }
Outputs: { Name: { Value: !GetAtt Topic.TopicName } }
";

/// Returns an environment file whose parameters are these.
fn file(password: &str, more: &str) -> String {
    format!(
        "environment: dev
source: {{ account: '999999999999' }}
assume-role: {{ name: crossaccount-dev-role }}
regions: [eu-central-1]
accounts: {{ dev: '100000000001' }}
stacks:
  base: {{ template: base.yaml, parameters: {{ Password: '{password}' }} }}
  app:
    template: base.yaml
    parameters: {{ Password: '{password}' }}
    tags: {{ of: '${{output:base.Name}}' }}
{more}"
    )
}

/// Returns a folder in which two stacks of one template were applied.
fn applied() -> Desk {
    let desk = Desk::with_examples();
    desk.write("dev.yaml", file("abc", ""));
    desk.write("base.yaml", TEMPLATE);
    let applied = desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    desk
}

/// Runs every command that needs no values, `destroy` last.
fn all_work(desk: &Desk) {
    for command in ["status", "outputs"] {
        let ran = desk.run(&[command, "dev.yaml", "--sandbox"]);
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        assert!(ran.stdout.contains("app"), "{command}: {ran:?}");
    }
    let graph = desk.run(&["graph", "dev.yaml"]);
    assert_eq!(graph.code, 0, "{graph:?}");
    let (base, app) = (graph.stdout.find("base"), graph.stdout.find("app"));
    assert!(base.is_some() && app.is_some(), "{graph:?}");
    let doctor = desk.run(&["doctor", "dev.yaml", "--sandbox"]);
    assert_eq!(doctor.code, 0, "{doctor:?}");
    let applied = desk.run(&["apply", "dev.yaml", "--sandbox", "--yes"]);
    assert_eq!(applied.code, 2, "{applied:?}");
    let destroyed = desk.run(&["destroy", "dev.yaml", "--sandbox", "--yes", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!(destroyed.json()["summary"]["deleted"], 2, "{destroyed:?}");
}

#[test]
fn what_reads_and_deletes_works_without_the_variable_of_a_value() {
    let desk = applied();
    desk.write("dev.yaml", file("${env:NOT_SET}${file:none.txt}", ""));
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_with_a_value_out_of_range() {
    let desk = applied();
    desk.write("dev.yaml", file("much too long", ""));
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_without_the_template() {
    let desk = applied();
    std::fs::remove_file(desk.path().join("base.yaml")).expect("removed");
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_with_a_template_that_breaks_the_rules() {
    let desk = applied();
    desk.write("base.yaml", TEMPLATE.replace("AWS::SNS::Topic", "AWS::SNS::Topics"));
    all_work(&desk);
}

#[test]
fn what_matters_to_the_order_is_still_refused() {
    let desk = applied();
    desk.write("dev.yaml", file("${env:NOT_SET}", "    depends-on: [none]\n"));
    for command in ["status", "outputs", "destroy"] {
        let refused = desk.run(&[command, "dev.yaml", "--sandbox"]);
        assert_eq!(refused.code, 2, "{command}: {refused:?}");
        assert!(refused.stderr.contains("`none`"), "{refused:?}");
        assert!(!refused.stderr.contains("NOT_SET` is not set"), "{refused:?}");
    }
}
