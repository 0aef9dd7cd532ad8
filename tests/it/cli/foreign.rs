//! Text that came from elsewhere, in every field that can hold it, through every command and format:
//! no line of what is written gives a CI service a command, and no byte moves a terminal.

use std::fs;
use std::process::Command;

use crate::support::binary::Printed;
use crate::support::peers::Server;
use crate::support::rewritten::{Rewritten, in_xml, with_element};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// What a hostile account, template or person writes: at a line's start, within one, wrapped anywhere,
/// with marks that comparisons pass over, and in every way that ends a line or moves a cursor.
const HOSTILE: &str = "x\n::set-output name=a::b\r\n  ::stop-commands::t ##[add-path]/tmp ##vso[task.x]y \
    \u{1b}[31mred\u{1b}[2J\u{1b}]0;title\u{7} \u{202e}turned\u{2066} \u{200b}::warning::w #\u{200b}#[group]g \
    \u{2028}::notice::n \u{85}::notice::n \u{b}::notice::n\u{c} \u{e0041} </script><script>alert(1)</script> \
    \ttab ::notice::a wrapped ::notice::b anywhere ::notice::c where ::notice::d it ::notice::e may ::notice::f \
    be ::notice::g put ::notice::h";

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
    Metadata: {{ Sandbox: {{ {wish} }} }}
    Properties: {{ Type: String, Value: '{version}' }}
Outputs:
  PlantKey: {{ Value: !Sub 'PlantValue {version}' }}
"
    )
}

/// A hostile cloud, and a folder from which it is reached.
struct Hostile {
    way: Rewritten,
    place: Workplace,
    ci: bool,
    _server: Server,
}

impl Hostile {
    fn new(ci: bool) -> Self {
        let seed = Workplace::new("http://127.0.0.1:9");
        seed.write("app.yaml", &template(1, ""));
        let seeded = seed.write(FILE, ENVIRONMENT);
        let server = Server::sandbox_of("0.01", &[seeded.to_str().expect("UTF-8")]);
        let way = Rewritten::to(&server.endpoint());
        let place = Workplace::new(way.endpoint());
        place.write(FILE, ENVIRONMENT);
        place.write("app.yaml", &template(1, ""));
        way.set(planted);
        Self { way, place, ci, _server: server }
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
fn planted(body: String) -> String {
    let plants = ["PlantLogical", "PlantKey", "PlantValue", "PlantReason"];
    let body = plants.iter().fold(body, |body, plant| body.replace(plant, &in_xml(HOSTILE)));
    body.replace("AWS::SSM::Parameter", &in_xml(HOSTILE))
}

/// Checks that no line gives a command, as GitHub's runner and others read it, but for those of our own,
/// and that nothing in it moves a terminal.
fn check(place: &str, text: &str) {
    let is_stray = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    let shown: String = text.chars().filter(|c| !is_stray(*c)).collect();
    for line in shown.lines() {
        let is_ours =
            ["::group::", "::endgroup::", "::error title="].iter().any(|own| line.starts_with(own));
        assert!(is_ours || !line.trim_start().starts_with("::"), "{place} holds a command: {line}");
        assert!(
            !line.contains("##[") && !line.contains("##vso["),
            "{place} holds a command: {line}"
        );
    }
    let stray: Vec<char> = text.chars().filter(|c| is_stray(*c)).collect();
    assert!(stray.is_empty(), "{place} holds {stray:?}:\n{text}");
}

fn every_command(ci: bool) {
    let hostile = Hostile::new(ci);
    let files = ["--html", "run.html", "--junit", "run.xml"];
    for words in [&["validate", FILE][..], &["graph", FILE], &["doctor", FILE]] {
        hostile.run(0, words);
    }
    let json =
        hostile.run(0, &[&["apply", FILE, "--yes", "--output", "json"], &files[..]].concat());
    let value = format!("{HOSTILE} 1");
    assert_eq!(json.instance("dev", "app")["outputs"][HOSTILE], value, "JSON holds all of it");
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

    hostile.place.write("app.yaml", &template(2, ""));
    hostile.run(0, &["plan", FILE]);
    hostile.run(0, &["plan", FILE, "--output", "json", "--progress", "json"]);
    hostile.place.write("app.yaml", &template(3, "FailOn: update, Reason: PlantReason"));
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
    hostile.way.set(|body| with_element(&planted(body), "StackStatus", HOSTILE));
    hostile.run(0, &["status", FILE]);
    hostile.run(0, &["status", FILE, "--output", "json"]);
    hostile.run(1, &["apply", FILE, "--yes"]);
    hostile.way.set(|body| match body.contains("<AssumeRoleResult>") {
        true => format!(
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{}</Message></Error></ErrorResponse>",
            in_xml(HOSTILE)
        ),
        false => with_element(&body, "Message", HOSTILE),
    });
    for words in [
        &["apply", FILE, "--yes"][..],
        &["apply", FILE, "--yes", "--output", "json", "--progress", "json"],
        &["plan", FILE],
        &["status", FILE],
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
    every_command(true);
}

#[test]
fn no_foreign_text_moves_a_terminal() {
    every_command(false);
}

#[test]
fn who_holds_a_lock_is_told_on_one_line() {
    let hostile = Hostile::new(true);
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
