//! A JUnit report as Python's XML library reads it, under the rules of the schemas that CI services
//! publish: which elements and attributes may stand where, and counts that agree.

use std::process::Command;

use crate::support::binary::Desk;
use crate::support::files::{ONE, failing};

/// Reads a report and prints its test cases; ends with an error where a rule is broken.
const READER: &str = r#"
import re, sys, xml.etree.ElementTree as tree

ALLOWED = {  # element: (required attributes, optional attributes, children)
    "testsuites": ("name tests failures errors", "skipped time timestamp", "testsuite"),
    "testsuite": ("name tests failures errors skipped time timestamp", "", "properties testcase"),
    "properties": ("", "", "property"),
    "property": ("name value", "", ""),
    "testcase": ("name classname time", "", "failure skipped system-out"),
    "failure": ("message type", "", ""),
    "skipped": ("message type", "", ""),
    "system-out": ("", "", ""),
}

def check(element):
    required, optional, children = (set(words.split()) for words in ALLOWED[element.tag])
    attributes = set(element.attrib)
    assert required <= attributes <= required | optional, (element.tag, attributes)
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        check(child)
    if "time" in attributes:
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time")), element.get("time")
    if element.tag in ("testsuites", "testsuite"):
        for name, path in [("tests", ".//testcase"), ("failures", ".//failure"), ("skipped", ".//skipped")]:
            assert int(element.get(name)) == len(element.findall(path)), (element.tag, name)

root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites"
check(root)
for case in root.iter("testcase"):
    ends = [child.tag + " " + child.get("type") for child in case if child.tag != "system-out"]
    assert len(ends) <= 1
    print(case.get("classname"), case.get("name"), *ends)
"#;

#[test]
fn python_reads_a_junit_report_and_its_counts_agree() {
    let desk = Desk::empty();
    desk.write("good.yaml", failing("never", "1").replace("FailOn: [never]", "FailOn: []"));
    let hostile = r"\e[2J ]]> <b>&amp;\uFFFE";
    desk.write("bad.yaml", failing("create", "1").replace("the quota is used up", hostile));
    let stacks = "
stacks:
  good: { template: good.yaml }
  bad: { template: bad.yaml }
  after: { template: good.yaml, depends-on: [bad] }
";
    desk.write("one.yaml", format!("{ONE}{stacks}"));
    let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    let ran = desk
        .run(
            &[&["apply", "one.yaml", "--junit", "run.xml", "--output", "json"], &fast[..]].concat(),
        )
        .expect_code(1);
    let read = Command::new("python3")
        .args(["-c", READER, "run.xml"])
        .current_dir(desk.path())
        .output()
        .expect("Python 3 is installed");
    let said = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.status.success(), "{}\n{said}", String::from_utf8_lossy(&read.stderr));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "prod.dev.eu-central-1 good",
            "prod.dev.eu-central-1 bad failure resource-failed",
            "prod.dev.eu-central-1 after skipped need-failed",
        ]
    );
    assert_eq!(ran.json()["summary"]["failed"], 1);
}
