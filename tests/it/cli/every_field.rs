//! Hostile text in every single field of what is read (answers of AWS, journals, files of the user, words of
//! the command line), one at a time, so that no field is forgotten because nobody thought of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::binary::Desk;
use crate::support::foreign_text::{AT_ONCE, faults};
use crate::support::kept::journals;
use crate::support::peers::Server;
use crate::support::rewritten::{Rewritten, with_element};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

/// What has not ended by then waits for a status that never comes, and has said all that it will.
const LONG_ENOUGH: Duration = Duration::from_secs(10);

/// How many commands run at a time: most of them wait.
const SIDE_BY_SIDE: usize = 8;

/// What was wrong with what was printed.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    /// Runs a command in a CI job, and checks what it prints until it ends or has said enough.
    fn run(&mut self, place: &str, mut command: Command, words: &[&str]) {
        command.args(words).env("GITHUB_ACTIONS", "true");
        let output = assert_cmd::Command::from_std(command).timeout(LONG_ENOUGH).output();
        let output = output.expect("the binary can be started");
        let place = format!("{place}: {words:?}");
        for printed in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(printed);
            self.0.extend(faults(&text).iter().map(|fault| format!("{place} prints {fault}")));
        }
        if output.status.code() == Some(70) {
            self.0.push(format!("{place} ends with a bug"));
        }
    }

    #[track_caller]
    fn expect_none(&self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// Returns the names of the elements of XML that hold text and no other elements.
fn leaves(xml: &str) -> impl Iterator<Item = String> + '_ {
    let parts = xml.split('<').zip(xml.split('<').skip(1));
    parts.filter_map(|(part, next)| {
        let (name, text) = part.split_once('>')?;
        (next.starts_with(&format!("/{name}>")) && !text.is_empty()).then(|| name.to_owned())
    })
}

/// Does each piece of work, several at a time, each of those in a place of its own; returns what was wrong.
fn side_by_side<T: Send, P>(
    work: impl IntoIterator<Item = T>,
    place: impl Fn() -> P + Sync,
    check: impl Fn(&mut Found, &P, T) + Sync,
) -> Found {
    let mut waiting: Vec<T> = work.into_iter().collect();
    waiting.reverse();
    let (waiting, found) = (Mutex::new(waiting), Mutex::new(Found::default()));
    let next = || waiting.lock().expect("no holder panics").pop();
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                let (place, mut own) = (place(), Found::default());
                while let Some(work) = next() {
                    check(&mut own, &place, work);
                }
                found.lock().expect("no holder panics").0.extend(own.0);
            });
        }
    });
    found.into_inner().expect("no holder panics")
}

/// Elements of answers that are read as a number, a time, or yes or no: none is shown, and an answer that
/// holds anything else is asked for again for some seconds.
const NO_TEXT: [&str; 9] = [
    "CreationTime",
    "DisableRollback",
    "EnableTerminationProtection",
    "Expiration",
    "IncludeNestedStacks",
    "LastUpdatedTime",
    "SessionTokenSize",
    "SessionTokenUtilization",
    "Timestamp",
];

/// Elements whose text steers nothing, so that all of them may be hostile at once.
const STEERS_NOTHING: [&str; 15] = [
    "Attribute",
    "ChangeSource",
    "Description",
    "EvalActionName",
    "EvalResourceName",
    "Evaluation",
    "LogicalResourceId",
    "Name",
    "OutputKey",
    "OutputValue",
    "ParameterKey",
    "ParameterValue",
    "ResourceProperties",
    "ResourceStatusReason",
    "ResourceType",
];

const FILE: &str = "prod.yaml";

/// A cloud in which a stack stands whose next update fails, and a folder from which it is reached.
struct World {
    way: Rewritten,
    place: Workplace,
    _server: Server,
}

impl World {
    fn new() -> Self {
        let environment = "environment: prod\nsource: { account: '999999999999' }\n\
            assume-role: { name: deployer }\nregions: [eu-central-1]\naccounts: { dev: '100000000001' }\n\
            tags: { team: a }\nstacks: { app: { template: app.yaml, parameters: { Size: '1' } } }\n";
        let seed = Workplace::new("http://127.0.0.1:9");
        seed.write("app.yaml", &Self::template(1));
        let seeded = seed.write(FILE, environment);
        let server = Server::sandbox_of("0.01", &[seeded.to_str().expect("UTF-8")]);
        let way = Rewritten::to(&server.endpoint());
        let place = Workplace::new(way.endpoint());
        place.write(FILE, environment);
        place.write("app.yaml", &Self::template(1));
        let world = Self { way, place, _server: server };
        let made = world.command().args(["apply", FILE, "--yes"]).output().expect("it starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        world.place.write("app.yaml", &Self::template(2));
        world
    }

    fn template(version: u32) -> String {
        format!(
            "Parameters: {{ Size: {{ Type: String }} }}\nResources:\n  Setting:\n    Type: AWS::SSM::Parameter\n    \
             Metadata: {{ Sandbox: {{ FailOn: update, Reason: no room, Drift: {{ Set: {{ Value: other }} }} }} }}\n    \
             Properties: {{ Type: String, Value: !Sub '${{Size}} {version}' }}\nOutputs:\n  Key: {{ Value: a }}\n"
        )
    }

    fn command(&self) -> Command {
        self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE)
    }

    /// Returns the names of all elements with text in what is answered while nothing is hostile.
    fn names(&self) -> BTreeSet<String> {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let seeing = seen.clone();
        self.way.set(move |body| {
            seeing.lock().expect("no holder panics").extend(leaves(&body));
            body
        });
        let mut found = Found::default();
        let apply = ["apply", FILE, "--yes"];
        for words in [&["plan", FILE][..], &apply, &["doctor", FILE], &["drift", FILE]] {
            found.run("as it should be", self.command(), words);
        }
        found.expect_none();
        seen.lock().expect("no holder panics").clone()
    }
}

#[test]
fn whichever_field_of_an_answer_is_hostile_nothing_shown_obeys_it() {
    let mut names = World::new().names();
    for known in ["ResourceStatusReason", "OutputKey", "Arn", "LogicalResourceId", "RequestId"] {
        assert!(names.contains(known), "{known} is among {names:?}");
    }
    let mut work = vec![NO_TEXT.map(str::to_owned).to_vec(), vec!["Status".to_owned()]];
    work.push(STEERS_NOTHING.map(str::to_owned).to_vec());
    let unseen: Vec<&String> = work.iter().flatten().filter(|name| !names.remove(*name)).collect();
    assert!(unseen.is_empty(), "{unseen:?} are answered");
    // Every other one alone, also if it is answered since yesterday only.
    work.extend(names.into_iter().map(|name| vec![name]));
    let found = side_by_side(work, World::new, |found, world, names| {
        let place = names.join(" ");
        let is_shown = !names.iter().any(|name| NO_TEXT.contains(&&**name));
        world.way.set(move |body| {
            names.iter().fold(body, |body, name| with_element(&body, name, AT_ONCE))
        });
        let json = ["apply", FILE, "--yes", "--output", "json", "--progress", "json"];
        if !is_shown || place.contains("Stack") {
            found.run(&place, world.command(), &["status", FILE]);
        }
        let apply = ["apply", FILE, "--yes"];
        let (plan, doctor, drift) = (["plan", FILE], ["doctor", FILE], ["drift", FILE]);
        for words in [&plan[..], &apply, &json, &doctor, &drift] {
            if is_shown {
                found.run(&place, world.command(), words);
            }
        }
    });
    found.expect_none();
}

/// Returns the paths of all texts in JSON, and of the names of its members.
fn texts(value: &Json, path: &str, found: &mut Vec<String>) {
    match value {
        Json::String(_) => found.push(path.to_owned()),
        Json::Object(members) => members.iter().for_each(|(name, below)| {
            let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
            found.push(format!("{path}#"));
            texts(below, &path, found);
        }),
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| texts(item, &format!("{path}/{at}"), found));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Returns JSON with hostile text at one of those paths.
fn planted_at(value: &Json, path: &str) -> Json {
    let mut planted = value.clone();
    match path.strip_suffix('#') {
        None => *planted.pointer_mut(path).expect("it is there") = json!(AT_ONCE),
        Some(path) => {
            let (above, name) = path.rsplit_once('/').expect("it has a name");
            let name = name.replace("~1", "/").replace("~0", "~");
            let members =
                planted.pointer_mut(above).and_then(Json::as_object_mut).expect("an object");
            let below = members.remove(&name).expect("it is there");
            members.insert(AT_ONCE.to_owned(), below);
        }
    }
    planted
}

#[test]
fn whichever_field_of_a_journal_is_hostile_nothing_shown_obeys_it() {
    let mut found = Found::default();
    let desk = Desk::with_examples();
    let dev = "environments/dev.yaml";
    desk.run(&[&["apply", dev], &FAST[..]].concat()).expect_code(0);
    let journal = journals(&desk, ".xdeploy").pop().expect("it was kept");
    let kept = fs::read_to_string(&journal).expect("it can be read");
    let lines: Vec<Json> = kept.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let mut tried = BTreeSet::new();
    for (at, line) in lines.iter().enumerate() {
        let mut paths = Vec::new();
        texts(line, "", &mut paths);
        for path in paths {
            if !tried.insert(format!("{}{path}", line["type"])) {
                continue;
            }
            let text: String = (0..lines.len())
                .map(|other| match other == at {
                    true => planted_at(line, &path).to_string() + "\n",
                    false => lines[other].to_string() + "\n",
                })
                .collect();
            fs::write(&journal, text).expect("it is ours");
            let place = format!("{}{path}", line["type"]);
            for words in [&["report"][..], &["report", "--output", "json"], &["runs"]] {
                found.run(&place, desk.command(&[]), words);
            }
        }
    }
    assert!(tried.len() > 30, "{tried:?}");
    found.expect_none();
}

#[test]
fn whichever_text_of_a_file_is_hostile_nothing_shown_obeys_it() {
    let mut found = Found::default();
    let environment = json!({
        "environment": "prod",
        "source": { "account": "999999999999", "profile": "hub" },
        "assume-role": { "name": "deployer", "external-id": "secret-word", "session-name": "session", "duration": "1h",
            "via": ["arn:aws:iam::888888888888:role/jump"], "session-tags": { "a": "b" } },
        "regions": ["eu-central-1"],
        "accounts": { "dev": "100000000001", "pay": { "id": "100000000004", "profile": "pay", "variables": { "t": "g" } } },
        "variables": { "v": "w" }, "tags": { "owner": "platform" },
        "stacks": {
            "app": { "template": "app.yaml", "stack-name": "app", "accounts": ["dev"], "tags": { "k": "v" },
                "parameters": { "Size": "${variables.v}" }, "capabilities": ["CAPABILITY_IAM"],
                "notification-arns": ["arn:aws:sns:eu-central-1:100000000001:t"] },
            "other": { "template": "app.yaml", "accounts": ["dev"], "depends-on": ["app"],
                "parameters": { "Size": "${output:app.Key}" } },
        },
        "rollout": { "waves": [["dev"], ["*"]], "max-concurrent": "50%", "on-failure": "stop" },
        "artifacts": { "bucket": "artifacts-${account.id}" },
    });
    let template = json!({
        "Description": "d", "Parameters": { "Size": { "Type": "String", "Default": "1", "AllowedPattern": ".*" } },
        "Conditions": { "C": { "Fn::Equals": ["a", "b"] } },
        "Resources": { "T": { "Type": "AWS::SNS::Topic", "Condition": "C", "DependsOn": ["S"],
            "Properties": { "TopicName": { "Fn::Sub": "a ${Size}" } } }, "S": { "Type": "AWS::SNS::Topic" } },
        "Outputs": { "Key": { "Value": { "Ref": "S" }, "Export": { "Name": { "Fn::Sub": "${AWS::StackName}-e" } } } },
    });
    let desk = Desk::empty();
    let write = |environment: &Json, template: &Json| {
        desk.write("prod.yaml", environment.to_string());
        desk.write("app.yaml", template.to_string());
    };
    write(&environment, &template);
    let file = "prod.yaml";
    desk.run(&["validate", file]).expect_code(0);
    for (whole, is_environment) in [(&environment, true), (&template, false)] {
        let mut paths = Vec::new();
        texts(whole, "", &mut paths);
        for path in paths {
            let planted = planted_at(whole, &path);
            match is_environment {
                true => write(&planted, &template),
                false => write(&environment, &planted),
            }
            found.run(&path, desk.command(&[]), &["validate", file]);
            if is_environment {
                for words in [
                    &["graph", file][..],
                    &["graph", file, "--output", "dot"],
                    &["graph", file, "--output", "mermaid"],
                    &["profiles", file],
                    &["console", file, "dev"],
                ] {
                    found.run(&path, desk.command(&[]), words);
                }
            }
        }
    }
    found.expect_none();
}

#[test]
fn whichever_word_is_hostile_nothing_shown_obeys_it() {
    let mut found = Found::default();
    let desk = Desk::with_examples();
    let dev = "environments/dev.yaml";
    desk.run(&[&["apply", dev], &FAST[..]].concat()).expect_code(0);
    // A name of a file cannot hold a slash.
    let name = AT_ONCE.replace('/', "");
    fs::write(desk.path().join(&name), "nonsense: [").expect("it can be made");
    fs::create_dir(desk.path().join(format!("{name}d"))).expect("it can be made");
    let folder = format!("{name}d");
    let inside = Path::new(&folder).join("state");
    let inside = inside.to_str().expect("UTF-8");
    for words in [
        &[AT_ONCE][..],
        &["validate", AT_ONCE],
        &["validate", &name],
        &["validate", &folder],
        &["apply", AT_ONCE, "--yes"],
        &["apply", dev, "--yes", "--account", AT_ONCE],
        &["apply", dev, "--yes", "--stack", AT_ONCE],
        &["apply", dev, "--yes", "--region", AT_ONCE],
        &["apply", dev, "--yes", "--output", AT_ONCE],
        &["apply", dev, "--yes", "--on-failure", AT_ONCE],
        &["apply", dev, "--yes", "--max-concurrent", AT_ONCE],
        &["apply", dev, "--sandbox", "--sandbox-fault", AT_ONCE],
        &["apply", dev, "--sandbox", "--state-dir", inside],
        &["apply", dev, "--sandbox", "--state-dir", &name],
        &["apply", dev, "--sandbox", "--html", &name],
        &["apply", dev, "--sandbox", "--html", &folder],
        &["apply", dev, "--sandbox", "--junit", AT_ONCE],
        &["apply", dev, "--sandbox", "--log", AT_ONCE],
        &["apply", dev, "--yes", "--mfa-code", AT_ONCE],
        &["outputs", dev, "--sandbox", "--query", AT_ONCE],
        &["assume", dev, AT_ONCE],
        &["assume", dev, "dev", "--sandbox", "--profile", AT_ONCE],
        &["assume", dev, "dev", "--sandbox", "--profile", "::error::x ##[add-path]y"],
        &["profiles", dev, "--source-profile", AT_ONCE],
        &["profiles", dev, "--source-profile", AT_ONCE, "--write"],
        &["exec", dev, "--sandbox", "--", AT_ONCE],
        &["report", AT_ONCE],
        &["report", "--state-dir", &folder],
        &["runs", "--state-dir", &folder],
        &["runs", "--state-dir", &name],
        &["resume", AT_ONCE],
        &["resume", "--state-dir", inside],
        &["rollback", AT_ONCE],
        &["sandbox", "status", "--state-dir", &folder],
        &["sandbox", "serve", "--port", AT_ONCE],
        &["codepipeline", "worker", "--region", AT_ONCE],
    ] {
        found.run("words", desk.command(&[]), words);
    }
    found.expect_none();
}

#[test]
fn whichever_variable_is_hostile_nothing_shown_obeys_it() {
    let dev = "environments/dev.yaml";
    let of_the_machine = ["HOME", "USER", "LOGNAME", "HOSTNAME", "TERM", "XDEPLOY_STATE_DIR"];
    let of_aws = [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "NO_PROXY",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_EXECUTION_ENV",
    ];
    let offline = [&["profiles", dev, "--write"][..], &["apply", dev, "--sandbox"]];
    let online = [&["plan", dev][..], &["assume", dev, "dev", "--profile", "p"]];
    let with = |variable: &'static str, words: &[&[&'static str]]| -> Vec<_> {
        words.iter().map(|words| (variable, words.to_vec())).collect()
    };
    let work = of_aws.iter().flat_map(|variable| with(variable, &[online, offline].concat()));
    let work = work.chain(of_the_machine.iter().flat_map(|variable| with(variable, &offline)));
    let found = side_by_side(work, Desk::with_examples, |found, desk, (variable, words)| {
        let mut command = desk.command(&[]);
        command
            .env("AWS_ACCESS_KEY_ID", SOURCE)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env(variable, AT_ONCE);
        found.run(variable, command, &words);
    });
    found.expect_none();
}
