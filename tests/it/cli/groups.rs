//! Environment files with groups of accounts.

use crate::support::binary::Desk;
use crate::support::files::SETTING;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

const GROUPED: &str = "
environment: test
source: { account: '999999999999' }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', pay-1: '100000000002', pay-2: '100000000003' }
groups:
  pay: { accounts: ['pay-*'], regions: [eu-west-1], variables: { tier: gold } }
variables: { tier: silver }
stacks:
  app: { template: t.yaml, parameters: { Value: '${variables.tier}-${account.name}' } }
  hub:
    template: t.yaml
    accounts: [source]
    parameters: { Value: '${output:app.Value@pay}' }
rollout: { waves: [['*', '!pay'], [pay]] }
";

fn desk(text: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("e.yaml", text);
    desk
}

#[test]
fn the_accounts_of_a_group_have_its_settings_and_its_outputs_are_joined() {
    let desk = desk(GROUPED);
    let apply = ["apply", "e.yaml", "--output", "json"];
    let run = desk.run(&[&apply[..], &FAST].concat()).expect_code(0);
    assert_eq!(run.instance("dev", "app")["outputs"]["Value"], "silver-dev");
    assert_eq!(run.instance("pay-1", "app")["region"], "eu-west-1");
    assert_eq!(run.instance("source", "hub")["outputs"]["Value"], "gold-pay-1,gold-pay-2");
    let only = [&apply[..], &FAST, &["--account", "pay", "--account", "!pay-2"]].concat();
    assert_eq!(desk.run(&only).expect_code(0).outcomes(), ["pay-1/app unchanged"]);
}

#[test]
fn a_stack_that_a_groups_account_left_behind_is_found_by_the_group() {
    let (before, after) = GROUPED.split_once("  hub:").expect("a hub");
    let (_, after) = after.split_once("rollout:").expect("waves");
    let alone = format!("{before}rollout:{after}");
    let desk = desk(&alone);
    desk.run(&[&["apply", "e.yaml", "--yes"], &FAST[..]].concat()).expect_code(0);
    desk.write("e.yaml", alone.replace("  app:", "  other:"));
    let prune = |account: &str| {
        let arguments = ["prune", "e.yaml", "--account", account, "--yes", "--output", "json"];
        desk.run(&[&arguments[..], &FAST].concat()).expect_code(0)
    };
    assert_eq!(prune("pay").outcomes(), ["pay-1/app deleted", "pay-2/app deleted"]);
    assert_eq!(prune("dev").outcomes(), ["dev/app deleted"]);
}

#[test]
fn groups_of_a_lower_layer_count_first() {
    let desk = desk(GROUPED);
    desk.write(
        "top.yaml",
        "extends: [e.yaml]\ngroups:\n  first: { accounts: [pay-1], variables: { tier: iron } }\n  \
         pay: { variables: { tier: lead } }\n",
    );
    let arguments = ["apply", "top.yaml", "--output", "json", "--account", "pay"];
    let run = desk.run(&[&arguments[..], &FAST].concat()).expect_code(0);
    assert_eq!(run.instance("pay-1", "app")["outputs"]["Value"], "iron-pay-1");
    assert_eq!(run.instance("pay-2", "app")["outputs"]["Value"], "lead-pay-2");
    let shown = desk.run(&["validate", "top.yaml", "--show=places"]).expect_code(0);
    assert!(shown.stdout.contains("      tier: lead  # top.yaml:4"), "{}", shown.stdout);
}

#[test]
fn a_group_with_an_accounts_name_is_told_with_both_spots() {
    let desk = desk(&GROUPED.replace("  pay: {", "  dev: {"));
    let told = desk.run(&["validate", "e.yaml"]).expect_code(2).stderr_on_one_line();
    for part in ["`dev` is the name of an account as well", "[e.yaml:8:3]", "stands at e.yaml:6:13"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}
