//! Profiles that yield another account's keys in the middle of a run, and an endpoint of another
//! cloud, through the real binary.

use std::process::Command;

use serde_json::Value as Json;

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;

const OWN: &str = "100000000001";
const OTHER: &str = "100000000002";

/// How often the program yields the right account's keys in the tests: each of them is asked for
/// before the call that it signs.
const TURNS_AFTER: [usize; 5] = [1, 2, 3, 4, 6];

const ENTERED: &str = r#"
environment: prod
regions: [eu-central-1]
accounts: { a1: { id: "100000000001", profile: turns } }
stacks:
  base: { template: app.yaml }
  app: { template: app.yaml, depends-on: [base] }
"#;

const SOURCE: &str = r#"
environment: prod
source: { account: "100000000001", profile: turns }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { b: "100000000003", c: "100000000004" }
rollout: { waves: [[b], [c]] }
stacks:
  app: { template: app.yaml }
"#;

/// Yields keys of one account so many times, then those of another; all end so soon that they are
/// asked for anew for each call.
const PROCESS: &str = r#"
echo >> asked
id=@own@
if [ -e turns ] && [ "$(wc -l < asked)" -gt "$(cat turns)" ]; then id=@other@; fi
end=$(date -u -d '+25 seconds' +%Y-%m-%dT%H:%M:%SZ)
echo "{\"Version\": 1, \"AccessKeyId\": \"$id\", \"SecretAccessKey\": \"t\", \"Expiration\": \"$end\"}"
"#;

struct Scene {
    desk: Desk,
    served: Served,
}

impl Scene {
    fn new(file: &str) -> Self {
        Self::with(file, PROCESS, &[])
    }

    /// Returns the same with another program that yields keys, and with faults of the cloud.
    fn with(file: &str, process: &str, faults: &[&str]) -> Self {
        let desk = Desk::empty();
        desk.write("prod.yaml", file);
        desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
        desk.write("process.sh", process.replace("@own@", OWN).replace("@other@", OTHER));
        let process = desk.path().join("process.sh");
        let config = format!("[profile turns]\ncredential_process = sh {}\n", process.display());
        desk.write("config", config);
        let arguments = [&["--seconds-per-resource", "0.1"], faults].concat();
        let served = Served::new(&desk, "prod.yaml", &arguments);
        Self { desk, served }
    }

    /// Lets the program yield another account's keys after so many of the right one.
    fn turns_after(&self, times: usize) -> &Self {
        self.desk.write("asked", "");
        self.desk.write("turns", times.to_string());
        self
    }

    fn never_turns(&self) -> &Self {
        self.turns_after(1_000_000)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(arguments);
        command
            .env("PATH", std::env::var_os("PATH").expect("the shell needs one"))
            .env("AWS_CONFIG_FILE", self.desk.path().join("config"))
            .env("AWS_ENDPOINT_URL", &self.served.endpoint);
        command
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        Printed::from(self.command(arguments).output().expect("the binary can be started"))
    }

    fn apply(&self) -> Printed {
        self.run(&["apply", "prod.yaml", "--yes", "--output", "json"])
    }

    /// Returns which of the stacks `base` and `app` stand in an account, asked with its own keys.
    fn standing(&self, account: &str) -> Vec<String> {
        let file = ENTERED.replace(OWN, account).replace("profile: turns", "profile: direct");
        self.desk.write("look.yaml", file);
        let keys = format!("aws_access_key_id = {account}\naws_secret_access_key = t\n");
        self.desk.write("direct", format!("[profile direct]\n{keys}"));
        let mut command = self.command(&["status", "look.yaml", "--output", "json"]);
        command.env("AWS_CONFIG_FILE", self.desk.path().join("direct"));
        let printed = Printed::from(command.output().expect("the binary can be started"));
        let json = printed.json();
        let all = json["stack_instances"].as_array().expect("all instances");
        assert!(all.iter().all(|i| i["status"] != "unknown"), "{printed:?}");
        let stands = |i: &&Json| i["status"] != "absent";
        all.iter().filter(stands).map(|i| i["stack"].as_str().expect("a name").to_owned()).collect()
    }
}

/// Checks that a run ended because of the other account, named beside the right one.
fn assert_told(printed: Printed, at: usize) -> Printed {
    let printed = printed.expect_code(3);
    let json = printed.json();
    let failures: Vec<&Json> = json["stack_instances"]
        .as_array()
        .expect("a report")
        .iter()
        .map(|instance| &instance["failure"])
        .filter(|failure| failure["kind"] == "wrong-account")
        .collect();
    assert!(!failures.is_empty(), "{at}: {printed:?}");
    for failure in failures {
        let message = failure["message"].to_string();
        assert!(message.contains(OWN) && message.contains(OTHER), "{at}: {message}");
        assert!(message.contains("profile `turns`"), "{at}: {message}");
    }
    printed
}

#[test]
fn whenever_a_profile_turns_to_another_account_nothing_is_written_there() {
    for times in TURNS_AFTER {
        let scene = Scene::new(ENTERED);
        let printed = assert_told(scene.turns_after(times).apply(), times);
        assert_eq!(scene.standing(OTHER), [""; 0], "{times}: {printed:?}");
        scene.never_turns();
        let resumed = scene.run(&["resume", "--yes", "--output", "json"]).expect_code(0);
        assert_eq!(resumed.outcomes(), ["a1/app created", "a1/base created"], "{times}");
        assert_eq!(scene.standing(OWN), ["base", "app"], "{times}");
    }
}

#[test]
fn whenever_a_profile_turns_while_stacks_are_deleted_none_is_told_as_deleted_that_stands() {
    for times in TURNS_AFTER {
        let scene = Scene::new(ENTERED);
        scene.never_turns().apply().expect_code(0);
        let destroy = ["destroy", "prod.yaml", "--yes", "--output", "json"];
        let printed = assert_told(scene.turns_after(times).run(&destroy), times);
        let told = printed.outcomes();
        assert!(!told.contains(&"a1/base deleted".to_owned()), "{times}: {told:?}");
        assert!(scene.standing(OWN).contains(&"base".to_owned()), "{times}: {told:?}");
    }
}

/// Returns a scene whose last run updated both stacks.
fn updated() -> Scene {
    let scene = Scene::new(ENTERED);
    scene.never_turns().apply().expect_code(0);
    let changed =
        "Resources: { Inbox: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: 7 } } }";
    scene.desk.write("app.yaml", changed);
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["a1/app updated", "a1/base updated"]);
    scene
}

const BACK: [&str; 5] = ["rollback", "latest", "--yes", "--output", "json"];

#[test]
fn a_rollback_that_turns_to_another_account_ends_as_every_command_does() {
    for times in [1, 2, 3, 4] {
        let scene = updated();
        let printed = assert_told(scene.turns_after(times).run(&BACK), times);
        assert!(!printed.outcomes().contains(&"a1/base rolled-back".to_owned()), "{printed:?}");
        assert_eq!(scene.standing(OTHER), [""; 0], "{times}: {printed:?}");
    }
}

#[test]
fn a_rollback_after_which_all_is_back_has_succeeded() {
    let scene = updated();
    let printed = scene.run(&BACK).expect_code(0);
    assert_eq!(printed.outcomes(), ["a1/app rolled-back", "a1/base rolled-back"]);
    assert_eq!(printed.json()["result"], "rolled-back");
    let report = scene.run(&["report", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(report.json()["result"], "rolled-back");
}

#[test]
fn the_source_accounts_guard_holds_for_every_renewal() {
    for times in [1, 2] {
        let scene = Scene::new(SOURCE);
        let printed = scene.turns_after(times).apply();
        let printed = assert_told(printed, times);
        assert!(!printed.outcomes().contains(&"c/app created".to_owned()), "{times}");
    }
}

#[test]
fn keys_that_end_before_their_time_are_not_replaced_by_another_accounts() {
    let lasting = PROCESS.replace("25 seconds", "2 hours");
    for action in ["CreateStack", "DescribeStacks"] {
        let fault = format!("expire=0s,action={action},times=1");
        let scene = Scene::with(ENTERED, &lasting, &["--fault", &fault]);
        let printed = assert_told(scene.turns_after(1).apply(), 1);
        assert_eq!(scene.standing(OTHER), [""; 0], "{action}: {printed:?}");
    }
}

#[test]
fn the_account_that_was_found_first_holds_where_the_file_names_none() {
    let scene = Scene::new(SOURCE);
    scene.desk.write("prod.yaml", SOURCE.replace("account: \"100000000001\", ", ""));
    assert_told(scene.turns_after(2).apply(), 2);
}

#[test]
fn no_command_hands_out_keys_of_another_account() {
    let scene = Scene::new(ENTERED);
    let exec = ["exec", "prod.yaml", "--", "sh", "-c", "echo keys $AWS_ACCESS_KEY_ID"];
    let right = scene.never_turns().run(&exec).expect_code(0);
    assert!(right.stdout.contains(&format!("keys {OWN}")), "{right:?}");
    for arguments in [
        &exec[..],
        &["assume", "prod.yaml", "a1", "--format", "json"],
        &["status", "prod.yaml"],
        &["outputs", "prod.yaml", "--output", "json"],
    ] {
        let printed = scene.turns_after(1).run(arguments);
        let all = format!("{}{}", printed.stdout, printed.stderr);
        assert_eq!(printed.code, 3, "{arguments:?}: {all}");
        assert!(all.contains(OWN) && all.contains(OTHER), "{arguments:?}: {all}");
        assert!(!all.contains(&format!("keys {OTHER}")), "{arguments:?}: {all}");
    }
}

#[test]
fn an_endpoint_of_another_cloud_is_named_and_nothing_more_is_sent_there() {
    let scene = Scene::new(ENTERED);
    scene.never_turns();
    let foreign = ["--fault", "foreign,action=cloudformation:*", "--seconds-per-resource", "0.1"];
    let another = Served::new(&scene.desk, "prod.yaml", &foreign);
    let mut command = scene.command(&["apply", "prod.yaml", "--yes", "--output", "json"]);
    command.env("AWS_ENDPOINT_URL_CLOUDFORMATION", &another.endpoint);
    let printed = Printed::from(command.output().expect("the binary can be started"));
    let printed = printed.expect_code(3);
    let json = printed.json();
    assert_eq!(json["api_calls"]["cloudformation:CreateStack"], 1, "{printed:?}");
    let failure = printed.instance("a1", "base")["failure"].clone();
    assert_eq!(failure["kind"], "wrong-account");
    let message = failure["message"].to_string();
    for part in [OWN, "909090909090", "stack/base", another.endpoint.as_str(), "another cloud"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(failure["help"].to_string().contains("AWS_ENDPOINT_URL_CLOUDFORMATION"));
}
