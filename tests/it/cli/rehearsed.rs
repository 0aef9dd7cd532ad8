//! Rehearsals: whom a fault concerns, what never happens, outages before any account is entered, and what becomes
//! of a sandbox's files.

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING};

const FAST: [&str; 4] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--yes"];
const HASTENED: [&str; 6] =
    ["--sandbox", "--sandbox-clock", "virtual", "--sandbox-seconds-per-resource", "120", "--yes"];

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("prod.yaml", format!("{ONE}stacks:\n  app: {{ template: t.yaml }}\n"));
    desk
}

fn apply(desk: &Desk, how: &[&str], faults: &[&str]) -> Printed {
    let faults = faults.iter().flat_map(|fault| ["--sandbox-fault", fault]);
    desk.run(
        &["apply", "prod.yaml"]
            .into_iter()
            .chain(how.iter().copied())
            .chain(faults)
            .collect::<Vec<_>>(),
    )
}

#[test]
fn keys_that_expire_in_an_account_are_those_of_its_own_session() {
    let desk = desk();
    let ran = apply(&desk, &HASTENED, &["expire=1m,account=dev"]).expect_code(0);
    assert!(!ran.stderr.contains("never came to pass"), "{ran:?}");
}

#[test]
fn a_fault_that_fits_nothing_of_the_run_is_told_at_its_end() {
    let desk = desk();
    let never = [
        "fail,stack=ap",
        "error=503,region=eu-west-1",
        "deny,action=iam:CreateUser",
        "fail,times=1,stack=app,resource=Sett",
    ];
    let met = "slow=1ms,action=CreateStack";
    let ran = apply(&desk, &FAST, &[&never[..], &[met]].concat()).expect_code(0);
    for fault in never {
        let told = format!("fault {fault} never came to pass");
        assert!(ran.stderr_on_one_line().contains(&told), "{told}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains(&format!("fault {met} never")), "{}", ran.stderr);
    let events = apply(&desk, &[&FAST[..], &["--progress", "json"]].concat(), &never);
    assert!(!events.stderr.contains("never came"), "{}", events.stderr);
}

#[test]
fn an_outage_of_a_minute_before_any_account_is_entered_is_borne_and_told() {
    let desk = desk();
    let fault = "error=503,action=GetCallerIdentity,until=60s";
    let ran = apply(&desk, &HASTENED, &[fault]).expect_code(0);
    assert!(ran.stderr_on_one_line().contains("AWS is not reached now"), "{}", ran.stderr);
}

#[test]
fn what_does_not_pass_by_itself_is_told_at_once() {
    let desk = desk();
    for fault in ["dns,action=GetCallerIdentity", "deny,action=GetCallerIdentity"] {
        let ran = apply(&desk, &HASTENED, &[fault]).expect_code(3);
        assert!(!ran.stderr.contains("asked again"), "{}", ran.stderr);
    }
}

#[test]
fn an_outage_that_does_not_end_ends_the_run_before_anything_is_touched() {
    let desk = desk();
    let ran = apply(&desk, &HASTENED, &["error=503,action=GetCallerIdentity"]).expect_code(3);
    assert!(ran.stderr_on_one_line().contains("The service is unavailable"), "{}", ran.stderr);
}

#[test]
fn exec_and_doctor_say_that_they_are_in_the_sandbox() {
    let desk = desk();
    for command in [
        &["doctor", "prod.yaml", "--sandbox"][..],
        &["exec", "prod.yaml", "--sandbox", "--", "true"],
    ] {
        let ran = desk.run(command).expect_code(0);
        assert!(ran.stderr.contains("in the sandbox: nothing reached AWS"), "{ran:?}");
    }
}

#[test]
fn a_damaged_file_of_the_sandbox_is_told_once_with_what_to_do() {
    let desk = desk();
    apply(&desk, &FAST, &[]).expect_code(0);
    desk.write(".xdeploy/sandbox/100000000001.json", "{ \"stacks\": ");
    let refused = desk.run(&["status", "prod.yaml", "--sandbox"]).expect_code(2);
    let said = refused.stderr_on_one_line();
    assert_eq!(said.matches("EOF while parsing").count(), 1, "{said}");
    assert!(said.contains("`xdeploy sandbox reset` starts anew"), "{said}");
}

#[test]
fn what_runs_made_in_a_sandbox_that_was_reset_is_not_left_behind() {
    for how in [&FAST[..], &HASTENED] {
        let desk = desk();
        apply(&desk, how, &[]).expect_code(0);
        desk.write("prod.yaml", format!("{ONE}stacks:\n  other: {{ template: t.yaml }}\n"));
        let plan = ["plan", "prod.yaml", "--sandbox", "--output", "json"];
        let left = desk.run(&plan).json()["left_behind"].clone();
        assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
        desk.run(&["sandbox", "reset"]).expect_code(0);
        let left = desk.run(&plan).json()["left_behind"].clone();
        assert_eq!(left, serde_json::json!([]));
    }
}

#[test]
fn a_run_that_ended_before_anything_was_written_is_told_as_that() {
    let desk = desk();
    apply(&desk, &FAST, &[]).expect_code(0);
    desk.write(".xdeploy/runs/20260101-000000-aaaa.jsonl", "");
    let listed = desk.run(&["runs"]).expect_code(0);
    assert!(
        listed.stdout.contains("ended before anything was written: nothing to do"),
        "{listed:?}"
    );
    assert!(!listed.stdout.contains("unreadable"), "{listed:?}");
    let rows = desk.run(&["runs", "--output", "json"]).json();
    assert_eq!(rows["runs"][1]["result"], "not-begun");
}

#[test]
fn a_service_role_that_is_gone_is_told_as_the_stacks_role() {
    let desk = desk();
    let role = "arn:aws:iam::100000000001:role/gone";
    let stack = format!("  app: {{ template: t.yaml, service-role: '{role}' }}\n");
    desk.write("prod.yaml", format!("{ONE}stacks:\n{stack}"));
    let ran = apply(&desk, &[&FAST[..], &["--output", "json"]].concat(), &[]).expect_code(1);
    let help = ran.json()["stack_instances"][0]["failure"]["help"].clone();
    let help = help.as_str().expect("a help");
    assert!(help.contains("`service-role`") && !help.contains("template"), "{help}");
}

#[test]
fn a_journal_without_what_is_kept_beside_it_is_told_as_that() {
    let desk = desk();
    let ran = apply(&desk, &[&FAST[..], &["--output", "json"]].concat(), &[]).expect_code(0);
    let run = ran.json()["run"].as_str().expect("an id").to_owned();
    let plan = format!("{run}.plan.json");
    std::fs::remove_file(desk.path().join(".xdeploy/runs").join(&plan)).expect("it is there");
    desk.write("prod.yaml", format!("{ONE}stacks:\n  other: {{ template: t.yaml }}\n"));
    let refused = desk.run(&["rollback", &run, "--sandbox", "--yes"]).expect_code(2);
    let said = refused.stderr_on_one_line();
    assert!(said.contains(&plan) && said.contains("is not beside its journal"), "{said}");
}

#[test]
fn notes_are_told_by_lines_that_no_summary_follows_and_by_the_page() {
    let desk = desk();
    apply(&desk, &FAST, &[]).expect_code(0);
    desk.write("t.yaml", SETTING.replace("Default: one", "Default: two"));
    let how =
        [&FAST[..], &["--output", "json", "--progress", "plain", "--html", "page.html"]].concat();
    let ran = apply(&desk, &how, &[]).expect_code(0);
    assert!(ran.stderr.contains("Worth knowing"), "{}", ran.stderr);
    let notes = ran.json()["stack_instances"][0]["notes"].clone();
    let note = notes[0].as_str().expect("a note");
    assert!(ran.stderr_on_one_line().contains(note), "{note}: {}", ran.stderr);
    let page = std::fs::read_to_string(desk.path().join("page.html")).expect("it was written");
    assert!(page.contains(note), "the page's data holds the note: {note}");
}
