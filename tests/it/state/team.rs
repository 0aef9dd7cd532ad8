//! A team: machines with nothing in common but a bucket.

use std::path::PathBuf;
use std::process::Command;

use crate::support::binary::Printed;
use crate::support::bucket::make_bucket;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// The bucket in which runs are kept.
pub const BUCKET: &str = "state-999999999999";

/// The environment of the team.
pub const FILE: &str = "environment: prod
state: s3://state-999999999999/xdeploy
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { one: '100000000001', two: '100000000002' }
stacks:
  first: { template: app.yaml }
  second: { template: app.yaml, depends-on: [first] }
";

const TEMPLATE: &str = "Resources: { Queue: { Type: 'AWS::SQS::Queue' } }\n";

/// A cloud with a bucket, and machines that reach it.
pub struct Team {
    pub server: Server,
    place: Workplace,
}

impl Team {
    /// Returns a cloud in which a resource takes so many seconds.
    pub fn new(seconds: &str) -> Self {
        let beforehand = tempfile::tempdir().expect("a temporary folder");
        let file = beforehand.path().join("prod.yaml");
        std::fs::write(&file, FILE).expect("the folder takes files");
        std::fs::write(beforehand.path().join("app.yaml"), TEMPLATE).expect("it takes files");
        let server = Server::sandbox_of(seconds, &[file.to_str().expect("UTF-8")]);
        make_bucket(&server.endpoint(), SOURCE, BUCKET);
        let place = Workplace::new(server.endpoint());
        Self { server, place }
    }

    /// Returns a machine with the files of the environment and nothing else.
    pub fn machine(&self) -> Machine<'_> {
        let home = tempfile::tempdir_in(self.place.path()).expect("the folder takes folders");
        // It goes with the place.
        let home = home.keep();
        std::fs::write(home.join("prod.yaml"), FILE).expect("the folder takes files");
        std::fs::write(home.join("app.yaml"), TEMPLATE).expect("the folder takes files");
        Machine { place: &self.place, home }
    }
}

/// A machine of the team.
pub struct Machine<'a> {
    place: &'a Workplace,
    pub home: PathBuf,
}

impl Machine<'_> {
    /// Returns the binary, to be run on it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        command.args(arguments).current_dir(&self.home).env("HOME", &self.home);
        command
    }

    /// Returns a line for its shell, which finds the binary by its name.
    pub fn shell(&self, line: &str) -> Command {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_xdeploy"));
        let folder = binary.parent().expect("a binary stands in a folder");
        let mut command = self.place.command("sh", SOURCE);
        let path = format!("{}:/usr/bin:/bin", folder.display());
        command
            .args(["-c", line])
            .current_dir(&self.home)
            .env("HOME", &self.home)
            .env("PATH", path);
        command
    }

    /// Runs the binary on it to its end.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        Printed::from(self.command(arguments).output().expect("the binary can be started"))
    }
}
