//! Accounts of AWS Organizations that leave a group, are called otherwise, or are not known to have been there: what
//! commands that change refuse, and that nothing is deleted for it.

use super::organization::{FILE, desk, fast, organize};
use crate::support::binary::Desk;

fn refused(desk: &Desk, arguments: &[&str]) -> String {
    let printed = fast(desk, arguments).expect_code(5);
    printed.stderr_on_one_line()
}

#[test]
fn who_leaves_a_group_is_told_refused_and_loses_nothing_to_prune() {
    let desk = desk();
    let was = [("pay", "Work/Prod"), ("cards", "Work/Prod/Pci")];
    organize(&desk, &was);
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    organize(&desk, &[was[0], ("cards", "Work/Prod")]);
    let plan = fast(&desk, &["plan", "prod.yaml"]).expect_code(0).stderr_on_one_line();
    assert!(plan.contains("2 of them from AWS Organizations; no longer in pci: cards"), "{plan}");
    for command in [&["apply", "prod.yaml", "--yes"][..], &["prune", "prod.yaml", "--yes"]] {
        let told = refused(&desk, command);
        assert!(told.contains("1 of the 1 account that the group pci of prod had"), "{told}");
    }
    let apply = ["apply", "prod.yaml", "--accept-accounts", "--output", "json"];
    let applied = fast(&desk, &apply).expect_code(0);
    assert!(applied.outcomes().contains(&"cards/app created".to_owned()), "{applied:?}");
    // The run after that knows the new set, and prune knows that it is a new one.
    for _ in 0..2 {
        let told = refused(&desk, &["prune", "prod.yaml", "--yes"]);
        assert!(told.contains("1 stack instance may be left behind only as"), "{told}");
        assert!(told.contains("cards/eu-central-1/strict"), "{told}");
        fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    }
    let accepted = ["prune", "prod.yaml", "--yes", "--accept-accounts", "--output", "json"];
    assert_eq!(fast(&desk, &accepted).expect_code(0).json()["summary"]["deleted"], 1);
}

#[test]
fn what_the_file_takes_away_is_pruned_without_asking_for_the_accounts() {
    let desk = desk();
    let was = [("pay", "Work/Prod"), ("cards", "Work/Prod/Pci"), ("test", "Work/Test")];
    organize(&desk, &was);
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    // `test` moves into the group, and is deployed anew there; then the file takes both stacks away from it.
    organize(&desk, &[was[0], was[1], ("test", "Work/Prod/Pci")]);
    let told = refused(&desk, &["prune", "prod.yaml", "--yes"]);
    assert!(told.contains("test/eu-central-1/app"), "{told}");
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    desk.write(
        "prod.yaml",
        FILE.replace("accounts: [pci], tags", "accounts: [pci, '!test'], tags"),
    );
    let arguments = ["prune", "prod.yaml", "--yes", "--stack", "strict", "--output", "json"];
    assert_eq!(fast(&desk, &arguments).expect_code(0).json()["summary"]["deleted"], 1);
}

#[test]
fn an_account_that_another_takes_the_name_of_is_told_under_both_of_its_names() {
    let desk = desk();
    desk.write("prod.yaml", FILE.replace("[\"*\", \"!pci\"]", "[\"*\", \"!pci\", \"!sandbox-?\"]"));
    let was = [("pay", "Work/Prod"), ("cards", "Work/Prod/Pci"), ("sandbox-1", "Work/Test")];
    organize(&desk, &was);
    let applied = fast(&desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(applied.outcomes().len(), 3, "{applied:?}");
    organize(&desk, &[was[0], was[1], was[2], ("sandbox-1", "Work")]);
    let applied = fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    let told = applied.stderr_on_one_line();
    let expected = "new since the last run: 000000000004; renamed: sandbox-1 (now 000000000003)";
    assert!(told.contains(expected), "{told}");
    assert!(applied.stdout.contains("Applied 3 stack instances"), "{applied:?}");
}

#[test]
fn a_file_without_an_organization_any_more_is_compared_with_its_last_run() {
    let desk = desk();
    organize(&desk, &[("pay", "Work/Prod"), ("cards", "Work/Prod/Pci")]);
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    let without: Vec<&str> = FILE.lines().filter(|line| !line.contains("unit")).collect();
    let without = without.join("\n").replace("groups:", "").replace(", \"!pci\"", "");
    desk.write("prod.yaml", without.replace(", [pci]", ""));
    let told = refused(&desk, &["prune", "prod.yaml", "--yes"]);
    assert!(told.contains("2 of the 3 accounts that prod had in its last run"), "{told}");
    assert!(told.contains("none of them from AWS Organizations any more"), "{told}");
    let accepted = fast(&desk, &["apply", "prod.yaml", "--accept-accounts"]).expect_code(0);
    assert!(accepted.stderr.contains("cards"), "{accepted:?}");
    let after = fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    assert!(!after.stderr.contains("cards"), "{after:?}");
}

#[test]
fn what_is_kept_of_the_last_run_and_cannot_be_read_refuses_what_changes() {
    let desk = desk();
    organize(&desk, &[("pay", "Work/Prod"), ("cards", "Work/Prod/Pci")]);
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    let kept = desk.path().join(KEPT);
    for text in ["{", r#"{"schema": 9, "later": true}"#] {
        desk.write(KEPT, text);
        for command in
            [&["apply", "prod.yaml", "--accept-accounts"][..], &["destroy", "prod.yaml", "--yes"]]
        {
            let told = refused(&desk, command);
            assert!(told.contains("prod.json") && told.contains("move the file away"), "{told}");
        }
        fast(&desk, &["plan", "prod.yaml"]).expect_code(0);
        assert_eq!(std::fs::read_to_string(&kept).expect("it is there"), text);
    }
    std::fs::remove_file(&kept).expect("it is there");
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
}

const KEPT: &str = ".xdeploy/sandbox-accounts/prod.json";
