//! `docs/repository-access.md`: one role that may pull from one repository of another account.

use crate::support::accounts::put_role;
use crate::support::caller::Caller;
use crate::support::peers::{AwsCli, Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const SETUP: &str = "environments/repository-access.yaml";
const ENTER: &str = "environments/enter/repository-access.yaml";
const IMAGES: &str = "100000000006";
const WORKLOAD: &str = "100000000007";
const PULL: &str = "arn:aws:iam::100000000006:role/pull-shop-web";
const CONSUMER: &str = "arn:aws:iam::100000000007:role/image-consumer";

#[tokio::test]
async fn one_role_pulls_from_one_repository_until_all_is_destroyed() {
    let server = Server::sandbox_of("0", &[SETUP]);
    let workplace = Workplace::new(server.endpoint());
    let pull = set_up_and_enter(&workplace);

    let images = AwsCli::with_key(&workplace, IMAGES, "test");
    let decisions = |actions: &[&str], resource: &str| {
        let ask = ["iam", "simulate-principal-policy", "--policy-source-arn", PULL];
        let query = ["--query", "EvaluationResults[].EvalDecision", "--output", "text"];
        let about = ["--resource-arns", resource, "--action-names"];
        images.says(&[&ask[..], &query, &about, actions].concat())
    };
    let repository = "arn:aws:ecr:eu-central-1:100000000006:repository/shop/web";
    let pulling =
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"];
    assert_eq!(decisions(&pulling, repository), "allowed\tallowed\tallowed");
    assert_eq!(decisions(&["ecr:GetAuthorizationToken"], "*"), "allowed");
    assert_eq!(decisions(&["ecr:PutImage"], repository), "implicitDeny");
    let other = repository.replace("/web", "/api");
    assert_eq!(decisions(&["ecr:BatchGetImage"], &other), "implicitDeny");
    pull.may_not(&[&["s3", "ls"], &["iam", "list-roles"]]);

    tear_down(&server, &workplace, &pull).await;
}

#[tokio::test]
async fn ministack_lets_only_the_one_role_in() {
    let server = Server::ministack();
    for account in [IMAGES, WORKLOAD] {
        put_role(&server.endpoint(), account, "OrganizationAccountAccessRole", None).await;
    }
    let workplace = Workplace::new(server.endpoint());
    let pull = set_up_and_enter(&workplace);
    tear_down(&server, &workplace, &pull).await;
}

/// Deploys all of it and returns the CLI in the role that pulls, reached through the consumer.
fn set_up_and_enter(workplace: &Workplace) -> AwsCli<'_> {
    let applied = workplace.apply(SETUP, 0);
    assert_eq!(applied.outcomes().len(), 3, "{:?}", applied.outcomes());
    let write = ["profiles", ENTER, "--write", "--credential-source", "environment"];
    workplace.xdeploy(write).expect_code(0);

    let source = AwsCli::with_key(workplace, SOURCE, "test");
    let assume = ["sts", "assume-role", "--role-session-name", "other", "--role-arn"];
    // The role that pulls trusts the consumer only, whoever else knows its name.
    source.may_not(&[&[&assume[..], &[PULL]].concat()]);
    let consumer = source.with_profile("pull-workload");
    assert!(
        consumer.whoami().starts_with("arn:aws:sts::100000000007:assumed-role/image-consumer/")
    );
    let administrator = "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole";
    consumer.may_not(&[&[&assume[..], &[administrator]].concat()]);
    let pull = source.with_profile("pull-images");
    let me = "arn:aws:sts::100000000006:assumed-role/pull-shop-web/pull";
    assert_eq!(pull.whoami(), me);
    let mut exec = source.command(env!("CARGO_BIN_EXE_xdeploy"));
    exec.args(["exec", ENTER, "--account", "images", "--"]).arg(program("aws"));
    let exec = exec.args(["sts", "get-caller-identity"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&exec.stdout);
    assert!(said.contains(me), "{said}{}", String::from_utf8_lossy(&exec.stderr));
    pull
}

async fn tear_down(server: &Server, workplace: &Workplace, pull: &AwsCli<'_>) {
    let destroyed = workplace.destroy(SETUP, 0);
    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
    // ministack lets a session outlive its role: the CLI must not use the one it kept.
    std::fs::remove_dir_all(workplace.path().join(".aws/cli/cache"))
        .expect("the CLI keeps sessions");
    pull.is_refused(&["sts", "get-caller-identity"]);
    for account in [IMAGES, WORKLOAD] {
        let stacks = Caller::root(&server.endpoint(), account).stacks().await;
        assert!(
            stacks
                .iter()
                .all(|s| s.stack_name() == Some("bootstrap-OrganizationAccountAccessRole"))
        );
        let roles = AwsCli::with_key(workplace, account, "test").says(&["iam", "list-roles"]);
        assert!(!roles.contains(PULL) && !roles.contains(CONSUMER), "{roles}");
    }
}
