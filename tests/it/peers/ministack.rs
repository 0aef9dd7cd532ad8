//! The program against ministack, which enforces signatures, policies, trust and external ids.

use crate::support::accounts::{FOUR, put_deployers};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const ALL: &str = "environments/all.yaml";

#[tokio::test]
async fn four_accounts_get_three_stacks_each_that_consume_one_another() {
    let server = Server::ministack_with_access_control();
    put_deployers(&server.endpoint()).await;
    let workplace = Workplace::new(server.endpoint());

    let applied = workplace.apply(ALL, 0);

    assert_eq!(applied.outcomes().len(), 13, "{:?}", applied.outcomes());
    assert!(applied.outcomes().iter().all(|line| line.ends_with(" created")));
    for (account, id) in FOUR {
        let role = &applied.instance(account, "cross-account-role")["outputs"]["RoleArn"];
        assert!(role.as_str().expect("an ARN").starts_with(&format!("arn:aws:iam::{id}:role/")));
    }
}
