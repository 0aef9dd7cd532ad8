//! The real binary, run in a folder of its own with a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::bound::Bound;

/// A folder in which the binary is run.
pub struct Desk {
    folder: tempfile::TempDir,
    _bound: Bound,
}

/// What the binary printed and how it ended.
#[derive(Debug)]
pub struct Printed {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    /// Returns an empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), _bound: Bound::begin() }
    }

    /// Returns a folder with copies of the project's own environments and stacks.
    pub fn with_examples() -> Self {
        let desk = Self::empty();
        for name in ["environments", "stacks"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), &desk.path().join(name));
        }
        desk
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("the folder takes files");
        path
    }

    /// Returns the binary, to be run in this folder, with nothing of the machine's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xdeploy"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        Printed::from(self.command(arguments).output().expect("the binary can be started"))
    }
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("the folder takes folders");
    for entry in std::fs::read_dir(from).expect("the examples are there") {
        let entry = entry.expect("the examples can be listed");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).expect("they can be copied");
        }
    }
}

impl From<Output> for Printed {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the binary prints UTF-8");
        Self {
            code: output.status.code().expect("no signal ended the binary"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Printed {
    /// Returns stdout as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns what was printed to stderr as one line.
    pub fn stderr_on_one_line(&self) -> String {
        self.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Ends the test, with all that was printed, unless the binary ended with `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Returns one stack instance of the report.
    pub fn instance(&self, account: &str, stack: &str) -> serde_json::Value {
        let instances = self.instances();
        let is_it = |i: &&serde_json::Value| i["account"] == account && i["stack"] == stack;
        instances.iter().find(is_it).expect("the report holds every instance").clone()
    }

    /// Returns each stack instance of the report and its outcome, as `dev/app created`, sorted.
    pub fn outcomes(&self) -> Vec<String> {
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let line = |i: &serde_json::Value| {
            format!("{}/{} {}", text(&i["account"]), text(&i["stack"]), text(&i["outcome"]))
        };
        let mut lines: Vec<String> = self.instances().iter().map(line).collect();
        lines.sort();
        lines
    }

    fn instances(&self) -> Vec<serde_json::Value> {
        self.json()["stack_instances"].as_array().expect("a report").clone()
    }
}
