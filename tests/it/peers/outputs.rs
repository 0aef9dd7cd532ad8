//! Outputs in files, read by programs that nobody here wrote: PyYAML, which knows YAML 1.1, and python-dotenv.

use std::path::Path;
use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::peers;

const FILE: &str = "environment: 'on'
source: { account: '999999999999' }
assume-role: { name: crossaccount-dev-role }
regions: [eu-central-1]
accounts: { no: '100000000001' }
stacks: { y: { template: app.yaml } }
";

/// Values that YAML 1.1 takes for something else than text, or that end a scalar.
const VALUES: [&str; 32] = [
    "yes",
    "NO",
    "on",
    "Off",
    "y",
    "n",
    "true",
    "~",
    "null",
    "2001-01-01",
    "12:30:45",
    "1_000",
    "012",
    "0x1F",
    "0b11",
    "1e3",
    ".5",
    "+1",
    ".inf",
    ".nan",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "'",
    "\"",
    "\\",
    "@a",
    " a ",
    "%a",
    "one\ntwo\n\n three\n",
];

/// Values that a dotenv file holds in its kinds of quotes.
const DOTENV_VALUES: [&str; 7] = [
    "plain",
    "",
    " a \"b\" $c `d` \\e # f ",
    "one\ntwo\n\n three\n",
    "it's",
    "it's\nhere # there",
    "a=b, c: d; e & f",
];

/// Deploys a stack with these outputs.
fn deployed(values: &[(String, &str)]) -> Desk {
    let desk = Desk::empty();
    desk.write("dev.yaml", FILE);
    let outputs: serde_json::Map<String, serde_json::Value> = values
        .iter()
        .map(|(key, value)| (key.clone(), serde_json::json!({ "Value": value })))
        .collect();
    let template = serde_json::json!({
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } },
        "Outputs": outputs,
    });
    desk.write("app.yaml", template.to_string());
    desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]).expect_code(0);
    desk
}

fn numbered<'a>(values: &[&'a str]) -> Vec<(String, &'a str)> {
    values.iter().enumerate().map(|(at, value)| (format!("V{at}"), *value)).collect()
}

fn ask(desk: &Desk, format: &str) -> Printed {
    desk.run(&["outputs", "dev.yaml", "--sandbox", "--output", format]).expect_code(0)
}

/// Returns what Python makes of a file.
fn read_by_python(script: &str, file: &Path) -> serde_json::Value {
    let read = Command::new(peers::program("python"))
        .args(["-c", script])
        .arg(file)
        .output()
        .expect("Python is installed");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("JSON")
}

#[test]
fn pyyaml_reads_the_same_texts() {
    let keys = ["on", "no", "y", "123", "1e3", "null"].map(|key| (key.to_owned(), key));
    let desk = deployed(&[&numbered(&VALUES)[..], &keys[..]].concat());
    let file = desk.write("outputs.yaml", ask(&desk, "yaml").stdout);
    let script = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let read = read_by_python(script, &file);
    assert_eq!(read, ask(&desk, "json").json());
    let told = &read["on"]["no"]["eu-central-1"]["y"];
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(VALUES.len() + 6));
    for (at, value) in VALUES.iter().enumerate() {
        assert_eq!(told[format!("V{at}")], *value);
    }
}

#[test]
fn python_dotenv_reads_the_same_texts() {
    let desk = deployed(&numbered(&DOTENV_VALUES));
    let file = desk.write("outputs.env", ask(&desk, "dotenv").stdout);
    let script =
        "import json, sys, dotenv; json.dump(dotenv.dotenv_values(sys.argv[1]), sys.stdout)";
    let read = read_by_python(script, &file);
    for (at, value) in DOTENV_VALUES.iter().enumerate() {
        assert_eq!(read[format!("NO_EU_CENTRAL_1_Y_V{at}")], *value, "{read}");
    }
}
