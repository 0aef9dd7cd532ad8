//! What needs a stack that goes away: named, and not left alone unless that is asked for.

use crate::support::binary::{Desk, Printed};
use crate::support::files::{SETTING, failing};

const FILE: &str = "two.yaml";
const SANDBOX: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0"];

/// Stacks in three accounts: `app` takes an output of `network`, `last` comes after `app`, and `hub` in the
/// source account takes an output of every `app`.
const STACKS: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001", test: "100000000002" }
stacks:
  network: { template: setting.yaml }
  app: { template: setting.yaml, parameters: { Value: "${output:network.Where}" } }
  last: { template: setting.yaml, depends-on: [app] }
  hub: { template: setting.yaml, accounts: [source], parameters: { Value: "${output:app.Where@*}" } }
"#;

/// A folder with these stacks.
fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("setting.yaml", SETTING);
    desk.write(FILE, STACKS);
    desk
}

fn run(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &SANDBOX[..]].concat())
}

/// Returns a desk where everything stands.
fn deployed() -> Desk {
    let desk = desk();
    run(&desk, &["apply", FILE]).expect_code(0);
    desk
}

/// Returns what stands, as `dev/app`, sorted.
fn standing(desk: &Desk) -> Vec<String> {
    let status = run(desk, &["status", FILE, "--output", "json"]).json();
    let instances = status["stack_instances"].as_array().expect("a list").clone();
    let stands = |one: &&serde_json::Value| one["status"] == "CREATE_COMPLETE";
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let name =
        |one: &serde_json::Value| format!("{}/{}", text(&one["account"]), text(&one["stack"]));
    let mut names: Vec<String> = instances.iter().filter(stands).map(name).collect();
    names.sort();
    names
}

const DEV_NETWORK: [&str; 6] = ["destroy", FILE, "--stack", "network", "--account", "dev"];

#[test]
fn a_destroy_of_what_others_need_names_them_and_is_refused_whatever_yes_says() {
    let desk = deployed();
    let all = standing(&desk);
    let asked = [&DEV_NETWORK[..], &["--yes", "--output", "json"]].concat();
    let refused = run(&desk, &asked).expect_code(5);
    let says = refused.stderr_on_one_line();
    // Through others as well, and in other accounts.
    for name in ["dev/eu-central-1/app", "dev/eu-central-1/last", "source/eu-central-1/hub"] {
        assert!(says.contains(name), "{name}: {says}");
    }
    assert!(!says.contains("test/"), "{says}");
    assert!(says.contains("nothing was touched"), "{says}");
    assert!(says.contains("--with-dependents") && says.contains("--leave-dependents"), "{says}");
    let report = refused.json();
    assert_eq!(report["result"], "refused");
    assert_eq!(report["caller"], "arn:aws:iam::999999999999:root");
    assert_ne!(report["api_calls"]["cloudformation:DescribeStacks"], serde_json::Value::Null);
    assert_eq!(standing(&desk), all);
    let runs = desk.run(&["runs", "--output", "json"]).json();
    assert_eq!(runs["runs"].as_array().expect("a list").len(), 1, "a refused run is not kept");
}

#[test]
fn over_several_files_what_is_refused_names_each_stack_with_its_environment() {
    let desk = deployed();
    let other = STACKS
        .replace("environment: prod", "environment: test")
        .replace("stacks:\n", "stacks:\n  only: { template: setting.yaml, stack-name: only }\n");
    let other = other.split("  network:").next().expect("a head");
    desk.write("other.yaml", other);
    run(&desk, &["apply", "other.yaml"]).expect_code(0);
    let asked = [&DEV_NETWORK[..2], &["other.yaml"], &DEV_NETWORK[2..]].concat();
    let says = run(&desk, &asked).expect_code(5).stderr_on_one_line();
    assert!(says.contains("prod/dev/eu-central-1/app, prod/dev/eu-central-1/last"), "{says}");

    // What no file names any more.
    let without = STACKS.split("  app:").next().expect("a head");
    desk.write(FILE, without);
    let says = run(&desk, &["destroy", FILE, "other.yaml"]).expect_code(5).stderr_on_one_line();
    assert!(says.contains("prod/dev/eu-central-1/app, "), "{says}");
}

#[test]
fn a_destroy_with_dependents_deletes_them_first_and_names_them() {
    let desk = deployed();
    let asked = [&DEV_NETWORK[..], &["--with-dependents", "--progress", "plain"]].concat();
    let done = run(&desk, &asked).expect_code(0);
    let says = done.stderr_on_one_line();
    let names = "dev/eu-central-1/app, dev/eu-central-1/last, source/eu-central-1/hub";
    assert!(says.contains(&format!("selected as well, for what they need: {names}")), "{says}");
    assert_eq!(standing(&desk), ["test/app", "test/last", "test/network"]);
    let at = |stack: &str| {
        let line = |line: &str| line.contains(stack) && line.contains("deleted");
        done.stderr.lines().position(line).unwrap_or_else(|| panic!("{stack}: {done:?}"))
    };
    let (hub, last, app, network) = (at("/hub"), at("/last"), at("/app"), at("/network"));
    assert!(hub.max(last) < app && app < network, "{done:?}");
}

#[test]
fn dependents_are_left_only_where_that_is_asked_for() {
    let desk = deployed();
    let asked = [&DEV_NETWORK[..], &["--leave-dependents"]].concat();
    let done = run(&desk, &asked).expect_code(0);
    assert!(
        done.stderr_on_one_line().contains("left without what they need: dev/eu-central-1/app")
    );
    assert!(!standing(&desk).contains(&"dev/network".to_owned()));
    assert!(standing(&desk).contains(&"dev/app".to_owned()));
    let both = [&DEV_NETWORK[..], &["--leave-dependents", "--with-dependents"]].concat();
    run(&desk, &both).expect_code(2);
}

/// What a template may have become since its stack was deployed.
#[derive(Clone, Copy, Debug)]
enum Became {
    Gone,
    Folder,
    Text(&'static str),
}

#[test]
fn what_needs_an_output_counts_whatever_became_of_its_template() {
    let without_parameter = "Resources: { Topic: { Type: AWS::SNS::Topic } }\n";
    for became in [
        Became::Gone,
        Became::Folder,
        Became::Text(""),
        Became::Text("Resources: {"),
        Became::Text(without_parameter),
    ] {
        let desk = Desk::empty();
        desk.write("setting.yaml", SETTING);
        desk.write("app.yaml", SETTING);
        let app = "app: { template: setting.yaml";
        desk.write(FILE, STACKS.replace(app, "app: { template: app.yaml"));
        run(&desk, &["apply", FILE]).expect_code(0);
        // What a runner of CI has that was not there before.
        for kept in ["runs", "inventory", "templates"] {
            let folder = desk.path().join(".xdeploy").join(kept);
            if folder.exists() {
                std::fs::remove_dir_all(folder).expect("removed");
            }
        }
        let template = desk.path().join("app.yaml");
        std::fs::remove_file(&template).expect("removed");
        match became {
            Became::Gone => {}
            Became::Folder => std::fs::create_dir(&template).expect("made"),
            Became::Text(text) => drop(desk.write("app.yaml", text)),
        }
        let all = standing(&desk);
        let refused = run(&desk, &[&DEV_NETWORK[..], &["--yes"]].concat());
        assert_eq!(refused.code, 5, "{became:?}: {refused:?}");
        let says = refused.stderr_on_one_line();
        assert!(says.contains("dev/eu-central-1/app"), "{became:?}: {says}");
        assert_eq!(standing(&desk), all, "{became:?}");
        let graph = desk.run(&["graph", FILE, "--output", "dot"]).expect_code(0);
        assert_eq!(graph.stdout.matches(" -> ").count(), 6, "{became:?}: {graph:?}");
        let all = ["destroy", FILE, "--yes", "--progress", "plain", "--output", "json"];
        let done = run(&desk, &all).expect_code(0);
        let at = |stack: &str| {
            let line = |line: &str| line.contains(stack) && line.contains("deleted");
            done.stderr.lines().position(line).unwrap_or_else(|| panic!("{stack}: {done:?}"))
        };
        assert!(at("dev/eu-central-1/app") < at("dev/eu-central-1/network"), "{done:?}");
        let files = done.json()["files"].clone();
        let is_read = matches!(became, Became::Text(text) if text == without_parameter);
        assert_eq!(files.to_string().contains("app.yaml"), is_read, "{became:?}: {files}");
    }
}

#[test]
fn dependents_that_do_not_stand_are_in_nobodys_way() {
    let desk = desk();
    run(&desk, &["apply", FILE, "--stack", "network"]).expect_code(0);
    let done = run(&desk, &["destroy", FILE, "--stack", "network"]).expect_code(0);
    assert_eq!(done.stderr.matches("app").count(), 0, "{done:?}");
    assert_eq!(standing(&desk), [""; 0]);
}

#[test]
fn whoever_cannot_look_whether_dependents_stand_deletes_nothing() {
    let desk = deployed();
    let all = standing(&desk);
    // The hub needs what stands in the other accounts, and only it is in the source account.
    let fault = ["--sandbox-fault", "deny,action=DescribeStacks,account=source"];
    let network = ["destroy", FILE, "--stack", "app", "--stack", "last", "--account", "dev"];
    let asked = [&network[..], &fault[..]].concat();
    let refused = run(&desk, &asked).expect_code(5);
    let says = refused.stderr_on_one_line();
    let unknown =
        "source/eu-central-1/hub needs what is to be deleted, and whether it stands is not known";
    assert!(says.contains(unknown), "{says}");
    assert_eq!(standing(&desk), all);
}

#[test]
fn a_destroy_needs_the_rest_of_the_files_to_know_what_needs_it() {
    let desk = deployed();
    desk.write(FILE, STACKS.replace("last: {", "last: { stack-name: \"${env:NOT_SET}\","));
    let refused = run(&desk, &DEV_NETWORK).expect_code(2);
    assert!(refused.stderr_on_one_line().contains("NOT_SET"), "{refused:?}");
    assert!(refused.stderr_on_one_line().contains("--leave-dependents"), "{refused:?}");
    run(&desk, &[&DEV_NETWORK[..], &["--leave-dependents"]].concat()).expect_code(0);
}

#[test]
fn an_apply_that_leaves_out_what_takes_its_outputs_says_so_and_goes_on() {
    let desk = deployed();
    for command in ["apply", "plan"] {
        let of = |stack: &str, more: &[&str]| {
            let asked = [command, FILE, "--stack", stack, "--account", "dev"];
            let done = run(&desk, &[&asked[..], more].concat()).expect_code(0);
            done.stderr_on_one_line()
        };
        let told = "outputs go to stack instances that are not selected";
        let network = of("network", &[]);
        assert!(
            network.contains(&format!(
                "{told} and keep the values that they have: dev/eu-central-1/app ("
            )),
            "{network}"
        );
        assert!(of("app", &[]).contains(&format!(
            "{told} and keep the values that they have: source/eu-central-1/hub ("
        )));
        // What only comes after it takes nothing of it.
        assert!(!of("last", &[]).contains(told));
        let with = of("network", &["--with-dependents"]);
        assert!(!with.contains(told) && with.contains("selected as well"), "{with}");
    }
}

#[test]
fn a_stack_that_no_file_names_any_more_is_not_left_without_what_it_needs_either() {
    let desk = deployed();
    let last = "  last: { template: setting.yaml, depends-on: [app] }\n";
    let app =
        "  app: { template: setting.yaml, parameters: { Value: \"${output:network.Where}\" } }\n";
    let hub = STACKS.lines().find(|line| line.starts_with("  hub:")).expect("a line");
    desk.write(FILE, STACKS.replace(last, "").replace(app, "").replace(hub, ""));
    // Whether a part is selected or not: `app` needed it, and `last` and `hub` needed `app`.
    for selected in [&["destroy", FILE][..], &DEV_NETWORK] {
        let refused = run(&desk, selected).expect_code(5);
        let says = refused.stderr_on_one_line();
        for name in ["dev/eu-central-1/app", "dev/eu-central-1/last"] {
            assert!(says.contains(name), "{name}: {says}");
        }
        assert!(says.contains("xdeploy prune") && says.contains("nothing was touched"), "{says}");
    }
    let left = run(&desk, &[&DEV_NETWORK[..], &["--leave-dependents"]].concat()).expect_code(0);
    assert!(left.stderr_on_one_line().contains("left without what they needed: dev/"), "{left:?}");
    run(&desk, &["prune", FILE, "--yes"]).expect_code(0);
    run(&desk, &["destroy", FILE]).expect_code(0);
}

/// A base and an app that needs it; the app's creation fails as long as its template says so.
fn half_deployed(app: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("base.yaml", SETTING);
    desk.write("app.yaml", app);
    let stacks = "stacks:\n  base: { template: base.yaml }\n  \
                  app: { template: app.yaml, depends-on: [base] }\n";
    let head = crate::support::files::ONE;
    desk.write(FILE, format!("{head}{stacks}"));
    desk
}

#[test]
fn a_rollback_that_deletes_what_a_later_run_built_upon_is_refused() {
    let desk = half_deployed(&failing("create", "one"));
    run(&desk, &["apply", FILE]).expect_code(1);
    let first = newest(&desk);
    let template = std::fs::read_to_string(desk.path().join("app.yaml")).expect("it is there");
    desk.write("app.yaml", SETTING);
    run(&desk, &["apply", FILE]).expect_code(0);
    desk.write("app.yaml", template);
    let refused = run(&desk, &["rollback", &first, "--yes"]).expect_code(5);
    let says = refused.stderr_on_one_line();
    assert!(says.contains("dev/eu-central-1/app") && says.contains("--leave-dependents"), "{says}");
    assert_eq!(standing(&desk), ["dev/app", "dev/base"]);
    run(&desk, &["rollback", &first, "--yes", "--leave-dependents"]).expect_code(0);
    assert_eq!(standing(&desk), ["dev/app"]);
}

#[test]
fn a_rollback_leaves_what_stood_before_the_run_as_it_stood() {
    let desk = half_deployed(SETTING);
    let alone = format!("{}stacks:\n  app: {{ template: app.yaml }}\n", crate::support::files::ONE);
    let with_base = std::fs::read_to_string(desk.path().join(FILE)).expect("it is there");
    desk.write(FILE, alone);
    run(&desk, &["apply", FILE]).expect_code(0);
    desk.write(FILE, with_base);
    run(&desk, &["apply", FILE]).expect_code(0);
    run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    assert_eq!(standing(&desk), ["dev/app"]);
}

#[test]
fn a_rollback_is_refused_for_a_dependent_that_was_made_anew_since() {
    let desk = half_deployed(SETTING);
    run(&desk, &["apply", FILE]).expect_code(0);
    let first = newest(&desk);
    run(&desk, &["destroy", FILE, "--stack", "app"]).expect_code(0);
    run(&desk, &["apply", FILE]).expect_code(0);
    let rollback = ["rollback", &first, "--yes"];
    let is_refused = || {
        let refused = run(&desk, &rollback).expect_code(5);
        let says = refused.stderr_on_one_line();
        assert!(says.contains("dev/eu-central-1/app"), "{says}");
        assert!(!refused.stdout.contains("rolled back"), "{refused:?}");
    };
    let both = std::fs::read_to_string(desk.path().join(FILE)).expect("it is there");
    is_refused();
    assert_eq!(standing(&desk), ["dev/app", "dev/base"]);
    // Also where only runs tell that it needs what is deleted.
    let one = "stacks:\n  base: { template: base.yaml }\n";
    desk.write(FILE, format!("{}{one}", crate::support::files::ONE));
    is_refused();
    std::fs::remove_file(desk.path().join(FILE)).expect("it can be removed");
    is_refused();
    desk.write(FILE, both);
    let left = ["--leave-dependents", "--output", "json"];
    let back = run(&desk, &[&rollback[..], &left].concat()).expect_code(0);
    assert_eq!(standing(&desk), ["dev/app"]);
    let note = back.instance("dev", "app")["notes"][0].to_string();
    assert!(note.contains("another one of its name, made since, is left alone"), "{note}");
    assert_eq!(back.instance("dev", "base")["notes"], serde_json::Value::Null);
    // What was made anew is not forgotten for what is gone.
    let none = "stacks:\n  other: { template: base.yaml }\n";
    desk.write(FILE, format!("{}{none}", crate::support::files::ONE));
    let status = run(&desk, &["status", FILE, "--output", "json"]).expect_code(0).json();
    let left = status["left_behind"].as_array().expect("a list");
    assert_eq!(left.len(), 1, "{status}");
    assert_eq!(left[0]["stack"], "app");
}

#[test]
fn a_rollback_takes_back_what_its_run_made_and_nothing_else_needs() {
    let desk = half_deployed(SETTING);
    run(&desk, &["apply", FILE]).expect_code(0);
    run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    assert_eq!(standing(&desk), [""; 0]);
}

#[test]
fn a_destroy_is_resumed_with_the_dependents_that_it_began_with() {
    let desk = deployed();
    let fault = ["--sandbox-fault", "deny,action=DeleteStack,account=source"];
    let asked = [&DEV_NETWORK[..], &["--with-dependents"], &fault[..]].concat();
    run(&desk, &asked).expect_code(1);
    assert_eq!(standing(&desk).len(), 6, "{:?}", standing(&desk));
    run(&desk, &["resume"]).expect_code(0);
    assert_eq!(standing(&desk), ["test/app", "test/last", "test/network"]);
}

#[test]
fn a_rollback_is_refused_for_what_was_built_upon_and_no_file_names_any_more() {
    let desk = half_deployed(SETTING);
    let with_app = std::fs::read_to_string(desk.path().join(FILE)).expect("it is there");
    let alone =
        format!("{}stacks:\n  base: {{ template: base.yaml }}\n", crate::support::files::ONE);
    desk.write(FILE, &alone);
    run(&desk, &["apply", FILE]).expect_code(0);
    let first = newest(&desk);
    desk.write(FILE, with_app);
    run(&desk, &["apply", FILE]).expect_code(0);
    desk.write(FILE, alone);
    let refused = run(&desk, &["rollback", &first, "--yes"]).expect_code(5);
    assert!(refused.stderr_on_one_line().contains("dev/eu-central-1/app"), "{refused:?}");
    // The file names it, and says no more that it needs what the run made.
    let cut_off = "stacks:\n  base: { template: base.yaml }\n  app: { template: app.yaml }\n";
    desk.write(FILE, format!("{}{cut_off}", crate::support::files::ONE));
    let refused = run(&desk, &["rollback", &first, "--yes"]).expect_code(5);
    assert!(refused.stderr_on_one_line().contains("dev/eu-central-1/app"), "{refused:?}");
    std::fs::remove_file(desk.path().join(FILE)).expect("it can be removed");
    let refused = run(&desk, &["rollback", &first, "--yes"]).expect_code(5);
    assert!(refused.stderr_on_one_line().contains("dev/eu-central-1/app"), "{refused:?}");
    run(&desk, &["rollback", &first, "--yes", "--leave-dependents"]).expect_code(0);
}

#[test]
fn a_destroy_is_resumed_whatever_the_variables_hold_by_then() {
    let desk = Desk::empty();
    desk.write("setting.yaml", SETTING);
    desk.write(
        FILE,
        STACKS.replace(
            "network: { template: setting.yaml",
            "network: { template: setting.yaml, parameters: { Value: \"${env:TAG}\" }",
        ),
    );
    let with = |tag: Option<&str>, arguments: &[&str]| {
        let mut command = desk.command(&[arguments, &SANDBOX[..]].concat());
        if let Some(tag) = tag {
            command.env("TAG", tag);
        }
        Printed::from(command.output().expect("it starts"))
    };
    with(Some("one"), &["apply", FILE]).expect_code(0);
    let fault = ["--sandbox-fault", "deny,action=DeleteStack,account=dev"];
    let destroy = [&["destroy", FILE][..], &fault[..]].concat();
    with(Some("one"), &destroy).expect_code(1);
    for tag in [None, Some("two")] {
        with(tag, &[&["resume"][..], &fault[..]].concat()).expect_code(1);
    }
    with(None, &["resume"]).expect_code(0);
}

#[test]
fn a_stack_that_was_not_deployed_yet_without_what_it_needs_counts_as_it_stands() {
    let desk = deployed();
    let app =
        "  app: { template: setting.yaml, parameters: { Value: \"${output:network.Where}\" } }\n";
    desk.write(FILE, STACKS.replace(app, "  app: { template: setting.yaml }\n"));
    let refused = run(&desk, &DEV_NETWORK).expect_code(5);
    let says = refused.stderr_on_one_line();
    assert!(says.contains("dev/eu-central-1/app") && says.contains("`xdeploy apply`"), "{says}");
    run(&desk, &["apply", FILE, "--stack", "app", "--account", "dev"]).expect_code(0);
    run(&desk, &DEV_NETWORK).expect_code(0);
}

/// Returns the id of the newest run.
fn newest(desk: &Desk) -> String {
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    runs["runs"][0]["run"].as_str().expect("an id").to_owned()
}
