//! What `plan` tells, judged by change sets that somebody else makes.

use serde_json::{Value, json};

use super::two_accounts;
use crate::support::caller::Caller;
use crate::support::files::{HEAD, SETTING};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const DEV: &str = "100000000001";
const FILE: &str = "environment.yaml";

fn write(workplace: &Workplace, value: &str) {
    workplace.write("app.yaml", SETTING);
    let stacks =
        format!("stacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n");
    workplace.write(FILE, &format!("{HEAD}{stacks}"));
}

/// Returns the summary of a plan, and what it tells of `app` in the account `dev`.
fn planned(workplace: &Workplace) -> (Value, Value) {
    let ran = workplace.xdeploy(["plan", FILE, "--output", "json"]).expect_code(0);
    (ran.json()["summary"].clone(), ran.instance("dev", "app"))
}

/// Returns the stacks of the account `dev` with their status, and their change sets.
async fn left(server: &Server) -> Vec<String> {
    let caller = Caller::root(&server.endpoint(), DEV);
    let mut left = Vec::new();
    for stack in caller.stacks().await {
        let name = stack.stack_name().unwrap_or_default();
        left.push(format!("{name} {}", stack.stack_status().map_or("", |status| status.as_str())));
        let listed = caller.cloudformation().list_change_sets().stack_name(name).send().await;
        let listed = listed.expect("change sets are listed");
        let names = listed.summaries().iter().filter_map(|it| it.change_set_name());
        left.extend(names.map(|name| format!("change set {name}")));
    }
    left
}

#[tokio::test]
async fn a_plan_tells_an_update_and_none_and_leaves_nothing_behind() {
    let (server, workplace) = two_accounts().await;
    write(&workplace, "one");
    let before = left(&server).await;

    let (absent, _) = planned(&workplace);
    assert_eq!(absent["created"], 2);
    assert_eq!(left(&server).await, before, "no stack waits for a change set");

    workplace.apply(FILE, 0);
    let standing = left(&server).await;
    let (same, _) = planned(&workplace);
    assert_eq!(same["unchanged"], 2, "{same}");
    assert_eq!(left(&server).await, standing);

    write(&workplace, "two");
    let (changed, app) = planned(&workplace);
    assert_eq!(changed["updated"], 2, "{changed}");
    assert_eq!(app["changes"][0]["action"], "modify", "{app}");
    assert_eq!(app["changes"][0]["resource"], "Setting", "{app}");
    assert_eq!(app["changes"][0]["resource_type"], "AWS::SSM::Parameter", "{app}");
    assert_eq!(app["notes"], json!(null), "{app}");
    assert_eq!(left(&server).await, standing);
    assert_eq!(workplace.apply(FILE, 0).json()["summary"]["updated"], 2);
}
