//! A Region that an account has not enabled: AWS answers there as to keys that nobody knows.

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1, eu-south-1]
accounts: { a1: "100000000001", a2: "100000000002" }
rollout: { on-failure: continue }
stacks:
  app: { template: app.yaml }
  more: { template: app.yaml, depends-on: [app] }
"#;

fn scene(faults: &[&str]) -> (Desk, Served) {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    let pace = [&["--seconds-per-resource", "0.01"], faults].concat();
    let served = Served::new(&desk, "prod.yaml", &pace);
    (desk, served)
}

fn run(desk: &Desk, served: &Served, arguments: &[&str]) -> Printed {
    let mut command = desk.command(arguments);
    command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    Printed::from(command.output().expect("the binary can be started"))
}

const SOUTH: [&str; 2] = ["--fault", "not-enabled,region=eu-south-1,account=1000*"];

#[test]
fn a_region_that_is_not_enabled_is_told_as_such_and_the_others_are_deployed() {
    let (desk, served) = scene(&SOUTH);
    let ran = run(&desk, &served, &["apply", "prod.yaml", "--yes", "--output", "json"]);
    let ran = ran.expect_code(1);
    let report = ran.json();
    let south: Vec<&serde_json::Value> = report["stack_instances"]
        .as_array()
        .expect("a report")
        .iter()
        .filter(|instance| instance["region"] == "eu-south-1" && instance["stack"] == "app")
        .collect();
    assert_eq!(south.len(), 2);
    for instance in south {
        let failure = &instance["failure"];
        assert_eq!(failure["kind"], "refused", "{failure}");
        let id = instance["account_id"].as_str().expect("an id");
        let message = failure["message"].as_str().expect("a message");
        assert!(
            message.contains(&format!("eu-south-1 is not enabled in account {id}")),
            "{message}"
        );
        assert!(message.contains("the same keys are good in eu-central-1"), "{message}");
        let help = failure["help"].as_str().expect("a help");
        assert!(help.contains("aws account enable-region"), "{help}");
    }
    assert_eq!(report["summary"]["created"], 4, "{report}");
    let calls = &report["api_calls"];
    assert_eq!(calls["sts:AssumeRole"], 2, "no session is opened anew for it: {calls}");
    // The login's, and one for each account and Region that refused.
    assert_eq!(calls["sts:GetCallerIdentity"], 3, "{calls}");
}

#[test]
fn plan_and_status_tell_a_region_that_is_not_enabled() {
    let (desk, served) = scene(&SOUTH);
    for command in [&["plan", "prod.yaml"][..], &["status", "prod.yaml"]] {
        let ran = run(&desk, &served, command).expect_code(1);
        let told = ran.stdout + &ran.stderr;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("eu-south-1 is not enabled in account"), "{told}");
        assert!(!told.contains("log in"), "{told}");
    }
}

#[test]
fn keys_that_no_region_knows_are_not_taken_for_a_region_that_is_not_enabled() {
    let (desk, served) = scene(&["--fault", "not-enabled,account=1000*"]);
    let ran = run(&desk, &served, &["status", "prod.yaml", "--output", "json"]).expect_code(3);
    let failure = &ran.json()["stack_instances"][0]["failure"];
    assert_eq!(failure["kind"], "no-credentials", "{failure}");
    assert!(!failure.to_string().contains("is not enabled in account"), "{failure}");
}
