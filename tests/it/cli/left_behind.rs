//! What earlier runs made and no file names any more: told by `plan`, `apply` and `status`, deleted by
//! `prune`.

use std::fs;

use serde_json::Value as Json;

use crate::support::binary::{Desk, Printed};
use crate::support::files::{HEAD, ONE, SETTING};
use crate::support::kept::{Followed, journals};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const FILE: &str = "prod.yaml";
const APP: &str = "  app: { template: t.yaml }\n";
const NEEDED: &str =
    "  net: { template: t.yaml }\n  app: { template: t.yaml, depends-on: [net] }\n";

/// Returns a folder with a template.
fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk
}

/// Writes the environment file with these stacks.
fn write(desk: &Desk, head: &str, stacks: &str) {
    desk.write(FILE, format!("{head}stacks:\n{stacks}"));
}

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

/// Applies the file with these stacks.
#[track_caller]
fn applied(desk: &Desk, head: &str, stacks: &str) {
    write(desk, head, stacks);
    fast(desk, &["apply", FILE]).expect_code(0);
}

/// Returns what a report or a status in JSON tells to be left behind, as `dev/app`.
fn left(printed: &Printed) -> Vec<String> {
    let of = |one: &Json, key: &str| one[key].as_str().expect("text").to_owned();
    let json = printed.json();
    let left = json["left_behind"].as_array().expect("a list");
    left.iter().map(|one| format!("{}/{}", of(one, "account"), of(one, "stack"))).collect()
}

/// Returns what a command in JSON tells to be left behind.
#[track_caller]
fn told(desk: &Desk, arguments: &[&str]) -> Vec<String> {
    let printed = fast(desk, &[arguments, &["--output", "json"]].concat());
    left(&printed.expect_code(0))
}

#[test]
fn what_a_file_no_longer_names_is_told_by_plan_apply_and_status() {
    let desk = desk();
    applied(&desk, ONE, &(APP.to_owned() + "  old: { template: t.yaml, stack-name: prod-old }\n"));
    write(&desk, ONE, APP);
    for command in ["status", "plan", "apply"] {
        let printed = fast(&desk, &[command, FILE, "--output", "json"]).expect_code(0);
        let json = printed.json();
        let one = &json["left_behind"][0];
        let told = ["environment", "account", "account_id", "region", "stack", "stack_name"]
            .map(|key| one[key].as_str().expect("text").to_owned());
        let expected = ["prod", "dev", "100000000001", "eu-central-1", "old", "prod-old"];
        assert_eq!(told, expected, "{command}");
        let text = fast(&desk, &[command, FILE]).expect_code(0).stdout;
        assert!(text.contains("Left behind: 1 stack instance"), "{command}: {text}");
        assert!(text.contains("dev/eu-central-1/old, stack prod-old"), "{command}: {text}");
        assert!(text.contains("`xdeploy prune prod.yaml --sandbox`"), "{command}: {text}");
    }
    let changes = fast(&desk, &["plan", FILE, "--exit-code"]);
    assert_eq!(changes.code, 0, "what is left behind is no change that apply makes");
}

#[test]
fn what_is_left_behind_is_seen_beside_stacks_that_are_listed_together() {
    let desk = desk();
    let two = "  one: { template: t.yaml }\n  two: { template: t.yaml }\n";
    applied(&desk, ONE, &format!("{two}{APP}"));
    write(&desk, ONE, two);
    assert_eq!(told(&desk, &["status", FILE]), ["dev/app"]);
    assert_eq!(told(&desk, &["plan", FILE]), ["dev/app"]);
    assert_eq!(told(&desk, &["status", FILE]), ["dev/app"], "it was looked for, and stands");
}

#[test]
fn prune_deletes_what_is_left_behind_in_reverse_order_and_nothing_else() {
    let desk = desk();
    applied(&desk, ONE, &format!("{NEEDED}  kept: {{ template: t.yaml }}\n"));
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json", "--progress", "json"]);
    let pruned = pruned.expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/app deleted", "dev/net deleted"]);
    assert_eq!(left(&pruned), [""; 0]);
    let events: Vec<Json> =
        pruned.stderr.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let of = |kind: &str, stack: &str| {
        let is_it = |event: &&Json| event["type"] == kind && event["instance"]["stack"] == stack;
        events.iter().find(is_it).expect("it happened")["sequence"].as_u64()
    };
    assert!(of("instance-finished", "app") < of("action-started", "net"));
    let status = fast(&desk, &["status", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(status.json()["stack_instances"][0]["status"], "CREATE_COMPLETE");
    assert_eq!(left(&status), [""; 0]);
    let again = fast(&desk, &["prune", FILE]).expect_code(0);
    assert!(again.stdout.ends_with("nothing to do\n"), "{again:?}");
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    assert_eq!(runs["runs"][0]["operation"], "prune", "a run that does nothing is not kept");
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_left_behind_is_found_beside_many_stacks_that_are_not() {
    let desk = desk();
    let stacks = |names: &[&str]| -> String {
        names.iter().map(|name| format!("  {name}: {{ template: t.yaml }}\n")).collect()
    };
    applied(&desk, ONE, &stacks(&["a", "b", "c", "old", "older"]));
    write(&desk, ONE, &stacks(&["a", "b", "c"]));
    let status = fast(&desk, &["status", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(left(&status), ["dev/old", "dev/older"]);
    let plan = fast(&desk, &["plan", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(left(&plan), ["dev/old", "dev/older"]);
    assert_eq!(plan.outcomes(), ["dev/a unchanged", "dev/b unchanged", "dev/c unchanged"]);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/old deleted", "dev/older deleted"]);
}

#[test]
fn an_account_that_is_gone_is_pruned_only_where_it_is_named() {
    let desk = desk();
    applied(&desk, HEAD, APP);
    write(&desk, ONE, APP);
    assert_eq!(told(&desk, &["status", FILE]), ["prod/app"]);
    let stays = fast(&desk, &["prune", FILE]).expect_code(0);
    assert!(stays.stderr.contains("`--gone 100000000002` deletes it as well"), "{stays:?}");
    assert_eq!(told(&desk, &["status", FILE]), ["prod/app"]);
    let covered = fast(&desk, &["prune", FILE, "--gone", "100000000001"]).expect_code(2);
    assert!(covered.stderr.contains("the account is in the files"), "{covered:?}");
    let gone = ["prune", FILE, "--gone", "100000000002", "--output", "json"];
    let pruned = fast(&desk, &gone).expect_code(0);
    assert_eq!(pruned.outcomes(), ["prod/app deleted"]);
    assert_eq!(told(&desk, &["status", FILE]), [""; 0]);
}

#[test]
fn what_is_outside_a_selection_is_never_left_behind() {
    let desk = desk();
    applied(&desk, HEAD, &(APP.to_owned() + "  old: { template: t.yaml }\n"));
    for selection in [["--account", "dev"], ["--stack", "app"], ["--region", "eu-central-1"]] {
        for command in ["status", "plan", "apply"] {
            let arguments = [&[command, FILE][..], &selection].concat();
            assert_eq!(told(&desk, &arguments), [""; 0], "{arguments:?}");
        }
        let pruned = fast(&desk, &[&["prune", FILE, "--output", "json"][..], &selection].concat());
        assert_eq!(pruned.expect_code(0).outcomes(), [""; 0]);
    }
    write(&desk, HEAD, APP);
    assert_eq!(told(&desk, &["plan", FILE, "--account", "dev"]), ["dev/old"]);
    let pruned = fast(&desk, &["prune", FILE, "--account", "dev", "--output", "json"]);
    assert_eq!(pruned.expect_code(0).outcomes(), ["dev/old deleted"]);
    let pruned = fast(&desk, &["prune", FILE, "--stack", "o*", "--output", "json"]);
    assert_eq!(pruned.expect_code(0).outcomes(), ["prod/old deleted"]);
}

#[test]
fn a_key_that_was_renamed_is_the_same_stack() {
    let desk = desk();
    applied(&desk, ONE, "  api: { template: t.yaml, stack-name: prod-api }\n");
    write(&desk, ONE, "  app: { template: t.yaml, stack-name: prod-api }\n");
    let said = "`app` of prod was `api` before: the same stack (prod-api) in 1 place";
    for command in ["status", "plan", "apply"] {
        let printed = fast(&desk, &[command, FILE, "--output", "json"]).expect_code(0);
        assert_eq!(left(&printed), [""; 0]);
        assert!(printed.stderr.contains(said), "{command}: {}", printed.stderr);
    }
    let known = fast(&desk, &["status", FILE]).expect_code(0);
    assert_eq!(known.stderr, "", "the last run knew it by its new key");
}

#[test]
fn a_key_that_was_renamed_and_named_its_stack_is_told_with_what_keeps_the_stack() {
    let desk = desk();
    applied(&desk, HEAD, "  api: { template: t.yaml }\n  net: { template: t.yaml }\n");
    write(&desk, HEAD, "  app: { template: t.yaml }\n  net: { template: t.yaml }\n");
    let said = "`api` of prod is called `app` now? Its stack api is left behind in 2 places, and `app` makes another one; to \
                keep it, write `stack-name: api` at `app`";
    for command in ["status", "plan"] {
        let printed = fast(&desk, &[command, FILE]).expect_code(0);
        assert!(printed.stderr_on_one_line().contains(said), "{command}: {printed:?}");
        let mut said = printed.stderr.lines().take(2);
        assert!(said.all(|line| line.chars().count() <= 80), "{printed:?}");
    }
    let other = fast(&desk, &["plan", FILE, "--stack", "net"]).expect_code(0);
    assert!(!other.stderr.contains("is called"), "{other:?}");
    for (stacks, why) in [
        ("  app: { template: t.yaml, accounts: [dev] }\n", "it is in other accounts"),
        ("  app: { template: t.yaml, stack-name: own }\n", "it has a name of its own"),
        ("  app: { template: other.yaml }\n", "it has another template"),
        ("  app: { template: t.yaml }\n  two: { template: t.yaml }\n", "two may be meant"),
        ("  app: { template: t.yaml }\n  api: { template: t.yaml }\n", "the key is there"),
    ] {
        desk.write("other.yaml", SETTING.replace("one", "two"));
        write(&desk, HEAD, &format!("{stacks}  net: {{ template: t.yaml }}\n"));
        let printed = fast(&desk, &["status", FILE]).expect_code(0);
        assert!(!printed.stderr.contains("is called"), "{why}: {printed:?}");
    }
    write(&desk, HEAD, "  app: { template: t.yaml }\n  net: { template: t.yaml }\n");
    let applied = fast(&desk, &["apply", FILE]).expect_code(0);
    assert!(applied.stderr_on_one_line().contains(said), "{applied:?}");
    let after = fast(&desk, &["status", FILE]).expect_code(0);
    assert_eq!(after.stderr, "", "both stand by now");
}

#[test]
fn a_protected_stack_is_not_pruned() {
    let desk = desk();
    applied(
        &desk,
        ONE,
        &format!("{APP}  old: {{ template: t.yaml, termination-protection: true }}\n"),
    );
    write(&desk, ONE, APP);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(1);
    let failure = &pruned.instance("dev", "old")["failure"];
    assert_eq!(failure["message"], "termination protection is on: the stack is not deleted");
    let help = failure["help"].as_str().expect("text");
    assert!(help.contains("update-termination-protection"), "{help}");
    assert_eq!(told(&desk, &["status", FILE]), ["dev/old"]);
}

/// Has somebody else delete the stack `old`: a run that our state folder knows nothing of.
fn delete_by_hand(desk: &Desk) {
    let file = format!("{ONE}stacks:\n  old: {{ template: t.yaml }}\n").replace("prod", "other");
    desk.write("other.yaml", file);
    fast(desk, &["destroy", "other.yaml", "--state-dir", "elsewhere"]).expect_code(0);
}

#[test]
fn a_stack_that_was_deleted_by_hand_is_told_until_it_was_looked_for() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    delete_by_hand(&desk);
    assert_eq!(told(&desk, &["apply", FILE]), ["dev/old"], "apply looks for nothing more");
    assert_eq!(told(&desk, &["status", FILE]), [""; 0]);
    assert_eq!(told(&desk, &["apply", FILE]), [""; 0], "that is remembered");
}

#[test]
fn prune_says_of_what_was_deleted_by_hand_that_it_is_already_gone() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    delete_by_hand(&desk);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/old unchanged"]);
    assert_eq!(pruned.instance("dev", "old")["notes"][0], "already gone");
    assert_eq!(told(&desk, &["apply", FILE]), [""; 0]);
}

#[test]
fn another_stack_of_the_same_name_is_left_alone() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    delete_by_hand(&desk);
    fast(&desk, &["apply", "other.yaml", "--state-dir", "elsewhere"]).expect_code(0);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/old unchanged"]);
    let note = pruned.instance("dev", "old")["notes"][0].to_string();
    assert!(note.contains("another stack of its name"), "{note}");
    let status = fast(&desk, &["status", "other.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(status.json()["stack_instances"][0]["status"], "CREATE_COMPLETE");
}

#[test]
fn what_another_environment_made_as_well_stays_until_its_file_is_named() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    let file = |stacks: &str| format!("{ONE}stacks:\n{stacks}").replace("prod", "other");
    desk.write("other.yaml", file("  old: { template: t.yaml }\n"));
    fast(&desk, &["apply", "other.yaml"]).expect_code(0);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), [""; 0]);
    assert_eq!(pruned.json()["left_behind"][0]["shared_with"], "other");
    let both = ["prune", FILE, "other.yaml", "--output", "json"];
    assert_eq!(fast(&desk, &both).expect_code(0).outcomes(), [""; 0], "a file names it");
    desk.write("other.yaml", file("  new: { template: t.yaml }\n"));
    assert_eq!(fast(&desk, &both).expect_code(0).outcomes(), ["dev/old deleted"]);
}

#[test]
fn a_deletion_that_fails_is_told_to_be_pruned_again() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    let fault = ["--sandbox-fault", "fail=delete,stack=old", "--output", "json"];
    let pruned = fast(&desk, &[&["prune", FILE], &fault[..]].concat()).expect_code(1);
    let help = pruned.instance("dev", "old")["failure"]["help"].to_string();
    assert!(help.contains("prune again") && !help.contains("destroy"), "{help}");
}

#[test]
fn what_is_needed_in_an_account_that_is_gone_is_pruned_with_that_account_named() {
    let desk = desk();
    let taker = "  net: { template: t.yaml, accounts: [dev] }\n  \
                 app: { template: t.yaml, accounts: [prod], parameters: { Value: '${output:net.Value@dev}' } }\n";
    applied(&desk, HEAD, taker);
    write(&desk, ONE, "  net: { template: t.yaml }\n");
    let refused = fast(&desk, &["destroy", FILE]).expect_code(5).stderr_on_one_line();
    assert!(refused.contains("prod/eu-central-1/app"), "{refused}");
    assert!(refused.contains("it takes `--gone 100000000002`"), "{refused}");
    fast(&desk, &["prune", FILE, "--gone", "100000000002"]).expect_code(0);
    fast(&desk, &["destroy", FILE]).expect_code(0);
}

#[test]
fn a_key_that_was_renamed_while_its_export_is_imported_is_told_what_keeps_the_stack() {
    let desk = desk();
    let exports = "Resources: { Topic: { Type: AWS::SNS::Topic } }\n\
                   Outputs: { Value: { Value: !Ref Topic, Export: { Name: shared } } }\n";
    desk.write("e.yaml", exports);
    let imports = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: \
                   !ImportValue shared } } }\n";
    desk.write("i.yaml", imports);
    let stacks = |net: &str| format!("  {net}\n  app: {{ template: i.yaml }}\n");
    applied(&desk, ONE, &stacks("net: { template: e.yaml }"));
    write(&desk, ONE, &stacks("network: { template: e.yaml }"));
    let applied = fast(&desk, &["apply", FILE, "--output", "json"]).expect_code(1);
    let help = applied.instance("dev", "network")["failure"]["help"].to_string();
    assert!(help.contains("keep it with `stack-name: net`"), "{help}");
    let pruned = fast(&desk, &["prune", FILE]).expect_code(5).stderr_on_one_line();
    assert!(pruned.contains("stays with `stack-name:` at the new key"), "{pruned}");
    write(&desk, ONE, &stacks("network: { template: e.yaml, stack-name: net }"));
    fast(&desk, &["apply", FILE]).expect_code(0);
}

#[test]
fn a_stack_that_another_one_still_needs_is_pruned_only_on_demand() {
    let desk = desk();
    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, APP);
    let refused = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(5);
    let said = "prune refused: 1 stack instance that stands needed what is to be deleted \
                (dev/eu-central-1/net): dev/eu-central-1/app: nothing was touched";
    assert!(refused.stderr_on_one_line().contains(said), "{refused:?}");
    assert_eq!(refused.json()["result"], "refused");
    assert_eq!(told(&desk, &["status", FILE]), ["dev/net"]);
    fast(&desk, &["apply", FILE]).expect_code(0);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/net deleted"]);

    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, APP);
    let pruned = fast(&desk, &["prune", FILE, "--leave-dependents", "--output", "json"]);
    let pruned = pruned.expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/net deleted"]);
    let said = "left without what they needed: dev/eu-central-1/app";
    assert!(pruned.stderr_on_one_line().contains(said), "{pruned:?}");
}

#[test]
fn a_prune_is_not_resumed_for_what_a_later_run_built_upon() {
    let desk = desk();
    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    let run = pruned.json()["run"].as_str().expect("an id").to_owned();
    cut_after(&desk, "\"instance-finished\"");
    let late = "  net: { template: t.yaml }\n  late: { template: t.yaml, depends-on: [net] }\n";
    applied(&desk, ONE, late);

    write(&desk, ONE, "  late: { template: t.yaml }\n");
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr_on_one_line().contains(" changed since: nothing was"), "{refused:?}");
    let anew = fast(&desk, &["prune", FILE]).expect_code(5);
    assert!(anew.stderr.contains("dev/eu-central-1/late"), "{anew:?}");
    fast(&desk, &["apply", FILE]).expect_code(0);
    fast(&desk, &["prune", FILE]).expect_code(0);
}

/// Cuts the newest journal off after the first line that holds `mark`: the run was killed then.
fn cut_after(desk: &Desk, mark: &str) {
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    let run = runs["runs"][0]["run"].as_str().expect("an id").to_owned();
    let is_newest = |path: &std::path::PathBuf| path.to_string_lossy().contains(&run);
    let journal = journals(desk, ".xdeploy").into_iter().find(is_newest).expect("it is kept");
    let text = fs::read_to_string(&journal).expect("UTF-8");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let last = lines.iter().position(|line| line.contains(mark)).expect("it was said");
    fs::write(journal, lines[..=last].concat()).expect("the journal can be cut");
}

#[test]
fn what_a_run_was_about_to_make_when_it_was_killed_is_looked_up_before_it_is_deleted() {
    let desk = desk();
    applied(&desk, ONE, APP);
    cut_after(&desk, "\"action-intended\"");
    write(&desk, ONE, "  other: { template: t.yaml }\n");
    let text = fast(&desk, &["apply", FILE]).expect_code(0).stdout;
    assert!(text.contains("dev/eu-central-1/app, may stand"), "{text}");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/app deleted"]);
}

#[test]
fn what_stands_where_a_run_was_killed_and_is_not_its_own_is_left_alone() {
    let desk = desk();
    applied(&desk, ONE, APP);
    cut_after(&desk, "\"action-intended\"");
    let other = format!("{ONE}stacks:\n{APP}").replace("prod", "other");
    desk.write("other.yaml", other);
    fast(&desk, &["destroy", "other.yaml", "--state-dir", "elsewhere"]).expect_code(0);
    fast(&desk, &["apply", "other.yaml", "--state-dir", "elsewhere"]).expect_code(0);
    write(&desk, ONE, "  other: { template: t.yaml }\n");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]);
    assert_eq!(pruned.outcomes(), ["dev/app unchanged"], "{pruned:?}");
    let status = fast(&desk, &["status", "other.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(status.json()["stack_instances"][0]["status"], "CREATE_COMPLETE");
}

#[test]
fn an_unfinished_prune_is_resumed_unless_a_file_names_the_stack_again() {
    let desk = desk();
    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    fast(&desk, &["prune", FILE]).expect_code(0);
    cut_after(&desk, "\"instance-finished\"");
    write(&desk, ONE, NEEDED);
    let refused = fast(&desk, &["resume"]).expect_code(2);
    assert!(refused.stderr.contains("which the files name again"), "{refused:?}");
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    let resumed = fast(&desk, &["resume", "--output", "json"]).expect_code(0);
    assert_eq!(resumed.outcomes(), ["dev/app deleted", "dev/net unchanged"]);
    let rolled_back = fast(&desk, &["rollback", "latest", "--yes"]).expect_code(2);
    assert!(rolled_back.stderr.contains("what they held is gone"), "{rolled_back:?}");
}

#[test]
fn an_unfinished_prune_is_not_resumed_for_what_another_file_or_other_variables_name() {
    let desk = desk();
    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    let run = pruned.json()["run"].as_str().expect("an id").to_owned();
    cut_after(&desk, "\"instance-finished\"");

    let by_branch = "  net: { template: t.yaml, stack-name: '${env:BRANCH:-main}' }\n";
    write(&desk, ONE, by_branch);
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr.contains("where `${env:}` has another value"), "{refused:?}");

    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    desk.write("apps.yaml", format!("{ONE}stacks:\n  net: {{ template: t.yaml }}\n"));
    fast(&desk, &["apply", "apps.yaml"]).expect_code(0);
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr.contains("apps.yaml, which is prod as well"), "{refused:?}");
    fs::remove_file(desk.path().join("apps.yaml")).expect("a file");

    let other = format!("{ONE}stacks:\n  net: {{ template: t.yaml }}\n").replace("prod", "other");
    desk.write("other.yaml", other);
    fast(&desk, &["apply", "other.yaml"]).expect_code(0);
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr.contains("which runs of other made as well"), "{refused:?}");
    fast(&desk, &["destroy", "other.yaml"]).expect_code(0);
    fs::remove_file(desk.path().join("other.yaml")).expect("a file");
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr_on_one_line().contains(" changed since"), "{refused:?}");
}

#[test]
fn an_unfinished_prune_is_not_resumed_for_what_a_later_run_changed_or_an_account_that_is_gone() {
    let desk = desk();
    let two = ONE.replace("accounts: {", "accounts: { old: \"100000000002\",");
    applied(&desk, &two, "  net: { template: t.yaml }\n  kept: { template: t.yaml }\n");
    write(&desk, &two, "  kept: { template: t.yaml }\n");
    fast(&desk, &["prune", FILE]).expect_code(0);
    cut_after(&desk, "\"run-started\"");
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    let run = runs["runs"][0]["run"].as_str().expect("an id").to_owned();

    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr.contains("whose account is not in the files any more"), "{refused:?}");
    assert!(refused.stderr.contains("--gone 100000000002"), "{refused:?}");

    applied(&desk, &two, "  net: { template: t.yaml }\n  kept: { template: t.yaml }\n");
    write(&desk, &two, "  kept: { template: t.yaml }\n");
    let refused = fast(&desk, &["resume", &run]).expect_code(2);
    assert!(refused.stderr_on_one_line().contains(" changed since"), "{refused:?}");
    assert_eq!(told(&desk, &["status", FILE]), ["dev/net", "old/net"]);
}

#[test]
fn an_unfinished_prune_is_not_resumed_for_an_environment_of_another_name() {
    let desk = desk();
    applied(&desk, ONE, NEEDED);
    write(&desk, ONE, "  kept: { template: t.yaml }\n");
    fast(&desk, &["prune", FILE]).expect_code(0);
    cut_after(&desk, "\"instance-finished\"");
    write(&desk, &ONE.replace("prod", "production"), "  kept: { template: t.yaml }\n");
    let refused = fast(&desk, &["resume"]).expect_code(2);
    assert!(refused.stderr.contains("changed since run"), "{refused:?}");
}

#[test]
fn the_inventory_outlives_journals_and_is_made_anew_from_them() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    assert_eq!(told(&desk, &["apply", FILE]), ["dev/old"]);
    let kept = desk.path().join(".xdeploy/inventory/stacks.json");
    for damage in ["", "{", "[]", "{\"schema\":99,\"journals\":{},\"stacks\":[]}"] {
        fs::write(&kept, damage).expect("the folder takes files");
        assert_eq!(told(&desk, &["apply", FILE]), ["dev/old"], "{damage}");
    }
    for journal in journals(&desk, ".xdeploy") {
        fs::remove_file(journal).expect("it can be removed");
    }
    assert_eq!(told(&desk, &["status", FILE]), ["dev/old"]);
}

#[test]
fn a_journal_that_cannot_be_read_is_told_and_tried_again_and_nothing_is_pruned_until_then() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, APP);
    let [journal] = &journals(&desk, ".xdeploy")[..] else { panic!("one run") };
    let text = fs::read_to_string(journal).expect("UTF-8");
    let newer = text.replace("\"run-started\"", "\"run-begun\"");
    fs::write(journal, newer).expect("it can be written");
    for _ in 0..2 {
        let told = fast(&desk, &["status", FILE]).expect_code(0);
        assert!(told.stderr.starts_with("what run 2"), "{told:?}");
        assert!(told.stderr.contains(" made is not known: "), "{told:?}");
        let json = fast(&desk, &["status", FILE, "--output", "json"]).expect_code(0).json();
        let unknown = json["left_behind_unknown"][0].as_str().expect("text");
        assert!(unknown.starts_with("what run 2"), "{unknown}");
        let refused = fast(&desk, &["prune", FILE, "--yes"]).expect_code(5);
        assert!(refused.stderr_on_one_line().contains("prune refused: what run 2"), "{refused:?}");
        assert!(refused.stderr.contains("move it to another folder"), "{refused:?}");
    }
    let events = fast(&desk, &["status", FILE, "--progress", "json"]).expect_code(0);
    assert_eq!(events.stderr, "");
    fs::write(journal, text).expect("it can be written");
    assert_eq!(told(&desk, &["status", FILE]), ["dev/old"]);
    desk.write(".xdeploy/runs/20200101-000000-aaaa.jsonl", "{\"sequence\":1,\"at");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/old deleted"], "what has not begun has made nothing");
}

#[test]
fn what_a_run_only_found_is_never_left_behind() {
    let desk = desk();
    let other = format!("{ONE}stacks:\n  old: {{ template: t.yaml }}\n").replace("prod", "other");
    desk.write("other.yaml", other);
    fast(&desk, &["apply", "other.yaml", "--state-dir", "elsewhere"]).expect_code(0);
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    let tagged = "  old: { template: t.yaml, tags: { Own: er } }\n";
    applied(&desk, ONE, &format!("{APP}{tagged}"));
    write(&desk, ONE, APP);
    assert_eq!(told(&desk, &["status", FILE]), [""; 0], "it was updated, not made");
    applied(&desk, ONE, tagged);
    assert_eq!(told(&desk, &["status", FILE]), ["dev/app"]);
    applied(&desk, ONE, APP);
    write(&desk, ONE, "  new: { template: t.yaml }\n");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/app deleted"], "it was found since, and made before");
}

/// Applies another file of the same environment, with a stack of its own.
fn apply_apps(desk: &Desk) {
    desk.write("apps.yaml", format!("{ONE}stacks:\n  web: {{ template: t.yaml }}\n"));
    fast(desk, &["apply", "apps.yaml"]).expect_code(0);
}

#[test]
fn what_another_file_of_the_environment_made_stays_until_that_file_is_gone() {
    let desk = desk();
    applied(&desk, ONE, APP);
    apply_apps(&desk);
    for file in [FILE, "apps.yaml"] {
        let pruned = fast(&desk, &["prune", file, "--output", "json"]).expect_code(0);
        assert_eq!(pruned.outcomes(), [""; 0], "{file}");
    }
    let pruned = fast(&desk, &["prune", FILE, "--output", "json", "--progress", "plain"]);
    let from = pruned.json()["left_behind"][0]["made_from"].to_string();
    assert!(from.ends_with("/apps.yaml\""), "{from}");
    assert!(pruned.stderr.contains("dev/eu-central-1/web stays"), "{pruned:?}");
    desk.write("apps.yaml", "environment: [");
    assert_eq!(fast(&desk, &["prune", FILE, "--output", "json"]).outcomes(), [""; 0]);
    desk.write("apps.yaml", format!("{ONE}stacks:\n{APP}").replace("prod", "other"));
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/web deleted"], "it is another environment now");
    apply_apps(&desk);
    fs::rename(desk.path().join("apps.yaml"), desk.path().join("web.yaml")).expect("a file");
    assert_eq!(told(&desk, &["status", "web.yaml"]), ["dev/app"]);
    fs::remove_file(desk.path().join("web.yaml")).expect("a file");
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/web deleted"], "the file is gone");
}

#[test]
fn a_stack_that_is_named_by_a_variable_of_the_process_stays_under_its_other_names() {
    let desk = desk();
    let with = |branch: &str, arguments: &[&str]| {
        let mut command = desk.command(&[arguments, &FAST[..], &["--output", "json"]].concat());
        Printed::from(command.env("BRANCH", branch).output().expect("it can be started"))
    };
    write(&desk, ONE, "  app: { template: t.yaml, stack-name: 'app-${env:BRANCH}' }\n");
    for branch in ["main", "feat"] {
        with(branch, &["apply", FILE]).expect_code(0);
    }
    assert_eq!(left(&with("feat", &["status", FILE]).expect_code(0)), [""; 0]);
    assert_eq!(with("feat", &["prune", FILE]).expect_code(0).outcomes(), [""; 0]);
    write(&desk, ONE, "  other: { template: t.yaml }\n");
    let pruned = with("feat", &["prune", FILE]).expect_code(0);
    assert_eq!(pruned.outcomes().len(), 2, "no file has the key: {pruned:?}");
}

#[test]
fn what_is_already_gone_needs_nothing() {
    let desk = desk();
    let needing = "  net: { template: t.yaml }\n  old: { template: t.yaml, depends-on: [net] }\n";
    applied(&desk, ONE, &format!("{APP}{needing}"));
    write(&desk, ONE, APP);
    delete_by_hand(&desk);
    let pruned = fast(&desk, &["prune", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(pruned.outcomes(), ["dev/net deleted", "dev/old unchanged"]);
}

#[test]
fn what_a_run_made_while_prune_waited_for_it_stays() {
    let desk = desk();
    applied(&desk, ONE, &format!("{APP}  old: {{ template: t.yaml }}\n"));
    write(&desk, ONE, &format!("{APP}  new: {{ template: t.yaml }}\n"));
    let slow = ["apply", FILE, "--sandbox", "--sandbox-seconds-per-resource", "8"];
    let mut newer = Followed::start(desk.command(&slow).args(["--progress", "json"]));
    newer.wait_for("\"action-intended\"");
    // The files that prune has are those of before.
    write(&desk, ONE, APP);
    let prune = [&["prune", FILE, "--wait", "--yes", "--progress", "plain"][..], &FAST].concat();
    let mut prune = Followed::start(&mut desk.command(&prune));
    prune.wait_for("waiting: run ");
    newer.end().expect_code(0);
    let pruned = prune.end().expect_code(0);
    assert!(pruned.stderr.contains("dev/eu-central-1/new stays, as run "), "{pruned:?}");
    assert!(pruned.stdout.contains("1 deleted"), "{pruned:?}");
    assert_eq!(told(&desk, &["status", FILE]), ["dev/new"]);
}

#[test]
fn no_line_stands_among_events() {
    let desk = desk();
    applied(&desk, ONE, "  api: { template: t.yaml, stack-name: prod-api }\n");
    write(&desk, ONE, "  app: { template: t.yaml, stack-name: prod-api }\n");
    let applied = fast(&desk, &["apply", FILE, "--progress", "json"]).expect_code(0);
    for line in applied.stderr.lines() {
        serde_json::from_str::<Json>(line).expect("an event");
    }
}

#[test]
fn prune_asks_and_without_a_terminal_nothing_is_touched() {
    let server = Server::sandbox_of("0.05", &["environments/dev.yaml"]);
    let workplace = Workplace::new(server.endpoint());
    workplace.apply("environments/dev.yaml", 0);
    let file = fs::read_to_string(workplace.path().join("environments/dev.yaml")).expect("UTF-8");
    let (head, stacks) = file.split_once("stacks:\n").expect("it has stacks");
    let first = stacks.lines().position(|line| !line.starts_with("    ")).expect("a stack");
    let mut kept: Vec<&str> = Vec::new();
    for (at, line) in stacks.lines().enumerate() {
        let is_next = at > first && line.starts_with("  ") && !line.starts_with("   ");
        if is_next {
            break;
        }
        kept.push(line);
    }
    let shorter = format!("{head}stacks:\n{}\n", kept.join("\n"));
    workplace.write("environments/dev.yaml", &shorter);
    let status = workplace.xdeploy(["status", "environments/dev.yaml", "--output", "json"]);
    let before = left(&status.expect_code(0));
    assert!(!before.is_empty());
    let sandbox =
        workplace.xdeploy(["status", "environments/dev.yaml", "--sandbox", "--output", "json"]);
    assert_eq!(left(&sandbox.expect_code(0)), [""; 0], "the sandbox's stacks are others");
    let refused = workplace.xdeploy(["prune", "environments/dev.yaml"]).expect_code(5);
    assert!(refused.stderr.contains("Left behind: "), "it is shown first: {refused:?}");
    assert!(refused.stderr.contains("there is no terminal to ask at"), "{refused:?}");
    let pruned = workplace.xdeploy(["prune", "environments/dev.yaml", "--yes", "--output", "json"]);
    assert_eq!(pruned.expect_code(0).outcomes().len(), before.len());
}

#[test]
fn a_selection_of_prune_that_matches_nothing_says_what_is_left_behind() {
    let desk = desk();
    applied(&desk, ONE, &(APP.to_owned() + "  old: { template: t.yaml }\n"));
    write(&desk, ONE, APP);
    for selection in [["--account", "nope"], ["--stack", "z*"], ["--region", "us-east-1"]] {
        let pruned = fast(&desk, &[&["prune", FILE][..], &selection].concat()).expect_code(0);
        for says in ["nothing that is left behind is selected", "dev/eu-central-1/old"] {
            assert!(pruned.stderr.contains(says), "{selection:?}: {pruned:?}");
        }
    }
    let gone = fast(&desk, &["prune", FILE, "--gone", "100000000009"]).expect_code(0);
    let says = "--gone 100000000009: nothing that is left behind is in that account";
    assert!(gone.stderr.contains(says), "{gone:?}");
    let silent = fast(&desk, &["prune", FILE, "--stack", "z*"]).expect_code(0);
    assert!(!silent.stderr.contains("is selected"), "nothing is left behind: {silent:?}");
}

#[test]
fn the_summary_of_prune_says_what_deletes_what_it_left() {
    let desk = desk();
    applied(&desk, HEAD, APP);
    write(&desk, ONE, APP);
    let stays = fast(&desk, &["prune", FILE]).expect_code(0);
    assert!(stays.stdout.contains("prod.yaml --sandbox --gone 100000000002"), "{stays:?}");
    assert!(!stays.stdout.contains("what is left behind."), "{stays:?}");
}

#[test]
fn prune_goes_on_after_a_failure_where_it_is_told_to() {
    let desk = desk();
    let old = "termination-protection: true";
    let stacks = format!("{APP}  old: {{ template: t.yaml, {old}, accounts: [dev] }}\n");
    applied(&desk, HEAD, &(stacks + "  other: { template: t.yaml, accounts: [prod] }\n"));
    write(&desk, HEAD, APP);
    let arguments = ["prune", FILE, "--on-failure", "continue", "--in-order", "--output", "json"];
    let pruned = fast(&desk, &arguments).expect_code(1);
    assert_eq!(pruned.outcomes(), ["dev/old failed", "prod/other deleted"]);
}
