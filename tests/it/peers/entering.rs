//! The AWS CLI uses the profiles and credentials that we write.

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const FILE: &str = "environments/all.yaml";

/// Runs the AWS CLI with a profile of the workplace's files and returns whose session it is.
#[track_caller]
fn whoami(workplace: &Workplace, profile: &str) -> String {
    let mut command = workplace.command(program("aws"), SOURCE);
    let call = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
    let output = command.args(["--profile", profile]).args(call).output().expect("the CLI runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_aws_cli_enters_each_account_with_our_profiles() {
    let server = Server::sandbox_of("0", &[FILE]);
    let workplace = Workplace::new(server.endpoint());
    workplace.xdeploy(["profiles", FILE, "--write", "--credential-source", "environment"]);
    for (account, id) in [("dev", "100000000001"), ("prod", "100000000004")] {
        assert_eq!(
            whoami(&workplace, &format!("all-{account}")),
            format!("arn:aws:sts::{id}:assumed-role/xdeploy-deployer/xdeploy-all")
        );
    }
}

#[test]
fn the_aws_cli_uses_the_credentials_that_assume_wrote() {
    let server = Server::sandbox_of("0", &[FILE]);
    let workplace = Workplace::new(server.endpoint());
    workplace.xdeploy(["assume", FILE, "test", "--profile", "by-hand"]).expect_code(0);
    assert_eq!(
        whoami(&workplace, "by-hand"),
        "arn:aws:sts::100000000002:assumed-role/xdeploy-deployer/xdeploy-all"
    );
}
