//! The binary with the source account's keys and an endpoint to use them at.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::binary::{Desk, Printed};
use super::caller::REGION;
use super::world::SOURCE;

/// A run that takes longer waits for something that never comes.
const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// A folder with environment files, from which programs reach one endpoint.
pub struct Workplace {
    desk: Desk,
    endpoint: String,
}

impl Workplace {
    /// Returns a folder with the project's examples, from which `endpoint` is reached.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self { desk: Desk::with_examples(), endpoint: endpoint.into() }
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.desk.path()
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        self.desk.write(name, text)
    }

    /// Runs the binary with the source account's keys.
    pub fn xdeploy<const N: usize>(&self, arguments: [&str; N]) -> Printed {
        self.xdeploy_as(SOURCE, arguments)
    }

    /// Runs the binary with an account's keys.
    pub fn xdeploy_as<const N: usize>(&self, account: &str, arguments: [&str; N]) -> Printed {
        self.xdeploy_with(account, &arguments)
    }

    /// Runs the binary with an access key.
    pub fn xdeploy_with(&self, key: &str, arguments: &[&str]) -> Printed {
        let mut command = self.desk.command(arguments);
        self.point(&mut command, key);
        let mut command = assert_cmd::Command::from_std(command);
        let output = command.timeout(ENDS_WITHIN).output().expect("the binary can be started");
        Printed::from(output)
    }

    /// Runs `xdeploy apply FILE --yes --output json` and expects an exit code.
    #[track_caller]
    pub fn apply(&self, file: &str, code: i32) -> Printed {
        self.xdeploy(["apply", file, "--yes", "--output", "json"]).expect_code(code)
    }

    /// Runs `xdeploy destroy FILE --yes --output json` and expects an exit code.
    #[track_caller]
    pub fn destroy(&self, file: &str, code: i32) -> Printed {
        self.xdeploy(["destroy", file, "--yes", "--output", "json"]).expect_code(code)
    }

    /// Returns another program, to be run in this folder with an account's keys.
    pub fn command(&self, program: impl AsRef<Path>, account: &str) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(self.desk.path())
            .env_clear()
            .env("HOME", self.desk.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", REGION);
        self.point(&mut command, account);
        command
    }

    fn point(&self, command: &mut Command, account: &str) {
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_CONFIG_FILE", self.path().join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path().join("credentials"))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "test");
    }
}
