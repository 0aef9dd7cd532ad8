//! A pipeline in the sandbox, made and read by boto3, and the workers that carry out its actions.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value as Json;

use super::counted::Counted;
use super::files::SETTING;
use super::peers::{Server, program};
use super::workplace::Workplace;
use super::world::SOURCE;

/// How long a worker is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// The pipeline's account with its role, buckets and action type, and accounts to deploy to.
pub struct Pipelines {
    pub server: Server,
    pub way: Counted,
    pub place: Workplace,
    /// The version of the action type that is deployed with.
    pub version: &'static str,
}

/// The environment that pipelines deploy: two stacks, one of which needs the other, in each account.
pub fn environment(accounts: usize, name: &str) -> String {
    let accounts: Vec<String> =
        (1..=accounts).map(|n| format!("a{n:02}: '{:012}'", 100_000_000_000 + n as u64)).collect();
    format!(
        "environment: {name}\nsource: {{ account: '{SOURCE}' }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts: {{ {} }}\nstacks:\n  {name}-first: {{ template: \
         ../stacks/app.yaml }}\n  {name}-second: {{ template: ../stacks/app.yaml, parameters: {{ \
         Value: '${{output:{name}-first.Value}}' }} }}\n",
        accounts.join(", ")
    )
}

impl Pipelines {
    /// Returns pipelines whose stacks take `seconds` for each resource, served with `flags`.
    pub fn new(seconds: &str, flags: &[&str]) -> Self {
        let beforehand = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let path = beforehand.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            std::fs::write(&path, text).expect("the folder takes files");
            path
        };
        write("stacks/app.yaml", SETTING);
        let file = write("environments/all.yaml", &environment(40, "all"));
        let server = Server::sandbox_with(seconds, &[file.to_str().expect("UTF-8")], flags);
        let way = Counted::to(&server.endpoint());
        let place = Workplace::new(way.endpoint());
        let pipelines = Self { server, way, place, version: "1" };
        pipelines.boto3(&["set-up"]);
        pipelines
    }

    /// Runs boto3's side of it, and returns what it printed.
    #[track_caller]
    pub fn boto3(&self, arguments: &[&str]) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/actions.py");
        let mut command = self.place.command(program("python"), SOURCE);
        let output = command.arg(script).args(arguments).output().expect("boto3 is installed");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}\n{}", self.server.log());
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Packs files into an archive in this folder.
    pub fn archive(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        use std::io::Write;
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*name, options).expect("memory takes files");
            archive.write_all(text.as_bytes()).expect("memory takes files");
        }
        let path = self.place.path().join(name);
        let packed = archive.finish().expect("memory takes files").into_inner();
        std::fs::write(&path, packed).expect("the folder takes files");
        path
    }

    /// Starts a pipeline on an archive, with actions by their names and configurations.
    pub fn start(&self, name: &str, archive: &Path, actions: &Json) {
        let archive = archive.to_str().expect("UTF-8");
        self.boto3(&["run", name, archive, &actions.to_string()]);
    }

    /// Starts a pipeline that deploys an environment of so many accounts with one action.
    pub fn start_one(&self, name: &str, accounts: usize, configuration: Json) {
        let file = format!("environments/{name}.yaml");
        let text = environment(accounts, name);
        let archive = self.archive(
            &format!("{name}.zip"),
            &[(file.as_str(), text.as_str()), ("stacks/app.yaml", SETTING)],
        );
        let (mut configuration, version) = (configuration, self.version);
        configuration["Environment"] = file.into();
        let action = serde_json::json!([{
            "name": "deploy", "configuration": configuration, "version": version,
        }]);
        self.start(name, &archive, &action);
    }

    /// Waits until a pipeline is over, and returns what is told of its actions.
    #[track_caller]
    pub fn wait(&self, name: &str) -> Json {
        serde_json::from_str(&self.boto3(&["wait", name])).expect("boto3 prints JSON")
    }

    /// Starts a worker in a folder of its own, or in one that others share.
    pub fn worker(&self, state: &str, arguments: &[&str]) -> Worker {
        let command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        Worker::start(command, &self.place.path().join(state), arguments)
    }

    /// Starts a worker that gets the keys of a role, as a task of ECS does.
    pub fn worker_as(&self, role: &str, state: &str, arguments: &[&str]) -> Worker {
        let mut command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        let keys = format!("{}/_sandbox/credentials/ecs-tasks.amazonaws.com", self.way.endpoint());
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{keys}/{role}"));
        Worker::start(command, &self.place.path().join(state), arguments)
    }

    /// Returns how often each changing call was sent, by account, action and token.
    pub fn sent(&self) -> std::collections::BTreeMap<String, usize> {
        let mut sent = std::collections::BTreeMap::new();
        for request in self.way.requests() {
            let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
            let value = |name: &str| {
                let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
            };
            let Some(action) = value("Action") else { continue };
            let token = value("ClientRequestToken");
            if let (true, Some(token)) = (action.ends_with("Stack"), token) {
                *sent.entry(format!("{action} {token}")).or_default() += 1;
            }
        }
        sent
    }
}

/// A process that works on jobs, and what it says; it is killed when this is dropped.
pub struct Worker {
    process: Child,
    lines: Receiver<String>,
    /// What it said so far, as far as it was read.
    pub said: String,
}

impl Worker {
    fn start(mut command: Command, state: &Path, arguments: &[&str]) -> Self {
        command.args(["codepipeline", "worker", "--state-dir"]).arg(state).args(arguments);
        Self::of(command)
    }

    /// Starts a process that works on jobs.
    pub fn of(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let stderr = BufReader::new(process.stderr.take().expect("stderr is a pipe"));
        let (teller, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if teller.send(line).is_err() {
                    break;
                }
            }
        });
        Self { process, lines, said: String::new() }
    }

    /// Reads on until a line holds `word`, and returns the line.
    #[track_caller]
    pub fn until(&mut self, word: &str) -> String {
        loop {
            let line = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(error) => panic!("no `{word}` ({error}) in:\n{}", self.said),
            };
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(word) {
                return line;
            }
        }
    }

    /// Kills it without warning, and returns all that it said.
    pub fn kill(mut self) -> String {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.rest()
    }

    /// Asks it to stop, waits until it has, and returns its exit code and all that it said.
    #[track_caller]
    pub fn stop(mut self) -> (i32, String) {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("it lives");
        let status = self.process.wait().expect("it is our own child");
        (status.code().expect("it ends by itself"), self.rest())
    }

    fn rest(&mut self) -> String {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        std::mem::take(&mut self.said)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
