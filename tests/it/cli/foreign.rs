//! Text that came from elsewhere, in every field that can hold it, through every command and format:
//! no line of what is written gives a CI service a command, and no byte moves a terminal.

use std::fs;
use std::process::Command;

use crate::support::binary::Printed;
use crate::support::foreign_text::{AT_ONCE, HOSTILE, check};
use crate::support::peers::Server;
use crate::support::rewritten::{Rewritten, in_xml, with_element};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const FILE: &str = "prod.yaml";

const ENVIRONMENT: &str = "environment: prod
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
stacks:
  app: { template: app.yaml }
";

/// A template whose resource fails with a reason, if it says so.
fn template(version: u32, wish: &str) -> String {
    format!(
        "Resources:
  PlantLogical:
    Type: AWS::SSM::Parameter
    Metadata: {{ Sandbox: {{ {wish}Drift: {{ Set: {{ Value: PlantReason }} }} }} }}
    Properties: {{ Type: String, Value: '{version}' }}
Outputs:
  PlantKey: {{ Value: !Sub 'PlantValue {version}' }}
  PlantKey2: {{ Value: !Sub 'PlantValue {version}' }}
"
    )
}

/// A hostile cloud, and a folder from which it is reached.
struct Hostile {
    way: Rewritten,
    place: Workplace,
    ci: bool,
    text: &'static str,
    _server: Server,
}

impl Hostile {
    fn new(ci: bool, text: &'static str) -> Self {
        let seed = Workplace::new("http://127.0.0.1:9");
        seed.write("app.yaml", &template(1, ""));
        let seeded = seed.write(FILE, ENVIRONMENT);
        let server = Server::sandbox_of("0.01", &[seeded.to_str().expect("UTF-8")]);
        let way = Rewritten::to(&server.endpoint());
        let place = Workplace::new(way.endpoint());
        place.write(FILE, ENVIRONMENT);
        place.write("app.yaml", &template(1, ""));
        way.set(move |body| planted(&body, text));
        Self { way, place, ci, text, _server: server }
    }

    /// Runs the binary with every flag for a log, and checks all that it writes.
    #[track_caller]
    fn run(&self, code: i32, words: &[&str]) -> Printed {
        let log = self.place.path().join("log.txt");
        // What another command wrote was looked at.
        let _ = fs::remove_file(&log);
        let mut command: Command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        command.args(words).args(["-vv", "--log", "log.txt"]);
        if self.ci {
            command.env("GITHUB_ACTIONS", "true");
        }
        let printed = Printed::from(command.output().expect("it starts")).expect_code(code);
        let place = format!("`{}`", words.join(" "));
        check(&format!("{place} stdout"), &printed.stdout);
        check(&format!("{place} stderr"), &printed.stderr);
        check(&format!("{place} log"), &fs::read_to_string(&log).unwrap_or_default());
        printed
    }

    /// Runs the binary and returns its stdout, which scripts read byte for byte.
    fn as_it_is(&self, words: &[&str]) -> String {
        let mut command: Command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        let output = command.args(words).output().expect("it starts");
        Printed::from(output).expect_code(0).stdout
    }

    /// Checks a file that was written.
    fn check_file(&self, name: &str) -> String {
        let text = fs::read_to_string(self.place.path().join(name)).expect("it was written");
        check(name, &text);
        text
    }
}

/// Returns an answer with hostile text in place of what was planted for it.
fn planted(body: &str, text: &str) -> String {
    let plants = ["PlantLogical", "PlantKey", "PlantValue", "PlantReason"];
    let text = in_xml(text);
    let body = plants.iter().fold(body.to_owned(), |body, plant| body.replace(plant, &text));
    body.replace("AWS::SSM::Parameter", &text)
}

/// Returns the lines of a comment that pages read as Markdown.
fn outside_of_code(comment: &str) -> impl Iterator<Item = &str> {
    let mut fence = None;
    comment.lines().filter(move |line| match fence {
        Some(opened) => {
            if *line == opened {
                fence = None;
            }
            false
        }
        None if line.starts_with("```") => {
            fence = Some(line.trim_end_matches(|c: char| c != '`'));
            false
        }
        None => true,
    })
}

fn every_command(ci: bool, text: &'static str) {
    let hostile = Hostile::new(ci, text);
    let files = ["--html", "run.html", "--junit", "run.xml"];
    for words in [&["validate", FILE][..], &["graph", FILE], &["doctor", FILE]] {
        hostile.run(0, words);
    }
    let json =
        hostile.run(0, &[&["apply", FILE, "--yes", "--output", "json"], &files[..]].concat());
    let value = format!("{text} 1");
    assert_eq!(json.instance("dev", "app")["outputs"][text], value, "JSON holds all of it");
    for file in ["run.html", "run.xml"] {
        assert!(!hostile.check_file(file).contains("<script>alert"), "{file} holds markup");
    }
    for format in ["json", "yaml", "table"] {
        hostile.run(0, &["outputs", FILE, "--output", format]);
        let query = "prod.*.\"eu-central-1\".app";
        hostile.run(0, &["outputs", FILE, "--output", format, "--query", query]);
    }
    let rows = hostile.as_it_is(&["outputs", FILE, "--output", "text"]);
    assert!(rows.lines().all(|row| row.split('\t').count() == 6), "no row is forged:\n{rows}");
    let one = "values(prod.dev.\"eu-central-1\".app)[0]";
    let lone = hostile.as_it_is(&["outputs", FILE, "--output", "text", "--query", one]);
    assert_eq!(lone, value + "\n", "a lone value is what it is, byte for byte");

    hostile.run(0, &["drift", FILE, "--html", "drift.html"]);
    let page = hostile.check_file("drift.html");
    assert!(!page.contains("<script"), "it holds markup");
    hostile.run(4, &["drift", FILE, "--output", "json", "--exit-code"]);
    hostile.place.write("app.yaml", &template(2, ""));
    hostile.run(0, &["plan", FILE, "--html", "plan.html"]);
    let page = hostile.check_file("plan.html");
    assert!(!page.contains("<script"), "it holds markup");
    let comment = hostile.run(0, &["plan", FILE, "--output", "markdown"]).stdout;
    assert!(outside_of_code(&comment).all(|line| !line.contains("<script")), "{comment}");
    hostile.run(0, &["plan", FILE, "--output", "json", "--progress", "json"]);
    hostile.place.write("app.yaml", &template(3, "FailOn: update, Reason: PlantReason, "));
    hostile.run(1, &[&["apply", FILE, "--yes", "--progress", "plain"], &files[..]].concat());
    hostile.run(1, &["apply", FILE, "--yes", "--progress", "json", "--output", "json"]);
    hostile.run(1, &["apply", FILE, "--yes", "--progress", "dashboard"]);
    for file in ["run.html", "run.xml"] {
        assert!(!hostile.check_file(file).contains("<script>alert"), "{file} holds markup");
    }
    hostile.run(0, &["report"]);
    hostile.run(0, &[&["report", "--output", "json"], &files[..]].concat());
    hostile.run(0, &["runs"]);
    hostile.run(0, &["runs", "--output", "json"]);
    let journals = fs::read_dir(hostile.place.path().join(".xdeploy/runs")).expect("runs are kept");
    for journal in journals {
        hostile.check_file(journal.expect("an entry").path().to_str().expect("UTF-8"));
    }
    refused_and_unknown(&hostile);
}

/// What a cloud says that lets nobody in, or whose statuses nobody knows.
fn refused_and_unknown(hostile: &Hostile) {
    let text = hostile.text;
    hostile.way.set(move |body| with_element(&planted(&body, text), "StackStatus", text));
    hostile.run(0, &["status", FILE]);
    hostile.run(0, &["status", FILE, "--output", "json"]);
    hostile.run(1, &["apply", FILE, "--yes"]);
    hostile.way.set(move |body| match body.contains("<AssumeRoleResult>") {
        true => format!(
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{}</Message></Error></ErrorResponse>",
            in_xml(text)
        ),
        false => with_element(&body, "Message", text),
    });
    for words in [
        &["apply", FILE, "--yes"][..],
        &["apply", FILE, "--yes", "--output", "json", "--progress", "json"],
        &["plan", FILE],
        &["status", FILE],
        &["drift", FILE],
        &["outputs", FILE],
        &["exec", FILE, "--", "true"],
        &["exec", FILE, "--output", "json", "--", "true"],
        &["assume", FILE, "dev", "--format", "env"],
        &["doctor", FILE],
        &["doctor", FILE, "--output", "json"],
    ] {
        hostile.run(3, words);
    }
}

#[test]
fn no_foreign_text_gives_a_command_in_a_ci_job() {
    every_command(true, HOSTILE);
    every_command(true, AT_ONCE);
}

#[test]
fn no_foreign_text_moves_a_terminal() {
    every_command(false, HOSTILE);
}

#[test]
fn who_holds_a_lock_is_told_on_one_line() {
    let hostile = Hostile::new(true, HOSTILE);
    let locks = hostile.place.path().join(".xdeploy/locks");
    hostile.run(0, &["apply", FILE, "--yes"]);
    let holder = serde_json::json!({
        "run": "20261123-155602-k3f9", "operation": "apply", "since": "2026-11-23T15:56:02Z",
        "owner": { "user": HOSTILE, "host": HOSTILE, "process": 7 },
    });
    let lock = fs::OpenOptions::new().write(true).open(locks.join("prod")).expect("it was made");
    lock.lock().expect("nobody else holds it");
    fs::write(locks.join("prod"), holder.to_string()).expect("it is ours");
    let refused = hostile.run(5, &["apply", FILE, "--yes"]);
    let lines = refused.stderr.lines().filter(|line| line.contains("process 7 of x"));
    assert_eq!(lines.count(), 1, "{}", refused.stderr);
}
