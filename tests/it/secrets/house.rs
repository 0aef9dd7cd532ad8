//! A place with two accounts, whose every secret is a planted one.

use std::path::PathBuf;
use std::process::Command;

use super::planted::{DEFAULT, ENV, Everything, FILE, ID, KEY, LITERAL};
use crate::support::binary::Printed;
use crate::support::counted::Counted;
use crate::support::kept::Followed;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// Two accounts, entered by a role that wants an external id.
const ACCOUNTS: &str = "environment: planted
source: { account: '999999999999' }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
";

/// The real binary, a cloud, and all that was shown so far.
pub struct House {
    /// The way to the cloud, which keeps what it says.
    pub way: Counted,
    /// What the binary showed so far.
    pub seen: Everything,
    /// The external id that roles are assumed with.
    pub external_id: String,
    workplace: Workplace,
    _server: Server,
}

impl House {
    /// Returns a place in which nothing is deployed yet.
    pub fn new() -> Self {
        let seed = Workplace::new("http://127.0.0.1:9");
        let entered = format!("{ACCOUNTS}assume-role: {{ name: deployer, external-id: '{ID}' }}\n");
        seed.write("topic.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
        let stacks = "stacks: { topic: { template: topic.yaml } }\n";
        let seeded = seed.write("seed.yaml", &format!("{entered}{stacks}"));
        let server = Server::sandbox_of("0.05", &[seeded.to_str().expect("UTF-8")]);
        let way = Counted::to(&server.endpoint());
        let workplace = Workplace::new(way.endpoint());
        let literal = serde_json::Value::from(LITERAL);
        let text = format!(
            "{ACCOUNTS}assume-role: {{ name: deployer, external-id: '${{env:PLANTED_ID}}' }}
variables: {{ from-file: '${{file:secret.txt}}' }}
stacks:
  vault:
    template: vault.yaml
    parameters:
      Literal: {literal}
      Env: ${{env:PLANTED}}
      File: ${{variables.from-file}}
"
        );
        workplace.write(super::FILE, &text);
        workplace.write("secret.txt", FILE);
        let external_id = ID.to_owned();
        let seen = Everything::default();
        let house = Self { way, seen, external_id, workplace, _server: server };
        house.template(1, "Seconds: 0");
        house
    }

    /// Writes a version of the stack's template; what the cloud makes of one resource is in `wish`,
    /// and a failure of it repeats a secret as some resources of CloudFormation do.
    pub fn template(&self, version: u32, wish: &str) {
        self.write_template(version, wish, "MinLength: 1");
    }

    /// Writes the stack's template with a rule that one of its secrets has to keep.
    pub fn rule(&self, rule: &str) {
        self.write_template(1, "Seconds: 0", rule);
    }

    fn write_template(&self, version: u32, wish: &str, rule: &str) {
        let echo = if wish.starts_with("FailOn") {
            let echo =
                format!("the password {} is too weak, said {{\"value\":{}}}", ENV, quoted(ENV));
            format!(", Reason: {}", quoted(&echo))
        } else {
            String::new()
        };
        let text = format!(
            "Parameters:
  Literal: {{ Type: String, NoEcho: true }}
  Env: {{ Type: String, NoEcho: true, {rule} }}
  File: {{ Type: String, NoEcho: true }}
  Default: {{ Type: String, NoEcho: true, Default: {DEFAULT} }}
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: {{ Type: String, Value: !Sub '${{Literal}} ${{File}} ${{Default}} {version}' }}
  Weak:
    Type: AWS::SSM::Parameter
    DependsOn: Good
    Metadata: {{ Sandbox: {{ {wish}{echo} }} }}
    Properties: {{ Type: String, Value: !Sub '${{Env}} {version}' }}
Outputs:
  Name: {{ Value: !Ref Good }}
  Whole: {{ Value: !Sub 'file=${{File}} env=${{Env}} default=${{Default}} {version}' }}
"
        );
        self.workplace.write("vault.yaml", &text);
    }

    /// Returns the path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.workplace.path().join(name)
    }

    /// Returns the id of the run that began last.
    pub fn last_run(&self) -> String {
        let runs = self.command(&["runs", "--output", "json"]).output().expect("it can be started");
        let runs = Printed::from(runs).expect_code(0).json();
        runs["runs"][0]["run"].as_str().expect("a run is kept").to_owned()
    }

    /// Runs the binary, and takes in what it shows.
    #[track_caller]
    pub fn run(&mut self, code: i32, words: &[&str]) {
        let output = self.command(words).output().expect("the binary can be started");
        self.keep(words, Printed::from(output).expect_code(code));
    }

    /// Starts the binary and kills it once it says `moment`.
    pub fn leave_unfinished(&mut self, words: &[&str], moment: &str) {
        let mut followed = Followed::start(&mut self.command(words));
        followed.wait_for(moment);
        followed.kill();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.workplace.command(env!("CARGO_BIN_EXE_xdeploy"), SOURCE);
        command
            .args(words)
            .env("AWS_SECRET_ACCESS_KEY", KEY)
            .env("PLANTED", ENV)
            .env("PLANTED_ID", &self.external_id)
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        command
    }

    fn keep(&mut self, words: &[&str], printed: Printed) {
        self.seen.add(format!("`{}` stdout", words.join(" ")), printed.stdout);
        self.seen.add(format!("`{}` stderr", words.join(" ")), printed.stderr);
    }
}

/// Returns a text in double quotes, with what YAML and JSON escape alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
