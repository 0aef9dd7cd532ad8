//! Environment files that extend others.

use std::fs;

use crate::support::binary::{Desk, Printed};
use crate::support::files::SETTING;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

const COMMON: &str = "
environment: common
source: { account: '999999999999' }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
tags: { owner: platform, layer: common }
variables: { value: 'from-${file:value.txt}' }
stacks:
  app: { template: t.yaml, parameters: { Value: '${variables.value}' } }
  extra: { template: t.yaml, parameters: { Value: extra } }
";

const PROD: &str = "
extends: [../common/common.yaml]
environment: prod
accounts: { prod: '100000000004' }
tags: { layer: prod }
stacks:
  extra: null
";

/// Returns a folder with an environment of two layers in two folders.
fn layered() -> Desk {
    let desk = Desk::empty();
    for folder in ["common", "environments"] {
        fs::create_dir(desk.path().join(folder)).expect("the desk takes folders");
    }
    desk.write("common/common.yaml", COMMON);
    desk.write("common/t.yaml", SETTING);
    desk.write("common/value.txt", "beneath\n");
    desk.write("environments/prod.yaml", PROD);
    desk
}

fn applied(desk: &Desk, file: &str) -> Printed {
    desk.run(&[&["apply", file, "--output", "json"], &FAST[..]].concat()).expect_code(0)
}

#[test]
fn a_file_and_what_it_extends_are_applied_as_one() {
    let desk = layered();
    let run = applied(&desk, "environments/prod.yaml");
    assert_eq!(run.outcomes(), ["prod/app created"]);
    assert_eq!(run.instance("prod", "app")["outputs"]["Value"], "from-beneath");
    let files = &run.json()["files"];
    for file in ["common/common.yaml", "environments/prod.yaml", "common/t.yaml"] {
        assert!(files[file].is_string(), "{file} has a digest: {files}");
    }
}

#[test]
fn what_is_shown_is_a_file_that_means_the_same() {
    let desk = layered();
    applied(&desk, "environments/prod.yaml");
    let shown = desk.run(&["validate", "environments/prod.yaml", "--show"]).expect_code(0);
    assert!(!shown.stdout.contains("extends"), "{}", shown.stdout);
    // Paths are shown as they are written: this one is read where the lowest layer stands.
    desk.write("common/whole.yaml", &shown.stdout);
    assert_eq!(applied(&desk, "common/whole.yaml").outcomes(), ["prod/app unchanged"]);
    let again = desk.run(&["validate", "common/whole.yaml", "--show"]).expect_code(0);
    assert_eq!(again.stdout, shown.stdout);
}

#[test]
fn each_value_is_shown_with_the_file_that_says_it() {
    let desk = layered();
    let shown = desk.run(&["validate", "environments/prod.yaml", "--show=places"]).expect_code(0);
    for line in [
        "environment: prod  # environments/prod.yaml:3",
        "  owner: platform  # common/common.yaml:6",
        "  layer: prod  # environments/prod.yaml:5",
    ] {
        assert!(shown.stdout.lines().any(|shown| shown == line), "{line}\n{}", shown.stdout);
    }
    let arguments = ["validate", "environments/prod.yaml", "--show", "--output", "json"];
    let json = desk.run(&arguments).expect_code(0).json();
    let text = json["shown"][0]["text"].as_str().expect("text");
    assert!(text.starts_with("environment: prod\n"), "{text}");
}

#[test]
fn a_fault_is_told_in_the_file_that_has_it() {
    let desk = layered();
    desk.write("common/common.yaml", COMMON.replace("eu-central-1", "eu-centrall-1"));
    let arguments = ["validate", "environments/prod.yaml", "--show=places"];
    let refused = desk.run(&arguments).expect_code(2);
    assert!(refused.stderr.contains("[common/common.yaml:5:"), "{}", refused.stderr);
    assert!(
        refused.stdout.contains("- eu-centrall-1  # common/common.yaml:5"),
        "{}",
        refused.stdout
    );
    desk.write("common/common.yaml", "extends: [../environments/prod.yaml]\n");
    let circle = desk.run(&["validate", "environments/prod.yaml"]).expect_code(2);
    let told = circle.stderr_on_one_line();
    assert!(
        told.contains("files extend each other in a circle: `environments/prod.yaml`"),
        "{told}"
    );
}
