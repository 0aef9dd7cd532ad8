//! Texts that CloudFormation answers with `?`, and what the state folder knows of them.

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING, failing};

/// Returns a folder with a template whose stack keeps a setting, and one whose stack fails when it is made.
fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("app.yaml", SETTING.replace("!GetAtt Setting.Value", "!Ref Value"));
    desk.write("bad.yaml", failing("create", "1"));
    desk.write("good.yaml", failing("delete", "1"));
    desk
}

/// Runs a command on an environment whose stack `app` has these keys, with other stacks behind it.
fn run(desk: &Desk, command: &[&str], app: &str, others: &str) -> Printed {
    let file = format!(
        "{ONE}\nrollout: {{ on-failure: rollback-run }}\nstacks:\n  app: {{ template: app.yaml, {app} \
         }}\n{others}"
    );
    desk.write("prod.yaml", file);
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    let (name, rest) = command.split_first().expect("a command");
    desk.run(&[&[*name, "prod.yaml"][..], rest, &sandbox[..]].concat())
}

fn apply(desk: &Desk, app: &str, others: &str) -> Printed {
    run(desk, &["apply", "--yes", "--output", "json"], app, others)
}

const BAD: &str = "  bad: { template: bad.yaml, depends-on: [app] }\n";

/// The keys of a stack before a run, and what the run makes of them.
const KEYS: [(&str, &str); 5] = [
    ("parameters: { Value: Größe }", "parameters: { Value: size }"),
    ("parameters: { Value: 'https://a.example/?b=c' }", "parameters: { Value: size }"),
    ("tags: { team: Köln }", "tags: { team: Bonn }"),
    ("tags: { link: 'https://a.example/?b=c' }", "tags: {}"),
    ("tags: { Straße: 'why?', plain: x }", "tags: { a: b }"),
];

/// Expects that a run which fails puts `before` back, which stands as it was sent then.
#[track_caller]
fn expect_put_back(desk: &Desk, before: &str, after: &str) {
    let ran = apply(desk, after, BAD).expect_code(1);
    assert_eq!(ran.instance("dev", "app")["outcome"], "rolled-back", "{before}: {ran:?}");
    let again = apply(desk, before, "").expect_code(0);
    assert_eq!(again.instance("dev", "app")["outcome"], "unchanged", "{before}: {again:?}");
}

#[test]
fn parameters_and_tags_are_put_back_as_they_were_sent() {
    for (before, after) in KEYS {
        let desk = desk();
        apply(&desk, before, "").expect_code(0);
        expect_put_back(&desk, before, after);
        // What was put back is known as well.
        expect_put_back(&desk, before, after);
    }
}

#[test]
fn what_was_sent_is_known_however_many_runs_of_other_stacks_came_between() {
    let desk = desk();
    let other = "  good: { template: good.yaml }\n";
    let (before, after) = KEYS[0];
    apply(&desk, before, "").expect_code(0);
    let only = ["apply", "--yes", "--output", "json", "--stack", "good"];
    for _ in 0..5 {
        run(&desk, &only, before, other).expect_code(0);
    }
    expect_put_back(&desk, before, after);
}

#[test]
fn what_was_sent_is_known_after_cloudformation_took_an_update_back() {
    let desk = desk();
    let (before, after) = KEYS[0];
    desk.write("app.yaml", SETTING);
    apply(&desk, before, "").expect_code(0);
    let fails = "    Metadata: { Sandbox: { FailOn: [update] } }\n    Type: AWS::SSM::Parameter\n";
    desk.write("app.yaml", SETTING.replace("    Type: AWS::SSM::Parameter\n", fails));
    let ran = apply(&desk, after, "").expect_code(1);
    assert_eq!(ran.instance("dev", "app")["status"], "UPDATE_ROLLBACK_COMPLETE", "{ran:?}");
    desk.write("app.yaml", SETTING);
    expect_put_back(&desk, before, after);
}

#[test]
fn a_template_that_was_read_and_taken_back_by_cloudformation_is_not_put_back() {
    let desk = desk();
    let template = SETTING.replace("Type: String, Default: one", "Type: String, Default: Größe");
    assert_ne!(template, SETTING);
    desk.write("app.yaml", &template);
    apply(&desk, "parameters: { Value: one }", "").expect_code(0);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    std::fs::remove_dir_all(desk.path().join(".xdeploy/templates")).expect("there were templates");
    let fails = "    Metadata: { Sandbox: { FailOn: [update] } }\n    Type: AWS::SSM::Parameter\n";
    desk.write("app.yaml", SETTING.replace("    Type: AWS::SSM::Parameter\n", fails));
    let ran = apply(&desk, "parameters: { Value: two }", "").expect_code(1);
    assert_eq!(ran.instance("dev", "app")["status"], "UPDATE_ROLLBACK_COMPLETE", "{ran:?}");
    desk.write("app.yaml", SETTING);
    let ran = apply(&desk, "parameters: { Value: three }", BAD).expect_code(1);
    let app = ran.instance("dev", "app");
    assert_eq!(app["outcome"], "failed", "{app}");
    assert!(app["failure"]["message"].to_string().contains("stands in its template"), "{app}");
}

#[test]
fn a_parameter_that_a_run_left_alone_is_known_to_the_next() {
    let desk = desk();
    let (before, after) = KEYS[0];
    apply(&desk, before, "").expect_code(0);
    apply(&desk, "tags: { a: b }", "").expect_code(0);
    let ran = apply(&desk, after, BAD).expect_code(1);
    assert_eq!(ran.instance("dev", "app")["outcome"], "rolled-back", "{ran:?}");
    let again = apply(&desk, "parameters: { Value: Größe }, tags: { a: b }", "").expect_code(0);
    assert_eq!(again.instance("dev", "app")["outcome"], "unchanged", "{again:?}");
}

#[test]
fn tags_whose_keys_read_the_same_are_not_put_back() {
    let desk = desk();
    apply(&desk, "tags: { Straße: x, Straše: x }", "").expect_code(0);
    let ran = apply(&desk, "tags: { a: b }", BAD).expect_code(1);
    assert_eq!(ran.instance("dev", "app")["outcome"], "failed", "{ran:?}");
}

#[test]
fn without_the_state_of_before_nothing_uncertain_is_put_back() {
    let desk = desk();
    let (before, after) = KEYS[0];
    apply(&desk, before, "").expect_code(0);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    let ran = apply(&desk, after, BAD).expect_code(1);
    let app = ran.instance("dev", "app");
    assert_eq!(app["outcome"], "failed", "{app}");
    assert!(app["failure"]["message"].to_string().contains("parameter `Value`"), "{app}");
}

#[test]
fn a_secret_is_never_kept_among_what_was_sent() {
    let desk = desk();
    let secret = "hush? Größe, 12345";
    desk.write(
        "app.yaml",
        SETTING.replace("Type: String, Default", "Type: String, NoEcho: true, Default"),
    );
    apply(&desk, &format!("parameters: {{ Value: '{secret}' }}, tags: {{ a: 'b?' }}"), "")
        .expect_code(0);
    let runs = std::fs::read_dir(desk.path().join(".xdeploy/runs")).expect("there are runs");
    let mut kept = String::new();
    for run in runs {
        let path = run.expect("it can be listed").path();
        if path.is_file() {
            kept.push_str(&std::fs::read_to_string(path).expect("text"));
        }
    }
    assert!(kept.contains("b?"), "the tag is kept: {kept}");
    assert!(!kept.contains("hush"), "{kept}");
}

#[test]
fn outputs_says_where_a_question_mark_may_stand_for_something_else() {
    let desk = desk();
    let keys = KEYS[0].0;
    apply(&desk, keys, "").expect_code(0);
    let shown = run(&desk, &["outputs", "--output", "json"], keys, "").expect_code(0);
    let path = "prod/dev/eu-central-1/app/Value";
    assert!(shown.stderr.contains(path) && shown.stderr.contains("outside ASCII"), "{shown:?}");
    let tree = shown.json();
    assert_eq!(tree["_uncertain"], serde_json::json!([path]));
    assert_eq!(tree["prod"]["dev"]["eu-central-1"]["app"]["Value"], "Gr??e");
    let lines = run(&desk, &["outputs", "--output", "env"], keys, "").expect_code(0);
    assert!(!lines.stdout.contains("UNCERTAIN"), "{lines:?}");
    // What the template itself says is no other.
    desk.write("app.yaml", SETTING.replace("!GetAtt Setting.Value", "'https://a.example/?b=c'"));
    apply(&desk, keys, "").expect_code(0);
    let shown = run(&desk, &["outputs", "--output", "json"], keys, "").expect_code(0);
    assert!(!shown.stderr.contains("ASCII"), "{shown:?}");
    assert_eq!(shown.json().get("_uncertain"), None);
}

#[test]
fn outputs_does_not_warn_of_a_question_mark_that_was_sent() {
    let desk = desk();
    let keys = "parameters: { Value: 'https://a.example/?b=c' }";
    apply(&desk, keys, "").expect_code(0);
    let shown = || run(&desk, &["outputs", "--output", "json"], keys, "").expect_code(0);
    let known = shown();
    assert!(!known.stderr.contains("ASCII"), "{known:?}");
    assert_eq!(known.json().get("_uncertain"), None);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    assert!(shown().stderr.contains("ASCII"));
}

#[test]
fn outputs_takes_no_default_for_the_value_that_a_stack_keeps() {
    let desk = desk();
    let template = SETTING.replace("!GetAtt Setting.Value", "!Sub '${Value}'");
    desk.write("app.yaml", template.replace("Default: one", "Default: 'w?s'"));
    apply(&desk, "parameters: { Value: wäs }", "").expect_code(0);
    let shown = || run(&desk, &["outputs", "--output", "json"], "", "").expect_code(0);
    assert!(shown().stderr.contains("ASCII"));
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    let fresh = shown();
    assert!(fresh.stderr.contains("ASCII"), "{fresh:?}");
    assert_eq!(fresh.json()["_uncertain"], serde_json::json!(["prod/dev/eu-central-1/app/Value"]));
    // A stack that was made with the default is known to have it, as far as the state folder tells.
    let desk = self::desk();
    desk.write("app.yaml", template.replace("Default: one", "Default: 'w?s'"));
    apply(&desk, "", "").expect_code(0);
    let known = run(&desk, &["outputs", "--output", "json"], "", "").expect_code(0);
    assert!(!known.stderr.contains("ASCII"), "{known:?}");
}

#[test]
fn an_output_of_a_stack_outside_the_selection_is_known_by_what_was_sent_for_it() {
    let desk = desk();
    let keys = "parameters: { Value: 'https://a.example/?b=c' }";
    let second = |value: &str| {
        format!(
            "  second: {{ template: app.yaml, parameters: {{ Value: '${{output:app.Value}}{value}' }} }}\n"
        )
    };
    apply(&desk, keys, &second("")).expect_code(0);
    let plan = ["plan", "--output", "json", "--stack", "second"];
    let planned = run(&desk, &plan, keys, &second("&d")).expect_code(0);
    assert_eq!(planned.instance("dev", "second")["outcome"], "updated", "{planned:?}");
    let only = ["apply", "--yes", "--output", "json", "--stack", "second"];
    run(&desk, &only, keys, &second("&d")).expect_code(0);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    let ran = run(&desk, &only, keys, &second("&e")).expect_code(1);
    let failure = ran.instance("dev", "second")["failure"].clone();
    assert!(failure["help"].to_string().contains("select its stack as well"), "{failure}");
    // The run that deploys both knows what it sends.
    apply(&desk, keys, &second("&e")).expect_code(0);
}

#[test]
fn an_output_of_a_parameter_that_the_file_does_not_set_is_what_the_stack_keeps_and_not_its_default()
{
    let second = |value: &str| {
        format!(
            "  second: {{ template: other.yaml, parameters: {{ Value: '${{output:app.Value}}{value}' }} }}\n"
        )
    };
    let template = |default: &str| {
        let text = SETTING.replace("!GetAtt Setting.Value", "!Ref Value");
        text.replace("Default: one", &format!("Default: '{default}'"))
    };
    let desk = desk();
    desk.write("other.yaml", SETTING);
    desk.write("app.yaml", template("why?"));
    apply(&desk, "", &second("")).expect_code(0);
    // The default was sent, and is known to those that come after.
    for (keys, value) in [("", "&a"), ("tags: { a: b }", "&b")] {
        let ran = apply(&desk, keys, &second(value)).expect_code(0);
        assert_eq!(ran.instance("dev", "second")["outcome"], "updated", "{ran:?}");
    }
    apply(&desk, "parameters: { Value: Größe }", "").expect_code(0);
    // It reads as what the stack keeps.
    desk.write("app.yaml", template("Gr??e"));
    for keys in ["tags: { a: c }", "tags: { a: c }"] {
        let ran = apply(&desk, keys, &second("&c")).expect_code(1);
        let failure = ran.instance("dev", "second")["failure"].clone();
        assert!(failure["message"].to_string().contains("outside ASCII"), "{failure}");
    }
}

#[test]
fn where_it_is_not_known_what_a_parameter_keeps_the_help_says_to_set_it() {
    let second =
        "  second: { template: other.yaml, parameters: { Value: '${output:app.Value}' } }\n";
    let text = SETTING.replace("!GetAtt Setting.Value", "!Ref Value");
    let desk = desk();
    desk.write("other.yaml", SETTING);
    desk.write("app.yaml", text.replace("Default: one", "Default: 'why?'"));
    apply(&desk, "", "").expect_code(0);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("there were runs");
    let ran = apply(&desk, "", second).expect_code(1);
    let failure = ran.instance("dev", "second")["failure"].clone();
    let help = failure["help"].as_str().expect("a help");
    assert!(help.starts_with("give `Value` a value under the `parameters` of app: "), "{help}");
    let ran = apply(&desk, "parameters: { Value: 'why?' }", second).expect_code(0);
    assert_eq!(ran.instance("dev", "second")["outcome"], "created", "{ran:?}");
}
