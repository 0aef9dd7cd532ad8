//! The life of the project's own examples in four accounts.

use crate::support::accounts::{FOUR, put_deployers};
use crate::support::caller::Caller;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const ALL: &str = "environments/all.yaml";

async fn four_accounts() -> (Server, Workplace) {
    let server = Server::ministack();
    put_deployers(&server.endpoint()).await;
    let workplace = Workplace::new(server.endpoint());
    (server, workplace)
}

#[tokio::test]
async fn four_accounts_get_three_stacks_each_that_consume_one_another() {
    let (server, workplace) = four_accounts().await;

    let applied = workplace.apply(ALL, 0);

    assert_eq!(applied.outcomes().len(), 13, "{:?}", applied.outcomes());
    assert!(applied.outcomes().iter().all(|line| line.ends_with(" created")));
    for (account, id) in FOUR {
        let role = &applied.instance(account, "cross-account-role")["outputs"]["RoleArn"];
        assert!(role.as_str().expect("an ARN").starts_with(&format!("arn:aws:iam::{id}:role/")));
        let queue = &applied.instance(account, "app")["outputs"]["WorkQueueArn"];
        assert!(queue.as_str().expect("an ARN").starts_with("arn:aws:sqs:eu-central-1:"));
        assert!(queue.as_str().expect("an ARN").contains(id));
        assert_eq!(parameter(&server, id, "app", "OperatorRoleArn").await, *role);
        assert_eq!(parameter(&server, id, "app-settings", "WorkQueueArn").await, *queue);
    }
    let roles = parameter(&server, SOURCE, "hub-trust", "RoleArns").await;
    assert_eq!(roles.split(',').count(), 4, "{roles}");
}

#[tokio::test]
async fn a_second_apply_changes_nothing_and_a_changed_parameter_updates_one_stack_only() {
    let (_server, workplace) = four_accounts().await;
    let dev = "environments/dev.yaml";
    workplace.apply(dev, 0);

    let again = workplace.apply(dev, 0);
    assert!(again.outcomes().iter().all(|line| line.ends_with(" unchanged")), "{again:?}");

    let text = std::fs::read_to_string(workplace.path().join(dev)).expect("an example");
    workplace.write(dev, &text.replace("Tier: silver", "Tier: gold"));
    let changed = workplace.apply(dev, 0);
    assert_eq!(
        changed.outcomes(),
        ["dev/app updated", "dev/app-settings unchanged", "dev/cross-account-role unchanged"]
    );
    assert_eq!(changed.instance("dev", "app")["status"], "UPDATE_COMPLETE");
}

#[tokio::test]
async fn several_files_are_applied_side_by_side() {
    let (_server, workplace) = four_accounts().await;
    let apply =
        ["apply", "environments/dev.yaml", "environments/test.yaml", "--yes", "--output", "json"];

    let applied = workplace.xdeploy(apply).expect_code(0);

    assert_eq!(applied.json()["environments"], serde_json::json!(["dev", "test"]));
    assert_eq!(applied.outcomes().len(), 6, "{:?}", applied.outcomes());
}

#[tokio::test]
async fn outputs_and_status_tell_what_stands() {
    let (_server, workplace) = four_accounts().await;
    let applied = workplace.apply("environments/dev.yaml", 0);

    let outputs = workplace.xdeploy(["outputs", "environments/dev.yaml", "--output", "json"]);
    let role = &applied.instance("dev", "cross-account-role")["outputs"]["RoleArn"];
    assert!(outputs.stdout.contains(role.as_str().expect("an ARN")), "{outputs:?}");

    let status = workplace.xdeploy(["status", ALL, "--output", "json"]).expect_code(0);
    assert_eq!(status.stdout.matches("CREATE_COMPLETE").count(), 3, "{status:?}");
}

#[tokio::test]
async fn destroy_leaves_nothing_but_what_stood_before() {
    let (server, workplace) = four_accounts().await;
    workplace.apply(ALL, 0);

    let destroyed = workplace.destroy(ALL, 0);

    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
    for (_, id) in FOUR {
        let stacks = Caller::root(&server.endpoint(), id).stacks().await;
        let names: Vec<_> = stacks.iter().filter_map(|stack| stack.stack_name()).collect();
        assert_eq!(names, ["bootstrap-xdeploy-deployer"]);
    }
    assert!(Caller::root(&server.endpoint(), SOURCE).stacks().await.is_empty());
    let again = workplace.destroy(ALL, 0);
    assert!(again.outcomes().iter().all(|line| line.ends_with(" unchanged")), "{again:?}");
}

async fn parameter(server: &Server, account: &str, stack: &str, name: &str) -> String {
    let found = Caller::root(&server.endpoint(), account).settled(stack).await.expect("it stands");
    let parameter = found.parameters().iter().find(|p| p.parameter_key() == Some(name));
    parameter.and_then(|p| p.parameter_value()).expect("the stack has the parameter").to_owned()
}
