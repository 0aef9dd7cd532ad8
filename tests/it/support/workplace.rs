//! The place that xdeploy is run from: a folder, an endpoint, and the source account's keys.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::world::SOURCE;

/// A folder with environment files, and nothing of this machine's AWS settings in sight.
pub struct Workplace {
    folder: TempDir,
    endpoint: String,
}

/// How the program ended.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workplace {
    /// Returns an empty folder from which xdeploy reaches `endpoint`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, endpoint: endpoint.into() }
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder takes files");
        path
    }

    /// Runs xdeploy with the source account's keys.
    pub fn xdeploy<const N: usize>(&self, arguments: [&str; N]) -> Ended {
        self.xdeploy_as(SOURCE, &arguments)
    }

    /// Runs xdeploy with the keys of any account.
    pub fn xdeploy_as(&self, account: &str, arguments: &[&str]) -> Ended {
        let output = self
            .command(env!("CARGO_BIN_EXE_xdeploy"), account)
            .args(arguments)
            .output()
            .expect("the program is built");
        Ended {
            code: output.status.code().expect("the program ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Returns a command that runs in the folder and knows the endpoint and an account's keys only.
    pub fn command(&self, program: impl AsRef<Path>, account: &str) -> Command {
        let home = self.folder.path();
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(home)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("AWS_CONFIG_FILE", home.join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

impl Ended {
    /// Returns the report that `--output json` printed.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Returns one stack instance of the report.
    pub fn instance(&self, account: &str, stack: &str) -> Value {
        let report = self.report();
        let instances = report["stack_instances"].as_array().expect("a list").clone();
        instances
            .into_iter()
            .find(|instance| instance["account"] == account && instance["stack"] == stack)
            .unwrap_or_else(|| panic!("no {account}/{stack} in {report:#}"))
    }

    /// Returns each stack instance and its outcome, as `dev/app created`, sorted.
    pub fn outcomes(&self) -> Vec<String> {
        let report = self.report();
        let line = |instance: &Value| {
            let text = |key: &str| instance[key].as_str().expect("text").to_owned();
            format!("{}/{} {}", text("account"), text("stack"), text("outcome"))
        };
        let instances = report["stack_instances"].as_array().expect("a list");
        let mut lines: Vec<String> = instances.iter().map(line).collect();
        lines.sort();
        lines
    }

    /// Ends the test, with everything the program said, unless it ended with `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}
