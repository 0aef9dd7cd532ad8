//! Values that AWS would refuse, told by `validate` before any call, and all of them in one go.

use crate::support::binary::Desk;
use crate::support::files::{ONE, SETTING};

/// A file in which every key that AWS judges has a value that it takes.
const WHOLE: &str = r#"environment: prod
source: { account: "999999999999", mfa-serial: "arn:aws:iam::999999999999:mfa/me" }
assume-role:
  name: deployer
  external-id: from-us
  session-name: xdeploy
  duration: 1h
  via: ["arn:aws:iam::888888888888:role/jump"]
  session-policy: narrow.json
  session-tags: { team: core }
  source-identity: me@example.com
regions: [eu-central-1]
accounts: { dev: "100000000001" }
tags: { owner: platform }
stacks:
  app:
    template: t.yaml
    stack-name: prod-app
    service-role: "arn:aws:iam::${account.id}:role/cloudformation"
    notification-arns: ["arn:aws:sns:eu-central-1:${account.id}:news"]
    timeout: 30m
    stack-policy: stack-policy.json
    rollback-alarms: ["arn:aws:cloudwatch:eu-central-1:${account.id}:alarm:Errors"]
rollout: { waves: [[dev]], failure-tolerance: 0 }
artifacts: { bucket: "artifacts-${account.id}", owner: "${account.id}" }
"#;

const NARROW: &str =
    r#"{ "Statement": { "Effect": "Allow", "Action": "cloudformation:*", "Resource": "*" } }"#;
const STACK_POLICY: &str = r#"{ "Statement": [ { "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" } ] }"#;

/// What stands in the file, what is written instead, and what is said of it.
const REFUSED: [(&str, &str, &str); 33] = [
    ("environment: prod", "environment: a/b", "is not an environment name"),
    (r#"account: "999999999999""#, "account: 99999", "is not an account id"),
    ("arn:aws:iam::999999999999:mfa/me", "me!", "serial number"),
    ("name: deployer", "name: a role", "is not"),
    ("name: deployer", "arn: nonsense", "is not a role ARN"),
    ("external-id: from-us", "external-id: x", "this is not an external id"),
    ("external-id: from-us", "external-id: 'a b'", "this is not an external id"),
    ("session-name: xdeploy", "session-name: x", "is not a session name"),
    ("session-name: xdeploy", "session-name: a b", "is not a session name"),
    ("duration: 1h", "duration: 2h", "lasts an hour at most"),
    ("duration: 1h", "duration: 13h", "too long"),
    ("arn:aws:iam::888888888888:role/jump", "jump", "is not a role ARN"),
    ("arn:aws:iam::888888888888:role/jump", "arn:aws-cn:iam::888888888888:role/jump", "partition"),
    ("session-policy: narrow.json", "session-policy: none.json", "none.json"),
    ("team: core", "team: 'a;b'", "cannot hold `;`"),
    ("team: core", "team: core, Team: a", "are one"),
    ("team: core", "aws:team: core", "is not a tag key"),
    ("me@example.com", "a b", "is not a source identity"),
    ("[eu-central-1]", "[eu-central-9]", "is no Region"),
    ("dev: \"100000000001\"", "dev: \"1\"", "is not an account id"),
    ("owner: platform", "aws:owner: platform", "is not a tag key"),
    ("stack-name: prod-app", "stack-name: prod_app", "is not a stack name"),
    ("stack-name: prod-app", "stack-name: 1app", "is not a stack name"),
    ("arn:aws:iam::${account.id}:role/cloudformation", "cloudformation", "is not a role ARN"),
    ("arn:aws:sns:eu-central-1:${account.id}:news", "news", "is no topic's ARN"),
    (
        "arn:aws:sns:eu-central-1:${account.id}:news",
        "arn:aws:sqs:eu-central-1:${account.id}:a",
        "is no topic's ARN",
    ),
    ("timeout: 30m", "timeout: 30s", "too short"),
    ("arn:aws:cloudwatch:eu-central-1:${account.id}:alarm:Errors", "y", "is no alarm's ARN"),
    (
        "arn:aws:cloudwatch:eu-central-1:${account.id}:alarm:Errors",
        "arn:aws:cloudwatch:eu-central-1:${account.id}:dashboard:a",
        "is no alarm's ARN",
    ),
    (
        "arn:aws:cloudwatch:eu-central-1:${account.id}:alarm:Errors",
        "arn:aws-cn:cloudwatch:eu-central-1:${account.id}:alarm:a",
        "partition",
    ),
    ("[[dev]]", "[[deb]]", "deb"),
    ("failure-tolerance: 0", "failure-tolerance: -1", "is not a number or a percentage"),
    ("app:\n    template", "app:\n    depends-on: [app]\n    template", "need each other"),
];

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("narrow.json", NARROW);
    desk.write("stack-policy.json", STACK_POLICY);
    desk
}

#[test]
fn every_value_that_aws_would_refuse_is_told_by_validate() {
    let desk = desk();
    desk.write("prod.yaml", WHOLE);
    desk.run(&["validate", "prod.yaml"]).expect_code(0);
    let mut others = Vec::new();
    for (right, wrong, says) in REFUSED {
        assert!(WHOLE.contains(right), "{right}");
        desk.write("prod.yaml", WHOLE.replacen(right, wrong, 1));
        let refused = desk.run(&["validate", "prod.yaml"]);
        if refused.code != 2 || !refused.stderr_on_one_line().contains(says) {
            others.push(format!("{wrong}, not {says}: {}", refused.stderr));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn policies_that_lack_an_element_are_told_by_validate() {
    let desk = desk();
    desk.write("prod.yaml", WHOLE);
    for (file, whole) in [("narrow.json", NARROW), ("stack-policy.json", STACK_POLICY)] {
        let policy: serde_json::Value = serde_json::from_str(whole).expect("JSON");
        let list = policy["Statement"].is_array();
        let elements =
            ["Effect", "Action", "Resource"].into_iter().chain(list.then_some("Principal"));
        for element in elements {
            let mut lacking = policy.clone();
            let statement = match list {
                true => &mut lacking["Statement"][0],
                false => &mut lacking["Statement"],
            };
            statement.as_object_mut().expect("a mapping").remove(element);
            desk.write(file, lacking.to_string());
            let refused = desk.run(&["validate", "prod.yaml"]).expect_code(2);
            assert!(refused.stderr.contains(file), "{element}: {}", refused.stderr);
        }
        desk.write(file, whole);
    }
}

#[test]
fn all_faults_of_all_files_are_told_in_one_go() {
    let desk = desk();
    // One cannot be read whole, the other can.
    let partial = WHOLE
        .replace("duration: 1h", "duration: soon")
        .replace("stack-name: prod-app", "stack-name: prod_app, depends-on: [net]")
        .replace("arn:aws:cloudwatch:eu-central-1:${account.id}:alarm:Errors", "y")
        .replace("rollout:", "  net: { template: t.yaml, depends-on: [app] }\nrollout:");
    let partial = partial.replace(
        "stack-name: prod_app, depends-on: [net]",
        "stack-name: prod_app\n    depends-on: [net]",
    );
    desk.write("prod.yaml", &partial);
    let other = WHOLE
        .replace("environment: prod", "environment: test")
        .replace("100000000001", "100000000002")
        .replace("artifacts-${account.id}", "a/b")
        .replace(
            "stack-policy: stack-policy.json",
            "parameters: { Nonsense: a }\n    depends-on: [net]",
        )
        .replace("rollout:", "  net: { template: t.yaml, depends-on: [app] }\nrollout:");
    desk.write("test.yaml", &other);
    let refused = desk.run(&["validate", "prod.yaml", "test.yaml"]).expect_code(2);
    let said = refused.stderr_on_one_line();
    for says in [
        "soon",
        "`prod_app` is not a stack name",
        "`y` is no alarm's ARN",
        "stacks need each other",
        "`a/b` is no bucket's name",
        "Nonsense",
        "stack instances need each other",
    ] {
        assert!(said.contains(says), "{says}: {}", refused.stderr);
    }
}

#[test]
fn a_buckets_name_is_refused_where_it_is_needed_and_no_bucket_ever_had_it() {
    let desk = desk();
    let head = ONE.trim_end();
    for (name, is_large, code, says) in [
        ("a/b", true, 2, "`a/b` is no bucket's name"),
        ("192.168.0.1", true, 2, "`192.168.0.1` is no bucket's name"),
        ("a/b-${account.name}", true, 2, "`a/b-dev` is no bucket's name"),
        ("a/b", false, 0, "`a/b` is no bucket's name"),
        ("Our_Artifacts", true, 0, "is a bucket's name only if it was made in us-east-1"),
        ("Our_Artifacts", false, 0, ""),
    ] {
        let pad = "x".repeat(if is_large { 60_000 } else { 1 });
        desk.write("large.yaml", format!("{SETTING}# {pad}\n"));
        desk.write(
            "prod.yaml",
            format!(
                "{head}\nartifacts: {{ bucket: '{name}' }}\nstacks: {{ app: {{ template: large.yaml }} }}\n"
            ),
        );
        let told = desk.run(&["validate", "prod.yaml"]).expect_code(code).stderr_on_one_line();
        assert!(told.contains(says) && told.is_empty() == says.is_empty(), "{name}: {told}");
    }
}

#[test]
fn a_fault_of_a_file_that_many_extend_is_told_once_beside_their_own() {
    let desk = desk();
    desk.write(
        "common.yaml",
        ONE.replace("eu-central-1", "nowhere").replace("environment: prod\n", ""),
    );
    let names: Vec<String> = (0..60).map(|n| format!("e{n}.yaml")).collect();
    for (n, name) in names.iter().enumerate() {
        let own = if n == 59 { "colour: red\n" } else { "" };
        desk.write(
            name,
            format!(
                "extends: [common.yaml]\nenvironment: e{n}\n{own}stacks: {{ app: {{ template: t.yaml }} }}\n"
            ),
        );
    }
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let arguments = [&["validate", "--output", "json"][..], &files].concat();
    let refused = desk.run(&arguments).expect_code(2);
    let said = refused.stderr_on_one_line();
    assert_eq!(said.matches("common.yaml:").count(), 1, "{said}");
    assert!(said.contains("colour"), "{said}");
    let found = refused.json()["faults"].as_array().expect("a list").clone();
    let of_common = found.iter().filter(|it| it["file"] == "common.yaml").count();
    assert_eq!(of_common, 1, "{found:#?}");
}

#[test]
fn an_account_that_stands_in_two_waves_is_told_with_both_spots() {
    let desk = desk();
    for (waves, says) in [
        ("[[dev],[dev]]", "`dev` is in wave 1 already, on line"),
        ("[['d*'],[dev]]", "`dev` is in wave 1 already"),
        ("[['d*'],['d*'],['*']]", "`d*` is in wave 1 already, on line"),
    ] {
        desk.write("prod.yaml", WHOLE.replace("[[dev]]", waves));
        let told = desk.run(&["validate", "prod.yaml"]).expect_code(0);
        assert!(told.stderr_on_one_line().contains(says), "{waves}: {}", told.stderr);
    }
    desk.write("prod.yaml", WHOLE.replace("[[dev]]", "[['d*'],['*']]"));
    let calm = desk.run(&["validate", "prod.yaml"]).expect_code(0);
    assert!(!calm.stderr.contains("already"), "{}", calm.stderr);
}
