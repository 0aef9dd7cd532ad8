//! `docs/bootstrap.md`: the first role of each account, and then everything else through it.

use crate::support::caller::Caller;
use crate::support::peers::{AwsCli, Server};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const BOOTSTRAP: &str = "environments/bootstrap.yaml";
const ALL: &str = "environments/all.yaml";
const PROFILE: &str =
    "[prod-admin]\naws_access_key_id = 100000000004\naws_secret_access_key = test\n";

const FOUR: [(&str, &str); 4] = crate::support::accounts::FOUR;

#[tokio::test]
async fn the_first_role_comes_by_what_is_there_and_leads_to_all_else_until_both_are_gone() {
    let flags = ["--iam-propagation", "15s"];
    let server = Server::sandbox_with("0", &[BOOTSTRAP], &flags);
    let workplace = Workplace::new(server.endpoint());
    workplace.write("credentials", PROFILE);

    let made = workplace.apply(BOOTSTRAP, 0);
    assert_eq!(made.outcomes().len(), 4, "{:?}", made.outcomes());
    let applied = workplace.apply(ALL, 0);
    assert_eq!(applied.outcomes().len(), 13, "{:?}", applied.outcomes());
    assert!(applied.stderr.contains("waiting for IAM"), "{}", applied.stderr);

    workplace.xdeploy(["profiles", ALL, "--write", "--credential-source", "environment"]);
    let hub = AwsCli::with_key(&workplace, SOURCE, "test");
    for (name, id) in FOUR {
        let me = format!("arn:aws:sts::{id}:assumed-role/xdeploy-deployer/xdeploy-all");
        assert_eq!(hub.with_profile(&format!("all-{name}")).whoami(), me);
    }

    workplace.destroy(ALL, 0);
    workplace.destroy(BOOTSTRAP, 0);
    for (name, id) in FOUR {
        assert!(Caller::root(&server.endpoint(), id).stacks().await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn what_was_bootstrapped_is_refused_again_once_it_is_destroyed() {
    let server = Server::sandbox_of("0", &[BOOTSTRAP]);
    let workplace = Workplace::new(server.endpoint());
    workplace.write("credentials", PROFILE);
    workplace.apply(BOOTSTRAP, 0);
    workplace.xdeploy(["profiles", ALL, "--write", "--credential-source", "environment"]);
    let dev = AwsCli::with_key(&workplace, SOURCE, "test").with_profile("all-dev");
    dev.whoami();
    workplace.destroy(BOOTSTRAP, 0);
    dev.is_refused(&["sts", "get-caller-identity"]);
    let began = std::time::Instant::now();
    let refused = workplace.xdeploy(["assume", ALL, "dev", "--format", "json"]).expect_code(3);
    // The role was deleted: nothing is left to be waited for.
    assert!(!refused.stderr.contains("waiting for IAM"), "{}", refused.stderr);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
