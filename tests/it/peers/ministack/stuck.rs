//! Stacks that get stuck: in a deletion or in the rollback of an update.

use super::two_accounts;
use crate::support::binary::Printed;
use crate::support::caller::Caller;
use crate::support::files::{HEAD, SETTING};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const STUBBORN: &str = include_str!("stubborn.yaml");

fn environment(value: &str, refuses: &str) -> String {
    format!(
        r#"{HEAD}
stacks:
  setting: {{ template: setting.yaml, accounts: [dev] }}
  stubborn:
    template: stubborn.yaml
    accounts: [dev]
    depends-on: [setting]
    parameters: {{ Value: {value}, Refuses: {refuses} }}
  other: {{ template: setting.yaml, accounts: [dev] }}
"#
    )
}

async fn with_stubborn(refuses: &str) -> (Server, Workplace) {
    let (server, workplace) = two_accounts().await;
    workplace.write("setting.yaml", SETTING);
    workplace.write("stubborn.yaml", STUBBORN);
    workplace.write("prod.yaml", &environment("good", refuses));
    workplace.apply("prod.yaml", 0);
    (server, workplace)
}

#[track_caller]
fn assert_stubborn(printed: &Printed, status: &str, kind: &str, words: [&str; 2]) {
    let instance = printed.instance("dev", "stubborn");
    let failure = &instance["failure"];
    assert_eq!((&instance["status"], &failure["kind"]), (&status.into(), &kind.into()));
    let said = format!("{} {}", failure["message"], failure["help"]);
    assert!(words.iter().all(|word| said.contains(word)), "{failure:#}");
}

#[tokio::test]
async fn a_resource_that_cannot_be_deleted_is_named_and_keeps_what_it_needs() {
    let (server, workplace) = with_stubborn("Delete").await;

    let destroyed = workplace.destroy("prod.yaml", 1);

    assert_eq!(
        destroyed.outcomes(),
        ["dev/other deleted", "dev/setting skipped", "dev/stubborn failed"]
    );
    let words = ["it will not move", "Stubborn (Custom::Stubborn)"];
    assert_stubborn(&destroyed, "DELETE_FAILED", "resource-failed", words);

    let applied = workplace.apply("prod.yaml", 1);
    let words = ["DELETE_FAILED", "--retain-resources"];
    assert_stubborn(&applied, "DELETE_FAILED", "stack-stuck", words);
    let root = Caller::root(&server.endpoint(), "100000000001");
    assert_eq!(root.stacks().await.len(), 4, "the role's, and three of the file's");
}

#[tokio::test]
async fn a_rollback_that_got_stuck_is_continued_once() {
    let (_server, workplace) = with_stubborn("nothing").await;

    workplace.write("prod.yaml", &environment("bad", "nothing"));
    let updated = workplace.apply("prod.yaml", 1);
    let words = ["it will not move", "continue-update-rollback"];
    assert_stubborn(&updated, "UPDATE_ROLLBACK_FAILED", "resource-failed", words);

    workplace.write("prod.yaml", &environment("good", "nothing"));
    let again = workplace.apply("prod.yaml", 1);
    assert_eq!(again.json()["api_calls"]["cloudformation:ContinueUpdateRollback"], 1);
    assert_stubborn(&again, "UPDATE_ROLLBACK_FAILED", "resource-failed", words);
}
