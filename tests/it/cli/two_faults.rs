//! Environment files with two faults that do not hang on each other, each found in another stage: both are told.

use crate::support::binary::Desk;

const TEMPLATE: &str = r#"
Parameters:
  Size: { Type: Number, Default: 1, MaxValue: 9 }
Resources:
  Topic: { Type: AWS::SNS::Topic }
Outputs:
  Name: { Value: !GetAtt Topic.TopicName }
"#;

/// What keeps a file from being read whole: words of it, and what is said of them.
const OF_READING: [(&str, &str); 5] = [
    ("    depends-on: [nope]\n", "there is no stack `nope`"),
    ("    accounts: [nope]\n", "there is no account `nope`"),
    ("    on-create-failure: never\n", "`never`"),
    ("    timeout: soon\n", "soon"),
    ("    tags: { a: \"${output:nope.Name}\" }\n", "there is no stack `nope`"),
];

/// What is found only afterwards: lines of a file, and what is said of them.
const OF_RESOLVING: [(&str, &str); 7] = [
    ("  net: { template: t.yaml, regions: [eu-central-9] }\n", "`eu-central-9` is no Region"),
    (
        "  a: { template: t.yaml, depends-on: [b] }\n  b: { template: t.yaml, depends-on: [a] }\n",
        "stacks need each other: a -> b -> a",
    ),
    (
        "  a: { template: t.yaml, stack-name: net }\n  net: { template: t.yaml }\n",
        "are the same stack",
    ),
    ("  net: { template: t.yaml, parameters: { Size: \"10\" } }\n", "the value `10` of `Size`"),
    (
        "  net: { template: t.yaml, parameters: { Size: \"${env:XDEPLOY_NOT_SET}\" } }\n",
        "the environment variable `XDEPLOY_NOT_SET` is not set",
    ),
    ("  net: { template: t.yaml, parameters: { Size: \"${file:gone}\" } }\n", "gone"),
    (
        "  a: { template: t.yaml }\n  net: { template: t.yaml, parameters: { Size: \"${output:a.Nope}\" } }\n",
        "declares no output `Nope`",
    ),
];

/// Returns what `validate` finds wrong with an environment with these lines in its stack `app` and beside it.
fn faults(within: &str, beside: &str) -> Vec<String> {
    let desk = Desk::empty();
    desk.write("t.yaml", TEMPLATE);
    let file = format!(
        "environment: prod\nsource: {{ account: \"999999999999\" }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts: {{ dev: \"100000000001\" }}\nstacks:\n  app:\n    template: t.yaml\n\
         {within}{beside}"
    );
    desk.write("prod.yaml", file);
    let found = desk.run(&["validate", "prod.yaml", "--output", "json"]).expect_code(2).json();
    let faults = found["faults"].as_array().expect("a list").iter();
    faults.map(|fault| fault["message"].as_str().expect("a text").to_owned()).collect()
}

/// Asserts that of these faults one says each, and none anything else.
#[track_caller]
fn assert_both(found: &[String], says: [&str; 2]) {
    let is_told = |text: &str| found.iter().any(|fault| fault.contains(text));
    assert!(found.len() == 2 && says.into_iter().all(is_told), "{says:?}: {found:#?}");
}

#[test]
fn what_keeps_a_file_from_being_read_hides_nothing_that_is_found_afterwards() {
    for (within, first) in OF_READING {
        for (beside, second) in OF_RESOLVING {
            assert_both(&faults(within, beside), [first, second]);
        }
    }
}

#[test]
fn an_unknown_region_hides_no_circle() {
    let (region, circle) = (OF_RESOLVING[0], OF_RESOLVING[1]);
    assert_both(&faults("", &format!("{}{}", region.0, circle.0)), [region.1, "need each other"]);
}
