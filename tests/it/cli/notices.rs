//! `notify`: who is told of runs that change something, and what.

use serde_json::{Value, json};

use crate::support::binary::{Desk, Printed};
use crate::support::files::{HEAD, SETTING, failing};
use crate::support::served::Served;
use crate::support::webhook::Webhook;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

const FILE: &str = "prod.yaml";

const TOPIC: &str = "arn:aws:sns:eu-west-1:999999999999:deployments";
const BUS: &str = "arn:aws:events:eu-central-1:999999999999:event-bus/default";

/// Returns a folder with an environment of two waves whose runs are told like this.
fn desk(notify: &str, template: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("app.yaml", template);
    desk.write(FILE, file(notify, "waves: [[dev], [prod]]"));
    desk
}

fn file(notify: &str, rollout: &str) -> String {
    format!(
        "{HEAD}stacks: {{ app: {{ template: app.yaml }} }}\nrollout: {{ {rollout} }}\nnotify: {notify}\n"
    )
}

fn both() -> String {
    format!("[{{ sns: '{TOPIC}' }}, {{ event-bus: '{BUS}' }}]")
}

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

/// Returns what the sandbox's topics and buses took, as `to`, `subject` and what the message says.
fn taken(desk: &Desk, to: &str) -> Vec<(String, Value)> {
    let path = desk.path().join(".xdeploy/sandbox/999999999999.json");
    let account: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the sandbox keeps it")).expect("JSON");
    let messages = account["messages"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let of = messages.iter().filter(|message| message["to"] == to);
    of.map(|message| {
        let told = serde_json::from_str(&text(&message["text"])).expect("JSON");
        (text(&message["subject"]), told)
    })
    .collect()
}

fn kinds(taken: &[(String, Value)]) -> Vec<&str> {
    taken.iter().map(|(_, told)| told["notice"].as_str().expect("a kind")).collect()
}

#[test]
fn topics_and_event_buses_are_told_of_begin_waves_and_end() {
    let desk = desk(&both(), SETTING);
    let applied = fast(&desk, &["apply", FILE, "--yes", "--output", "json"]).expect_code(0);
    let run = applied.json()["run"].clone();
    let topic = taken(&desk, TOPIC);
    assert_eq!(kinds(&topic), ["begin", "wave", "wave", "end"]);
    let subjects: Vec<&str> = topic.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(
        subjects[1],
        "xdeploy: apply prod: wave 1 of 2 begins: 1 stack instance in 1 account"
    );
    let end = &topic[3].1;
    assert_eq!(
        (&end["run"], &end["result"], &end["exit_code"], &end["summary"]["created"]),
        (&run, &json!("succeeded"), &json!(0), &json!(2))
    );
    assert!(end["sandbox"] == true && end["caller"].is_string(), "{end}");
    assert!(!end.to_string().contains("outputs"), "{end}");
    let bus = taken(&desk, BUS);
    assert_eq!(
        bus.iter().map(|(_, told)| told).collect::<Vec<_>>(),
        topic.iter().map(|(_, told)| told).collect::<Vec<_>>()
    );
    assert_eq!(bus[0].0, "xdeploy begin");
    fast(&desk, &["plan", FILE]).expect_code(0);
    assert_eq!(taken(&desk, TOPIC).len(), 4, "a plan changes nothing");
    fast(&desk, &["destroy", FILE, "--yes"]).expect_code(0);
    let all = taken(&desk, TOPIC);
    assert_eq!(kinds(&all[4..]), ["begin", "wave", "wave", "end"]);
    assert!(all[4].0.starts_with("xdeploy: destroy prod"), "{:?}", all[4]);
}

#[test]
fn a_cause_is_told_once_and_what_waits_is_told_with_the_command() {
    let desk = desk(&both(), &failing("create", "1"));
    desk.write(FILE, file(&both(), "failure-tolerance: 1"));
    fast(&desk, &["apply", FILE, "--yes"]).expect_code(1);
    let told = taken(&desk, TOPIC);
    assert_eq!(kinds(&told), ["begin", "failure", "end"]);
    let failure = &told[1].1["failure"];
    assert_eq!((&failure["stack"], &failure["resource"]), (&json!("app"), &json!("Bad")));
    assert!(told[1].1["text"].as_str().is_some_and(|text| text.contains("the quota is used up")));
    assert_eq!(told[2].1["causes"].as_array().map(Vec::len), Some(1), "{}", told[2].1);

    let desk = Desk::empty();
    desk.write("app.yaml", SETTING);
    let waves = "waves: [[dev], { accounts: [prod], approve: always }]";
    desk.write(FILE, file(&both(), waves));
    fast(&desk, &["apply", FILE, "--yes"]).expect_code(5);
    let told = taken(&desk, TOPIC);
    assert_eq!(kinds(&told), ["begin", "wave", "gate", "end"]);
    let command = told[2].1["gate"]["command"].as_str().expect("a command");
    assert!(command.starts_with("xdeploy resume ") && command.ends_with(" --approve"), "{command}");
    assert_eq!(told[3].1["command"], command);
    fast(&desk, &["resume", "--approve"]).expect_code(0);
    let told = taken(&desk, TOPIC);
    assert_eq!(kinds(&told[4..]), ["begin", "wave", "end"]);
    assert_eq!(told[4].1["resumed"], true);
}

#[test]
fn a_notice_that_is_not_taken_is_a_warning() {
    let desk = desk(&format!("[{{ sns: '{TOPIC}' }}]"), SETTING);
    let refused = ["--sandbox-fault", "deny,action=Publish"];
    let arguments = [&["apply", FILE, "--yes", "--output", "json"][..], &refused].concat();
    let applied = fast(&desk, &arguments).expect_code(0);
    let told = applied.stderr_on_one_line();
    assert!(
        told.contains(&format!("warning: 4 notices did not reach {TOPIC}: sns:Publish")),
        "{told}"
    );
    assert_eq!(applied.json()["result"], "succeeded");
}

#[test]
fn the_sandbox_calls_no_webhook() {
    let hook = Webhook::answering(&["200 OK"]);
    let desk = desk(&format!("[{{ webhook: 'http://{}/' }}]", hook.address), SETTING);
    let applied = fast(&desk, &["apply", FILE, "--yes"]).expect_code(0);
    let told = applied.stderr_on_one_line();
    assert!(told.contains("the sandbox calls nobody outside"), "{told}");
    assert!(hook.posted().is_empty());
}

const TOKEN: (&str, &str) = ("TOKEN", "s3cret");

/// Serves a sandbox with the accounts of the file, which names a token in a variable.
fn served(desk: &Desk) -> Served {
    let serve = ["sandbox", "serve", FILE, "--in-memory", "--port", "0"];
    let mut command = desk.command(&[&serve[..], &["--seconds-per-resource", "0.01"]].concat());
    command.env(TOKEN.0, TOKEN.1);
    Served::by(command)
}

/// Applies on it, with the same token.
fn applied_on(served: &Served, desk: &Desk) -> Printed {
    let mut command = desk.command(&["apply", FILE, "--yes"]);
    command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env(TOKEN.0, TOKEN.1);
    Printed::from(command.output().expect("the binary can be started"))
}

#[test]
fn a_webhook_is_posted_to_again_until_it_takes_it_and_its_secret_is_shown_nowhere() {
    let hook = Webhook::answering(&["503 Service Unavailable", "200 OK"]);
    let notify = format!("[{{ webhook: 'http://{}/hook/${{env:TOKEN}}?a=b' }}]", hook.address);
    let desk = desk(&notify, SETTING);
    let served = served(&desk);
    let applied = applied_on(&served, &desk).expect_code(0);
    assert!(!applied.stderr.contains("warning"), "{}", applied.stderr);
    let posted = hook.posted();
    assert_eq!(posted[0].line, "POST /hook/s3cret?a=b HTTP/1.1");
    assert!(posted[0].headers.contains(&"content-type: application/json".to_owned()), "{posted:?}");
    let told: Vec<String> = hook
        .bodies()
        .iter()
        .map(|body| body["notice"].as_str().expect("a kind").to_owned())
        .collect();
    assert_eq!(told, ["begin", "begin", "wave", "wave", "end"], "the first is sent again");
    let mut kept = String::new();
    for entry in std::fs::read_dir(desk.path().join(".xdeploy/runs")).expect("it is kept") {
        kept += &std::fs::read_to_string(entry.expect("an entry").path()).unwrap_or_default();
    }
    assert!(kept.contains("hook/") && !kept.contains("s3cret"), "nothing secret is kept");
}

#[test]
fn a_webhook_that_refuses_is_told_without_its_address() {
    let hook = Webhook::answering(&["403 Forbidden"]);
    let notify = format!("[{{ webhook: 'http://{}/${{env:TOKEN}}' }}]", hook.address);
    let desk = desk(&notify, SETTING);
    let served = served(&desk);
    let applied = applied_on(&served, &desk).expect_code(0);
    let told = applied.stderr_on_one_line();
    let warning = format!(
        "warning: 4 notices did not reach the webhook at {}: it answered with the status 403",
        hook.address
    );
    assert!(told.contains(&warning) && !told.contains("s3cret"), "{told}");
    assert_eq!(hook.posted().len(), 4, "a refusal is not asked again");
}

#[test]
fn what_only_reads_needs_no_address_and_a_file_without_it_is_refused_before_anything_is_sent() {
    let desk = desk("[{ webhook: 'https://hooks.example.com/${env:TOKEN}' }]", SETTING);
    let refused = fast(&desk, &["apply", FILE, "--yes"]).expect_code(2);
    assert!(refused.stderr_on_one_line().contains("`TOKEN` is not set"), "{refused:?}");
    fast(&desk, &["status", FILE]).expect_code(0);
    let destroyed = fast(&desk, &["destroy", FILE, "--yes"]).expect_code(0);
    let told = destroyed.stderr_on_one_line();
    assert!(told.contains("did not reach an entry of `notify`"), "{told}");
}
