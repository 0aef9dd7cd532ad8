//! Lists that are split into parts, one of which was forgotten.

use serde_json::json;

use crate::support::binary::Desk;

const ROLE: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }
Outputs: { Arn: { Value: !Ref Topic } }
";
const HUB: &str = "Parameters:
  One: { Type: CommaDelimitedList }
  Two: { Type: CommaDelimitedList, Default: '' }
Resources: { Topic: { Type: AWS::SNS::Topic } }
";

/// Returns a folder with a hub whose parameters hold these parts of a list.
fn desk(one: &str, two: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("role.yaml", ROLE);
    desk.write("hub.yaml", HUB);
    desk.write(
        "dev.yaml",
        format!(
            "environment: dev
source: {{ account: '999999999999' }}
assume-role: {{ name: crossaccount-dev-role }}
regions: [eu-central-1]
accounts: {{ dev: '100000000001' }}
stacks:
  role: {{ template: role.yaml }}
  hub:
    template: hub.yaml
    accounts: [source]
    parameters:
      One: ${{output:role.Arn@*{one}}}
      Two: ${{output:role.Arn@*{two}}}
"
        ),
    );
    desk
}

const LEFT_OUT: &str =
    "a part of the list `${output:role.Arn@*}` is left out: no parameter holds `#3/3`";

#[test]
fn a_part_of_a_list_that_is_left_out_is_told_with_its_spot() {
    let desk = desk("#1/3", "#2/3");
    let report = desk.run(&["validate", "dev.yaml", "--output", "json"]).expect_code(0).json();
    assert_eq!(
        report["warnings"],
        json!([{
            "message": LEFT_OUT,
            "help": "what belongs there is passed to no stack; give a parameter \
                     `${output:role.Arn@*#3/3}`, or split the list into fewer parts",
            "file": "dev.yaml",
            "line": 12,
            "column": 12,
        }])
    );
    let selected = desk.run(&["validate", "dev.yaml", "--stack", "role"]).expect_code(0);
    assert!(selected.stderr.contains("`#3/3`"), "the whole file counts: {selected:?}");
}

#[test]
fn a_part_of_a_list_that_stands_twice_is_told() {
    let twice = desk("#1/3", "#1/3").run(&["validate", "dev.yaml"]).expect_code(0);
    for says in [
        "part 1/3 of a list stands twice in the parameters of the stack `hub`",
        "no parameter holds `#2/3`, `#3/3`",
    ] {
        let stderr = twice.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let stderr = stderr.replace("│ ", "");
        assert!(stderr.contains(says), "{says}: {stderr}");
    }
    let whole = desk("#1/2", "#2/2").run(&["validate", "dev.yaml"]).expect_code(0);
    assert_eq!(whole.stderr, "");
}

#[test]
fn plan_and_apply_tell_what_validate_warns_of_where_people_read_it() {
    let desk = desk("#1/3", "#2/3");
    let warned = |arguments: &[&str]| {
        let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
        let ran = desk.run(&[arguments, &fast[..]].concat()).expect_code(0);
        ran.stderr.contains("no parameter holds `#3/3`") || ran.stderr.contains("`#3/3`")
    };
    assert!(warned(&["plan", "dev.yaml"]));
    assert!(!warned(&["plan", "dev.yaml", "--progress", "json"]), "events stand alone");
    assert!(warned(&["apply", "dev.yaml"]));
    assert!(!warned(&["destroy", "dev.yaml"]), "what is deleted loses no part");
}

#[test]
fn a_list_that_is_split_into_too_few_parts_is_told_how_many_are_enough() {
    let desk = desk("#1/2", "#2/2");
    desk.write(
        "role.yaml",
        "Resources: { Role: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {} } } }
Outputs: { Arn: { Value: !GetAtt Role.Arn } }
",
    );
    let accounts: String =
        (0..300).map(|number| format!("  team-{number}: '200000000{number:03}'\n")).collect();
    let warnings = |count: usize| {
        let names = || (1..=count).map(|number| format!("P{number}"));
        let declared: String =
            names().map(|name| format!("  {name}: {{ Type: CommaDelimitedList }}\n")).collect();
        let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }\n";
        desk.write("hub.yaml", format!("Parameters:\n{declared}{topic}"));
        let values: String = (1..=count)
            .map(|number| format!("      P{number}: ${{output:role.Arn@*#{number}/{count}}}\n"))
            .collect();
        desk.write(
            "dev.yaml",
            format!(
                "environment: dev\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: \
                 deployer }}\nregions: [eu-central-1]\naccounts:\n{accounts}stacks:\n  role: {{ \
                 template: role.yaml }}\n  hub:\n    template: hub.yaml\n    accounts: [source]\n    \
                 parameters:\n{values}"
            ),
        );
        let report = desk.run(&["validate", "dev.yaml", "--output", "json"]).expect_code(0).json();
        let warnings = report["warnings"].as_array().expect("a list").iter();
        warnings.map(|it| it["message"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let told = warnings(2);
    let [told, _] = &told[..] else { panic!("each of the two parameters: {told:?}") };
    let (_, rest) = told.split_once("in each of 2 parts: split it over ").expect("what to do");
    let (enough, _) = rest.split_once(' ').expect("a number");
    let enough: usize = enough.parse().expect("a number");
    assert!(rest.contains(&format!("`@*#1/{enough}` to `@*#{enough}/{enough}`")), "{told}");
    assert_eq!(warnings(enough), [""; 0]);
    assert_eq!(warnings(enough - 1).len(), enough - 1, "one less is too few");
}

/// Returns what `validate` finds in a hub with these keys, which takes what the roles of so many accounts put out.
fn found(accounts: usize, keys: &str) -> (i32, String) {
    let desk = desk("#1/1", "#1/1");
    let accounts: String =
        (0..accounts).map(|number| format!("  team-{number}: '200000000{number:03}'\n")).collect();
    desk.write(
        "dev.yaml",
        format!(
            "environment: dev\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer }}\nregions: \
             [eu-central-1]\naccounts:\n{accounts}stacks:\n  role: {{ template: role.yaml }}\n  hub:\n    template: \
             hub.yaml\n    accounts: [source]\n    parameters: {{ One: a }}\n    {keys}\n"
        ),
    );
    let ran = desk.run(&["validate", "dev.yaml", "--output", "json"]);
    (ran.code, ran.json()["faults"].to_string() + &ran.json()["warnings"].to_string())
}

#[test]
fn a_list_that_does_not_fit_into_a_tag_is_told_by_the_number_of_accounts() {
    let tags = "tags: { topics: '${output:role.Arn@*}' }";
    let (code, told) = found(200, tags);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("the tag topics of source/eu-central-1/hub joins 200 outputs to about"),
        "{told}"
    );
    assert!(
        told.contains("CloudFormation takes 256 in a tag") && !told.contains("split it"),
        "{told}"
    );
    assert_eq!(found(2, tags), (0, "[][]".to_owned()));
}

#[test]
fn several_arns_are_never_one() {
    let (code, told) = found(2, "notification-arns: ['${output:role.Arn@*}']");
    assert_eq!(code, 2, "{told}");
    for says in [
        "one of its notification ARNs is one ARN, and this joins the outputs of 2 stack instances",
        "name each by itself: `${output:role.Arn@team-0/eu-central-1}`",
    ] {
        assert!(told.contains(says), "{told}");
    }
    assert_eq!(found(1, "notification-arns: ['${output:role.Arn@*}']").0, 0);
    let topic = "arn:aws:sns:eu-central-1:100000000001:x";
    let (code, told) = found(2, &format!("notification-arns: ['{topic},{topic}']"));
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("is no topic's ARN"), "{told}");
}
