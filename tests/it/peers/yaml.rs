//! Outputs as YAML, read by PyYAML, which knows YAML 1.1.

use std::process::Command;

use crate::support::binary::Desk;
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

#[test]
fn pyyaml_reads_the_same_texts() {
    let desk = Desk::empty();
    desk.write("dev.yaml", FILE);
    let mut outputs: serde_json::Map<String, serde_json::Value> = VALUES
        .iter()
        .enumerate()
        .map(|(at, value)| (format!("V{at}"), serde_json::json!({ "Value": value })))
        .collect();
    for key in ["on", "no", "y", "123", "1e3", "null"] {
        outputs.insert(key.to_owned(), serde_json::json!({ "Value": key }));
    }
    let template = serde_json::json!({
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } },
        "Outputs": outputs,
    });
    desk.write("app.yaml", template.to_string());
    desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]).expect_code(0);

    let ask = |format: &str| {
        desk.run(&["outputs", "dev.yaml", "--sandbox", "--output", format]).expect_code(0)
    };
    let file = desk.write("outputs.yaml", ask("yaml").stdout);
    let script = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let read = Command::new(peers::program("python"))
        .args(["-c", script])
        .arg(&file)
        .output()
        .expect("Python is installed");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).expect("JSON");
    assert_eq!(read, ask("json").json());
    let told = &read["on"]["no"]["eu-central-1"]["y"];
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(VALUES.len() + 6));
    for (at, value) in VALUES.iter().enumerate() {
        assert_eq!(told[format!("V{at}")], *value);
    }
}
