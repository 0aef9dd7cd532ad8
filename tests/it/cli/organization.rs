//! Accounts from AWS Organizations: found, told, compared with those of the last run, and kept for a time.

use serde_json::{Value as Json, json};

use crate::support::binary::{Desk, Printed};
use crate::support::files::SETTING;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

pub(super) const FILE: &str = r#"environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { vault: "100000000009" }
organization: { units: [Work/**], except: [legacy-*] }
groups:
  pci: { units: [Work/Prod/Pci] }
stacks:
  app: { template: t.yaml, accounts: ["*", "!pci"] }
  strict: { template: t.yaml, accounts: [pci], tags: { unit: "${account.unit}" } }
rollout: { waves: [["*"], [pci]] }
"#;

/// Returns a folder with an environment file and a template.
pub(super) fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("t.yaml", SETTING);
    desk
}

/// Sets who is in the sandbox's organization: names and units, with ids from 1.
pub(super) fn organize(desk: &Desk, accounts: &[(&str, &str)]) {
    let account = |(at, (name, unit)): (usize, &(&str, &str))| {
        let state = if name.starts_with("closed") { "SUSPENDED" } else { "ACTIVE" };
        json!({ "id": format!("{:012}", at + 1), "name": name, "unit": unit, "state": state })
    };
    let accounts: Vec<Json> =
        accounts.iter().enumerate().filter(|(_, it)| it.1 != "gone").map(account).collect();
    let units = ["Work/Prod/Pci"];
    write(desk, &json!({ "management": "999999999999", "units": units, "accounts": accounts }));
}

fn write(desk: &Desk, organization: &Json) {
    let folder = desk.path().join(".xdeploy/sandbox");
    std::fs::create_dir_all(folder).expect("the folder takes folders");
    desk.write(".xdeploy/sandbox/organization.json", organization.to_string());
}

pub(super) fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

fn four() -> [(&'static str, &'static str); 6] {
    [
        ("Payments (EU)", "Work/Prod"),
        ("cards", "Work/Prod/Pci"),
        ("test", "Work/Test"),
        ("legacy-1", "Work"),
        ("closed-1", "Work"),
        ("labs", "Labs"),
    ]
}

#[test]
fn accounts_that_are_found_are_shown_with_their_units_and_who_is_left_out() {
    let desk = desk();
    organize(&desk, &four());
    let printed = desk.run(&["accounts", "prod.yaml", "--sandbox"]).expect_code(0);
    insta::assert_snapshot!(printed.stdout);
    assert_eq!(printed.stderr, "");
    let told = desk.run(&["accounts", "prod.yaml", "--sandbox", "--output", "json"]).json();
    let sources: Vec<&Json> =
        told["accounts"].as_array().expect("a list").iter().map(|it| &it["source"]).collect();
    assert_eq!(sources, ["file", "organization", "organization", "organization"]);
    assert!(told["listed"].is_string() && told["accounts"][0]["unit"].is_null(), "{told}");
    assert_eq!(told["accounts"][1]["unit"], "Work/Prod", "{told}");
    assert_eq!(told["left_out"][0]["because"], "`except` has `legacy-*`", "{told}");
}

#[test]
fn stacks_go_to_found_accounts_by_unit_and_come_and_go_with_them() {
    let desk = desk();
    let mut accounts: Vec<(&str, &str)> = four().into();
    organize(&desk, &accounts);
    let applied = fast(&desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(
        applied.outcomes(),
        [
            "Payments-EU/app created",
            "cards/strict created",
            "test/app created",
            "vault/app created"
        ]
    );
    // A new one is told; a quarter that is gone is refused.
    accounts.push(("new", "Work/Test"));
    accounts[2].1 = "gone";
    organize(&desk, &accounts);
    let plan = fast(&desk, &["plan", "prod.yaml"]).expect_code(0);
    let told = plan.stderr_on_one_line();
    let expected = "prod: 4 accounts, 3 of them from AWS Organizations; new since the last run: new; \
                    gone: test; left out: closed-1 (SUSPENDED)";
    assert!(told.starts_with(expected), "{told}");
    let refused = fast(&desk, &["apply", "prod.yaml", "--yes"]).expect_code(5);
    let run = refused.stderr_on_one_line();
    assert!(run.contains("1 of the 4 accounts that prod had in its last run"), "{run}");
    assert!(run.contains("add --accept-accounts"), "{run}");
    let report = fast(&desk, &["apply", "prod.yaml", "--yes", "--output", "json"]).expect_code(5);
    assert_eq!(report.json()["result"], "refused");
    let accepted = ["apply", "prod.yaml", "--accept-accounts", "--output", "json"];
    let accepted = fast(&desk, &accepted).expect_code(0);
    assert!(accepted.outcomes().contains(&"new/app created".to_owned()), "{accepted:?}");
    let left = &accepted.json()["left_behind"][0];
    assert_eq!((&left["account"], &left["account_id"]), (&json!("test"), &json!("000000000003")));
    // Once accepted, it is the set that the next run is compared with; and nothing was deleted.
    let prune = fast(&desk, &["prune", "prod.yaml", "--yes", "--output", "json"]).expect_code(0);
    assert_eq!(prune.json()["summary"]["deleted"], 0, "{prune:?}");
    let status = fast(&desk, &["status", "prod.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(status.json()["left_behind"][0]["account"], "test", "{status:?}");
    let gone = ["prune", "prod.yaml", "--yes", "--gone", "000000000003", "--output", "json"];
    assert_eq!(fast(&desk, &gone).expect_code(0).json()["summary"]["deleted"], 1);
}

#[test]
fn an_account_that_the_file_names_and_that_is_suspended_is_told() {
    let desk = desk();
    desk.write("prod.yaml", FILE.replace("vault: \"100000000009\"", "vault: \"000000000001\""));
    organize(&desk, &[("closed-vault", "Work"), ("cards", "Work/Prod/Pci")]);
    let told = fast(&desk, &["plan", "prod.yaml"]).expect_code(0).stderr_on_one_line();
    assert!(told.contains("in the file and not active: vault (SUSPENDED)"), "{told}");
}

#[test]
fn a_rollback_goes_by_the_accounts_that_the_run_had() {
    let desk = desk();
    organize(&desk, &four());
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    organize(&desk, &[("other", "Work")]);
    let back = fast(&desk, &["rollback", "latest", "--yes", "--output", "json"]).expect_code(0);
    assert_eq!(back.json()["summary"]["rolled_back"], 4, "{back:?}");
    assert!(!back.stderr.contains("changed since run"), "{back:?}");
}

#[test]
fn organizations_that_refuses_ends_with_3_and_an_empty_one_with_2() {
    let desk = desk();
    let accounts = json!([{ "id": "999999999999", "name": "hub" }]);
    write(&desk, &json!({ "management": "111111111111", "accounts": accounts }));
    let refused = fast(&desk, &["apply", "prod.yaml"]).expect_code(3);
    insta::assert_snapshot!("refused", refused.stderr);
    desk.write(
        "prod.yaml",
        FILE.replace(
            "organization: {",
            "organization: { role: 'arn:aws:iam::111111111111:role/org-reader',",
        ),
    );
    organize(&desk, &[("labs", "Labs"), ("closed-1", "Work")]);
    let nobody = desk.run(&["apply", "prod.yaml", "--sandbox"]).expect_code(3);
    assert!(nobody.stderr.contains("111111111111"), "its role may not: {nobody:?}");
    desk.write("prod.yaml", FILE);
    let nobody = fast(&desk, &["apply", "prod.yaml"]).expect_code(2);
    insta::assert_snapshot!("nobody", nobody.stderr);
}

#[test]
fn the_source_account_gets_no_stacks_where_the_file_does_not_name_it() {
    let desk = desk();
    desk.write("prod.yaml", FILE.replace("source: { account: \"999999999999\" }\n", ""));
    let management = json!({ "id": "999999999999", "name": "hub", "unit": "Work" });
    let cards = json!({ "id": "000000000002", "name": "cards", "unit": "Work/Prod/Pci" });
    write(&desk, &json!({ "management": "999999999999", "accounts": [management, cards] }));
    let accounts = ["accounts", "prod.yaml", "--sandbox", "--output", "json"];
    let told = desk.run(&accounts).expect_code(0).json();
    assert_eq!(
        told["left_out"][0]["because"],
        "it is the source account, which only `source` names"
    );
    let names = told["accounts"].as_array().expect("a list").iter().map(|it| &it["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["vault", "cards"], "{told}");
}

#[test]
fn the_role_that_asks_is_checked_with_all_else_before_anybody_asks() {
    let desk = desk();
    let mut told = String::new();
    for role in ["nonsense", "${account.id}", "${env:XDEPLOY_NO_SUCH_READER}"] {
        let file = FILE.replace("organization: {", &format!("organization: {{ role: '{role}',"));
        desk.write(
            "prod.yaml",
            file.replace("template: t.yaml, accounts: [pci]", "template: none.yaml"),
        );
        let printed = desk.run(&["validate", "prod.yaml"]).expect_code(2);
        assert!(printed.stderr.contains("none.yaml"), "all faults at once: {printed:?}");
        let faults = printed.stderr.split("\n\n").filter(|fault| fault.contains("organization:"));
        told.extend(faults.map(|fault| format!("{fault}\n\n")));
    }
    insta::assert_snapshot!("role", told);
}

#[test]
fn a_unit_that_is_gone_is_told_with_what_it_held() {
    let desk = desk();
    desk.write("prod.yaml", FILE.replace("[Work/**]", "[Work/**, Labs]"));
    organize(&desk, &four());
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    organize(&desk, &four()[..5]);
    for _ in 0..2 {
        let gone = fast(&desk, &["apply", "prod.yaml"]).expect_code(2).stderr_on_one_line();
        assert!(gone.contains("there is no unit `Labs`"), "{gone}");
        assert!(gone.contains("when it was there last, it held `labs`"), "{gone}");
    }
}

#[test]
fn what_is_kept_is_used_without_asking_and_told_with_its_age() {
    let desk = desk();
    organize(&desk, &four());
    let offline = desk.run(&["accounts", "prod.yaml", "--sandbox", "--offline"]).expect_code(2);
    assert!(offline.stderr.contains("nothing is kept"), "{offline:?}");
    let graph = desk.run(&["graph", "prod.yaml"]).expect_code(2);
    assert!(graph.stderr.contains("which accounts there are is not known here"), "{graph:?}");
    let validated = desk.run(&["validate", "prod.yaml"]).expect_code(0).stderr_on_one_line();
    assert!(validated.contains("two made-up accounts in each unit"), "{validated}");
    desk.run(&["accounts", "prod.yaml", "--sandbox"]).expect_code(0);
    organize(&desk, &[("other", "Work")]);
    let offline = desk.run(&["accounts", "prod.yaml", "--sandbox", "--offline"]).expect_code(0);
    assert!(offline.stdout.contains("Payments-EU") && !offline.stdout.contains("other"));
    assert!(offline.stderr.contains("prod: accounts as in the sandbox, listed "));
    for command in ["validate", "graph"] {
        let printed = desk.run(&[command, "prod.yaml"]).expect_code(0);
        assert!(printed.stderr.contains("as in the sandbox"), "{command}: {printed:?}");
    }
    // What is told of AWS is of AWS.
    for command in [&["profiles", "prod.yaml"][..], &["console", "prod.yaml", "Payments-EU"]] {
        let printed = desk.run(command).expect_code(2);
        assert!(printed.stderr.contains("which accounts there are is not known"), "{printed:?}");
    }
    let asked = desk.run(&["accounts", "prod.yaml", "--sandbox"]).expect_code(0);
    assert!(asked.stdout.contains("other") && !asked.stdout.contains("Payments-EU"));
}

#[test]
fn in_the_sandbox_units_that_a_file_names_have_made_up_accounts() {
    let desk = desk();
    let applied = fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    let told = applied.stderr_on_one_line();
    assert!(told.contains("prod: 5 accounts, 4 of them made up"), "{told}");
    let printed = desk.run(&["accounts", "prod.yaml", "--sandbox"]).expect_code(0);
    assert!(printed.stderr.contains("are made up"), "{printed:?}");
    insta::assert_snapshot!(printed.stdout);
}
