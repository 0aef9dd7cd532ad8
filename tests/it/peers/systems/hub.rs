//! `docs/hub.md`: builds of one account that deploy to three others.

use crate::support::caller::Caller;
use crate::support::peers::{AwsCli, Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const SETUP: &str = "environments/hub.yaml";
const ENTER: &str = "environments/enter/hub.yaml";
const TARGETS: [(&str, &str); 3] =
    [("test", "100000000002"), ("acceptance", "100000000003"), ("production", "100000000005")];

/// Returns the address at which a build gets the keys of its role.
fn keys_of_the_build(server: &Server) -> String {
    let role = format!("arn:aws:iam::{SOURCE}:role/hub-build");
    format!("{}/_sandbox/credentials/codebuild.amazonaws.com/{role}", server.endpoint())
}

#[tokio::test]
async fn a_build_deploys_to_each_target_and_nothing_else_until_all_is_destroyed() {
    let server = Server::sandbox_of("0", &[SETUP]);
    let workplace = Workplace::new(server.endpoint());
    let applied = workplace.apply(SETUP, 0);
    assert_eq!(applied.outcomes().len(), 7, "{:?}", applied.outcomes());
    let write = ["profiles", ENTER, "--write", "--credential-source", "container"];
    workplace.xdeploy(write).expect_code(0);

    let build = AwsCli::in_container(&workplace, &keys_of_the_build(&server));
    assert_eq!(build.whoami(), format!("arn:aws:sts::{SOURCE}:assumed-role/hub-build/codebuild"));
    let administrator = "arn:aws:iam::100000000005:role/OrganizationAccountAccessRole";
    build.may_not(&[
        &["sts", "assume-role", "--role-session-name", "other", "--role-arn", administrator],
        &["s3", "ls"],
    ]);
    for (name, id) in TARGETS {
        deploy(&workplace, &build.with_profile(&format!("hub-build-{name}")), name, id);
    }
    let mut exec = build.command(env!("CARGO_BIN_EXE_xdeploy"));
    exec.args(["exec", ENTER, "--"]).arg(program("aws"));
    let exec = exec.args(["sts", "get-caller-identity"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&exec.stdout);
    assert!(exec.status.success(), "{}", String::from_utf8_lossy(&exec.stderr));
    assert_eq!(said.matches("-role/hub-build\"").count(), 3, "{said}");

    let destroyed = workplace.destroy(SETUP, 0);
    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
    build.is_refused(&["sts", "get-caller-identity"]);
    for (_, id) in [("source", SOURCE)].into_iter().chain(TARGETS) {
        assert!(Caller::root(&server.endpoint(), id).stacks().await.is_empty(), "{id}");
        let roles = AwsCli::with_key(&workplace, id, "test").says(&["iam", "list-roles"]);
        assert!(!roles.contains("crossaccount-") && !roles.contains("hub-build"), "{roles}");
    }
}

/// Does in a target what a build may do there, and tries what it may not.
#[track_caller]
fn deploy(workplace: &Workplace, build: &AwsCli<'_>, name: &str, id: &str) {
    let me = format!("arn:aws:sts::{id}:assumed-role/crossaccount-{name}-role/hub-build");
    assert_eq!(build.whoami(), me);
    let bucket = format!("s3://deployments-{id}");
    let object = format!("{bucket}/app/index.html");
    workplace.write("index.html", "hello");
    build.says(&["s3", "cp", "index.html", &object]);
    assert!(build.says(&["s3", "ls", "--recursive", &bucket]).ends_with(" 5 app/index.html"));
    assert_eq!(build.says(&["s3", "cp", &object, "-"]), "hello");
    build.says(&["s3", "rm", &object]);
    assert_eq!(build.says(&["s3", "ls", &bucket]), "");
    let put = |name| ["ssm", "put-parameter", "--type", "String", "--value", "1", "--name", name];
    build.says(&put("/deployments/version"));

    let other = format!("s3://other-{id}");
    AwsCli::with_key(workplace, id, "test").says(&["s3", "mb", &other]);
    build.may_not(&[
        &["s3", "cp", "index.html", &format!("{other}/index.html")],
        &["s3", "ls", &other],
        &["s3", "ls"],
        &put("/other"),
        &["iam", "list-roles"],
        &["cloudformation", "list-stacks"],
    ]);
}
