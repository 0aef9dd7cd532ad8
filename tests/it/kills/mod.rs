//! Runs of forty accounts that are killed without warning, and resumed: every call that changes
//! something is carried out exactly once.

mod saved_plans;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};

use crate::support::binary::Printed;
use crate::support::bucket::make_bucket;
use crate::support::counted::Counted;
use crate::support::files::SETTING;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const ACCOUNTS: u64 = 40;
const FILE: &str = "forty.yaml";

/// A cloud of forty accounts, what was said to it, and a folder to deploy from.
struct Field {
    server: Server,
    way: Counted,
    place: Workplace,
    state: State,
    /// Another folder, where none of the files is.
    elsewhere: tempfile::TempDir,
}

/// What becomes of the files of a run once it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    AsTheyWere,
    Changed,
    /// They are gone, and it is resumed from another folder.
    Gone,
}

/// Where runs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the folder that is deployed from.
    Folder,
    /// In a bucket: every command is typed on another machine, in a folder and with a home of its own.
    Bucket,
}

/// The bucket in which runs are kept.
const BUCKET: &str = "state-999999999999";

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// As soon as it said so many events.
    Said(usize),
    /// So long after it said the first.
    After(Duration),
}

fn account(number: u64) -> String {
    format!("{:012}", 100_000_000_000 + number)
}

/// Returns an environment of forty accounts, with two stacks each of which one needs the other.
fn environment(state: State, value: &str) -> String {
    let mut file = match state {
        State::Folder => String::new(),
        State::Bucket => format!("state: s3://{BUCKET}/xdeploy\n"),
    };
    file.push_str(
        "environment: forty\nsource: { account: '999999999999' }\nassume-role: { name: deployer }\n\
         regions: [eu-central-1]\naccounts:\n",
    );
    for number in 0..ACCOUNTS {
        let _ = writeln!(file, "  a{number:02}: '{}'", account(number));
    }
    let _ = write!(
        file,
        "stacks:\n  first: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n  \
         second: {{ template: app.yaml, parameters: {{ Value: '${{output:first.Value}}' }} }}\n"
    );
    file
}

impl Field {
    fn new(state: State) -> Self {
        let beforehand = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let path = beforehand.path().join(name);
            std::fs::write(&path, text).expect("the folder takes files");
            path
        };
        write("app.yaml", SETTING);
        let file = write(FILE, &environment(state, "one"));
        let server = Server::sandbox_of("0.15", &[file.to_str().expect("UTF-8")]);
        let way = Counted::to(&server.endpoint());
        let place = Workplace::new(way.endpoint());
        place.write("app.yaml", SETTING);
        place.write(FILE, &environment(state, "one"));
        if state == State::Bucket {
            make_bucket(&server.endpoint(), SOURCE, BUCKET);
        }
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        Self { server, way, place, state, elsewhere }
    }

    /// Writes the environment file with such a value.
    fn write(&self, value: &str) {
        self.place.write(FILE, &environment(self.state, value));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), "999999999999");
        command.args(arguments);
        let looks_back = ["resume", "runs"].contains(&arguments[0]);
        match self.state {
            State::Folder if looks_back => {
                command.arg("--state-dir").arg(self.place.path().join(".xdeploy"));
                command.current_dir(self.elsewhere.path());
            }
            State::Folder => {}
            State::Bucket => {
                let machine =
                    tempfile::tempdir_in(self.place.path()).expect("the folder takes folders");
                // It goes with the place.
                let machine = machine.keep();
                let names: &[&str] = if looks_back { &[FILE] } else { &[FILE, "app.yaml"] };
                for name in names {
                    let from = self.place.path().join(name);
                    std::fs::copy(from, machine.join(name)).expect("the folder takes files");
                }
                command.current_dir(&machine).env("HOME", &machine);
                if looks_back {
                    command.args(["--of", FILE]);
                }
            }
        }
        command
    }

    /// Returns how many runs have kept their beginnings.
    fn begun_runs(&self) -> usize {
        let runs = self.run(&["runs", "--output", "json"]).expect_code(0).json();
        let runs = runs["runs"].as_array().expect("a list");
        runs.iter().filter(|run| run["started"].is_string()).count()
    }

    /// Does with the files of a run what is to become of them.
    fn leave(&self, files: Files) {
        match files {
            Files::AsTheyWere => {}
            Files::Changed => {
                self.write("other");
                self.place.write("app.yaml", "Resources: { Other: { Type: AWS::SQS::Queue } }\n");
            }
            Files::Gone => {
                for name in [FILE, "app.yaml"] {
                    // It is gone already when a second one is killed.
                    let _ = std::fs::remove_file(self.place.path().join(name));
                }
            }
        }
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        Printed::from(self.command(arguments).output().expect("the binary can be started"))
    }

    /// Starts a command and kills it at a moment, unless it ends before; returns what it said.
    fn kill(&self, arguments: &[&str], moment: Moment) -> String {
        let mut child = self
            .command(&[arguments, &["--progress", "json"]].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let mut stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
        let mut said = String::new();
        let lines = match moment {
            Moment::Said(lines) => lines,
            Moment::After(_) => 1,
        };
        for _ in 0..lines {
            stderr.read_line(&mut said).expect("UTF-8");
        }
        if let Moment::After(wait) = moment {
            // The moment is meant to be by the clock, wherever the run is then.
            std::thread::sleep(wait);
        }
        // It may have ended just before.
        let _ = child.kill();
        child.wait().expect("it ends");
        let _ = stderr.read_to_string(&mut said);
        said
    }

    /// Returns how often each changing call was sent, by action and token.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for request in self.way.requests() {
            let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
            let value = |name: &str| {
                let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
            };
            let Some(action) = value("Action") else { continue };
            if ["CreateStack", "UpdateStack", "DeleteStack"].contains(&action.as_str()) {
                let token = value("ClientRequestToken").expect("every such call has a token");
                *sent.entry(format!("{action} {token}")).or_default() += 1;
            }
        }
        sent
    }

    /// Returns how often each operation began in the cloud, such as `CREATE_IN_PROGRESS`.
    fn begun(&self) -> BTreeMap<String, u64> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut begun = BTreeMap::new();
            for number in 0..ACCOUNTS {
                for operation in operations(&self.server.endpoint(), &account(number)).await {
                    *begun.entry(operation).or_default() += 1;
                }
            }
            begun
        })
    }
}

/// Returns what began in an account by our wish.
async fn operations(endpoint: &str, account: &str) -> Vec<String> {
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .build();
    let client = aws_sdk_cloudformation::Client::from_conf(config);
    let listed = client.list_stacks().send().await.expect("stacks are listed");
    let mut operations = Vec::new();
    for stack in listed.stack_summaries() {
        let id = stack.stack_id().expect("a stack has an ARN");
        let told = client.describe_stack_events().stack_name(id).send().await;
        for event in told.expect("events are told").stack_events() {
            let reason = event.resource_status_reason().unwrap_or_default();
            if event.physical_resource_id() == Some(id) && reason == "User Initiated" {
                let status = event.resource_status().map_or("", |status| status.as_str());
                operations.push(status.to_owned());
            }
        }
    }
    operations
}

fn moment(random: &mut fastrand::Rng, events: usize) -> Moment {
    if random.bool() {
        Moment::Said(random.usize(1..events))
    } else {
        Moment::After(Duration::from_millis(random.u64(0..1_200)))
    }
}

/// Kills a command, and those who resume it so many times, and lets the last one end.
fn kill_and_resume(
    field: &Field,
    command: &[&str],
    files: Files,
    random: &mut fastrand::Rng,
) -> Vec<String> {
    let (mut told, before) = (Vec::new(), field.begun_runs());
    let mut next = command.to_vec();
    for _ in 0..random.usize(1..=3) {
        let moment = moment(random, 400);
        let said = field.kill(&next, moment);
        told.push(format!("{next:?} killed at {moment:?}, after {} events", said.lines().count()));
        // Nobody knows of a run that was killed before it kept its beginning.
        let is_kept = field.begun_runs() > before;
        if is_kept {
            field.leave(files);
        }
        next = if is_kept { vec!["resume"] } else { command.to_vec() };
    }
    let ended = field.run(&[&next[..], &["--progress", "none", "--output", "json"]].concat());
    let ended = ended.expect_code(0);
    if !ended.stdout.is_empty() {
        assert_eq!(ended.json()["result"], "succeeded", "{told:?}");
    }
    told
}

/// Lets one run of a kind be killed at random moments and looks at what was done.
fn try_one(seed: u64, (files, state): (Files, State)) {
    let mut random = fastrand::Rng::with_seed(seed);
    let field = Field::new(state);
    let apply = ["apply", FILE, "--yes"];
    let whole = |command: &[&str]| {
        field.run(&[command, &["--progress", "none"]].concat()).expect_code(0);
    };
    let (command, expected) = match seed % 4 {
        0 | 1 => (&apply[..], vec![("CREATE_IN_PROGRESS", 80)]),
        2 => {
            whole(&apply);
            field.write("two");
            (&apply[..], vec![("CREATE_IN_PROGRESS", 80), ("UPDATE_IN_PROGRESS", 80)])
        }
        _ => {
            whole(&apply);
            let destroy = &["destroy", FILE, "--yes"][..];
            (destroy, vec![("CREATE_IN_PROGRESS", 80), ("DELETE_IN_PROGRESS", 80)])
        }
    };
    let told = kill_and_resume(&field, command, files, &mut random);
    let begun: Vec<(String, u64)> = field.begun().into_iter().collect();
    let begun: Vec<(&str, u64)> =
        begun.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(begun, expected, "seed {seed}: {told:?}");
    let sent = field.sent();
    let wanted: u64 = expected.iter().map(|(_, count)| count).sum();
    assert_eq!(sent.len() as u64, wanted, "seed {seed}: one token for each, {told:?}");
    let again = sent.values().filter(|count| **count > 1).count();
    println!("seed {seed}: {told:?}, {again} of {wanted} calls sent again with the same token");
}

#[test]
fn ten_killed_runs_are_resumed_and_every_change_is_made_once() {
    (0..10).for_each(|seed| try_one(seed, (Files::AsTheyWere, State::Folder)));
}

#[test]
fn ten_more_killed_runs_are_resumed_and_every_change_is_made_once() {
    (10..20).for_each(|seed| try_one(seed, (Files::AsTheyWere, State::Folder)));
}

#[test]
fn killed_runs_whose_files_changed_are_resumed_and_every_change_is_made_once() {
    (20..24).for_each(|seed| try_one(seed, (Files::Changed, State::Folder)));
}

#[test]
fn killed_runs_whose_files_are_gone_are_resumed_and_every_change_is_made_once() {
    (24..28).for_each(|seed| try_one(seed, (Files::Gone, State::Folder)));
}

#[test]
fn ten_runs_killed_on_one_machine_are_resumed_on_another_and_every_change_is_made_once() {
    (30..40).for_each(|seed| try_one(seed, (Files::AsTheyWere, State::Bucket)));
}

#[test]
fn ten_more_runs_killed_on_one_machine_are_resumed_on_another_and_every_change_is_made_once() {
    (40..50).for_each(|seed| try_one(seed, (Files::AsTheyWere, State::Bucket)));
}
