//! State in S3 servers that nobody here wrote: conditional writes are heeded, and a run is seen from another machine.

use crate::support::accounts::put_role;
use crate::support::binary::Printed;
use crate::support::bucket::make_bucket;
use crate::support::files::HEAD;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const TEMPLATE: &str = r#"
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: !Sub "/${AWS::StackName}", Value: one }
"#;

/// Applies from one machine and looks from another; the source account is called so there.
fn goes_through(server: &Server, source: &str) {
    make_bucket(&server.endpoint(), source, "state");
    let workplace = Workplace::new(server.endpoint());
    let head = HEAD.replace("999999999999", source);
    let stacks = "stacks:\n  one: { template: app.yaml }\n";
    workplace.write("app.yaml", TEMPLATE);
    workplace.write("prod.yaml", &format!("state: s3://state/team\n{head}\n{stacks}"));
    let checked = workplace.xdeploy_as(source, ["state", "check", "prod.yaml"]).expect_code(0);
    assert_eq!(checked.stdout.lines().filter(|line| line.starts_with("  can ")).count(), 7);
    let apply = ["apply", "prod.yaml", "--yes", "--output", "json", "--wait"];
    let from_elsewhere = |arguments: &[&str]| {
        let home = tempfile::tempdir_in(workplace.path()).expect("the folder takes folders");
        let mut command = workplace.command(env!("CARGO_BIN_EXE_xdeploy"), source);
        command.args(arguments).env("HOME", home.path());
        Printed::from(command.output().expect("the binary can be started"))
    };
    assert_eq!(from_elsewhere(&apply).expect_code(0).json()["result"], "succeeded");
    // The same environment at the same time, from two machines: one waits for the other.
    std::thread::scope(|threads| {
        let both =
            [threads.spawn(|| from_elsewhere(&apply)), threads.spawn(|| from_elsewhere(&apply))];
        for one in both {
            one.join().expect("it does not panic").expect_code(0);
        }
    });
    let runs = ["runs", "--of", "prod.yaml", "--output", "json"];
    let runs = from_elsewhere(&runs).expect_code(0).json();
    let runs = runs["runs"].as_array().expect("a list").clone();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run["result"] == "succeeded"), "{runs:?}");
    let report = from_elsewhere(&["report", "latest", "--of", "prod.yaml", "--output", "json"]);
    assert_eq!(report.expect_code(0).json()["result"], "succeeded");
}

#[test]
fn moto_keeps_runs_as_s3_does() {
    // Moto takes every key for this account's.
    goes_through(&Server::moto(), "123456789012");
}

#[tokio::test]
async fn ministack_keeps_runs_as_s3_does() {
    let server = Server::ministack();
    for account in ["100000000001", "100000000002"] {
        put_role(&server.endpoint(), account, "deployer", None).await;
    }
    tokio::task::spawn_blocking(move || goes_through(&server, "999999999999"))
        .await
        .expect("it ends");
}
