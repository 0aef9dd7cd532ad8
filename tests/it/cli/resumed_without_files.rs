//! Runs that are resumed by what they kept, as their files changed since or are gone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::binary::{Desk, Printed};
use crate::support::files::{HEAD, ONE, SETTING};
use crate::support::kept::journals;

const SANDBOX: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const FILE: &str = "prod.yaml";
/// Lets a run fail where nothing was sent, so that it can be resumed.
const DENY_PROD: [&str; 2] = ["--sandbox-fault", "deny,action=CreateStack,account=prod"];

const SECRET: &str = "
Parameters:
  Value: { Type: String, Default: one }
  Password: { Type: String, NoEcho: true }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Password } }
";

fn run(desk: &Desk, arguments: &[&str]) -> Printed {
    run_with(desk, arguments, &[])
}

fn run_with(desk: &Desk, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
    let mut command = desk.command(&[arguments, &SANDBOX[..]].concat());
    command.envs(variables.iter().copied());
    Printed::from(command.output().expect("it starts"))
}

/// Writes an environment whose failures stop nothing else.
fn write(desk: &Desk, head: &str, stacks: &str) {
    desk.write(FILE, format!("{head}rollout: {{ on-failure: continue }}\nstacks:\n{stacks}"));
}

/// Applies the stacks, which succeeds in `dev` and fails in `prod` before anything was sent there.
fn half_applied(stacks: &str, variables: &[(&str, &str)]) -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("secret.yaml", SECRET);
    write(&desk, HEAD, stacks);
    let apply = [&["apply", FILE, "--output", "json"][..], &DENY_PROD].concat();
    let ran = run_with(&desk, &apply, variables).expect_code(1);
    assert_eq!(ran.outcomes(), ["dev/app created", "prod/app failed"]);
    desk
}

/// Resumes the last run and returns what it said.
#[track_caller]
fn resumed(desk: &Desk, variables: &[(&str, &str)]) -> String {
    let ran = run_with(desk, &["resume", "--output", "json"], variables).expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app created", "prod/app created"], "{ran:?}");
    ran.stderr_on_one_line()
}

/// Returns why the last run is not resumed, after looking whether it touched something.
#[track_caller]
fn refused(desk: &Desk, variables: &[(&str, &str)]) -> String {
    let refused = run_with(desk, &["resume"], variables).expect_code(2);
    let said = refused.stderr_on_one_line();
    assert!(said.contains("nothing was touched"), "{said}");
    said
}

/// Returns the value that the stack `app` of `prod` has.
fn value(desk: &Desk) -> String {
    desk.write("t.yaml", SETTING);
    desk.write("look.yaml", format!("{HEAD}stacks:\n  app: {{ template: t.yaml }}\n"));
    let outputs = run(desk, &["outputs", "look.yaml", "--output", "json"]).expect_code(0);
    let prod = &outputs.json()["prod"]["prod"]["eu-central-1"]["app"];
    prod["Value"].as_str().expect("text").to_owned()
}

fn remove(desk: &Desk, name: &str) {
    fs::remove_file(desk.path().join(name)).expect("it is there");
}

/// Returns all files beneath a folder but those of the sandbox, which is no part of the state.
fn state_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let own = paths.filter(|path| !path.ends_with("sandbox"));
    let all = own.flat_map(|path| if path.is_dir() { state_files(&path) } else { vec![path] });
    all.collect()
}

/// Returns whether a text stands in a file of the state folder.
fn is_kept(desk: &Desk, text: &str) -> bool {
    let files = state_files(&desk.path().join(".xdeploy"));
    assert!(files.len() > 3, "{files:?}");
    files.iter().any(|path| {
        let bytes = fs::read(path).expect("it can be read");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// Returns where the last run kept its plan.
fn plan_file(desk: &Desk) -> PathBuf {
    journals(desk, ".xdeploy").last().expect("a run").with_extension("plan.json")
}

#[test]
fn a_run_whose_file_changed_is_resumed_by_what_it_kept_and_says_so() {
    let desk = half_applied("  app: { template: t.yaml, parameters: { Value: first } }\n", &[]);
    write(&desk, HEAD, "  app: { template: t.yaml, parameters: { Value: second } }\n");
    let said = resumed(&desk, &[]);
    assert!(said.contains("prod.yaml changed since run "), "{said}");
    assert!(
        said.contains(" began: it is resumed by what it kept; `xdeploy apply` sends"),
        "{said}"
    );
    assert_eq!(value(&desk), "first");
}

#[test]
fn a_run_whose_files_are_gone_is_resumed_by_what_it_kept_and_says_so() {
    let desk = half_applied("  app: { template: t.yaml, parameters: { Value: first } }\n", &[]);
    remove(&desk, FILE);
    remove(&desk, "t.yaml");
    let said = resumed(&desk, &[]);
    assert!(said.contains("prod.yaml of run ") && said.contains(" is not here"), "{said}");
    assert_eq!(value(&desk), "first");
}

#[test]
fn whichever_file_of_several_layers_changed_or_is_gone_is_named() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("common.yaml", "tags: { owner: platform }\n");
    let head = format!("extends: [common.yaml]\n{HEAD}");
    write(&desk, &head, "  app: { template: t.yaml }\n");
    for (text, says) in [
        (Some("tags: { owner: others }\n"), "common.yaml changed since run "),
        (None, "common.yaml of run "),
    ] {
        desk.write("common.yaml", "tags: { owner: platform }\n");
        run(&desk, &[&["apply", FILE][..], &DENY_PROD].concat()).expect_code(1);
        match text {
            Some(text) => drop(desk.write("common.yaml", text)),
            None => remove(&desk, "common.yaml"),
        }
        let said = run(&desk, &["resume"]).expect_code(0).stderr_on_one_line();
        assert!(said.contains(says), "{said}");
        run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    }
}

#[test]
fn a_run_whose_template_or_variable_changed_is_resumed_by_what_it_kept() {
    let stacks = "  app: { template: t.yaml, parameters: { Value: \"${env:TAG}\" } }\n";
    for template in [SETTING.to_owned(), SETTING.replace("Default: one", "Default: two")] {
        let desk = half_applied(stacks, &[("TAG", "first")]);
        desk.write("t.yaml", template);
        let said = resumed(&desk, &[("TAG", "second")]);
        assert!(said.contains("a variable that prod.yaml names is not what it was"), "{said}");
        assert_eq!(value(&desk), "first");
    }
}

#[test]
fn a_run_whose_files_are_as_they_were_is_resumed_by_them_without_a_word() {
    let desk = half_applied("  app: { template: t.yaml, parameters: { Value: first } }\n", &[]);
    fs::remove_file(plan_file(&desk)).expect("it is there");
    let said = resumed(&desk, &[]);
    assert!(!said.contains("by what it kept"), "{said}");
}

#[test]
fn a_secret_from_a_variable_is_kept_nowhere_and_read_anew() {
    let stacks = "  app: { template: secret.yaml, parameters: { Password: \"${env:WORD}\" } }\n";
    let desk = half_applied(stacks, &[("WORD", "hunter2-of-then")]);
    assert!(!is_kept(&desk, "hunter2-of-then"));
    remove(&desk, FILE);
    let said = refused(&desk, &[]);
    assert!(said.contains("the environment variable WORD is not set"), "{said}");
    assert!(said.contains("parameter Password of stack app"), "{said}");
    resumed(&desk, &[("WORD", "hunter2-of-now")]);
    assert!(!is_kept(&desk, "hunter2"));
    let world = fs::read_dir(desk.path().join(".xdeploy/sandbox")).expect("the cloud");
    let world: String = world
        .filter_map(|entry| fs::read_to_string(entry.expect("an entry").path()).ok())
        .collect();
    assert!(world.contains("hunter2-of-then") && world.contains("hunter2-of-now"));
}

#[test]
fn a_secret_that_stands_in_a_file_alone_is_read_from_that_file_as_it_was() {
    for given in ["hunter2-in-file", "${file:word.txt}", "${variables.word}", "${env:W:-hunter2-d}"]
    {
        let desk = Desk::empty();
        desk.write("word.txt", "hunter2-beside");
        desk.write("secret.yaml", SECRET);
        let head = format!("{HEAD}variables: {{ word: hunter2-of-file }}\n");
        let stacks = format!(
            "  app: {{ template: secret.yaml, parameters: {{ Password: \"{given}\" }} }}\n"
        );
        write(&desk, &head, &stacks);
        let apply = [&["apply", FILE][..], &DENY_PROD].concat();
        run(&desk, &apply).expect_code(1);
        assert!(!is_kept(&desk, "hunter2"), "{given}");

        desk.write("secret.yaml", SECRET.replace("Default: one", "Default: two"));
        let file = fs::read_to_string(desk.path().join(FILE)).expect("it is there");
        desk.write(FILE, format!("{file}# changed\n"));
        let said = refused(&desk, &[]);
        let source = if given.contains("file:") { "word.txt" } else { "prod.yaml" };
        assert!(said.contains(&format!("stands only in {source}")), "{given}: {said}");
        assert!(said.contains(&format!("bring {source} back")), "{given}: {said}");

        desk.write(FILE, file);
        let said = resumed(&desk, &[]);
        assert!(said.contains("it is resumed by what it kept"), "{given}: {said}");
        assert!(!is_kept(&desk, "hunter2"), "{given}");
    }
}

#[test]
fn all_secrets_that_are_nowhere_are_told_at_once() {
    let desk = half_applied(
        "  app:\n    template: secret.yaml\n    parameters: { Password: \"${env:WORD}\" }\n",
        &[("WORD", "hunter2")],
    );
    write(
        &desk,
        HEAD,
        "  app: { template: secret.yaml, parameters: { Password: \"${env:WORD}\" } }
  other: { template: secret.yaml, parameters: { Password: hunter2-in-file } }\n",
    );
    let apply = [&["apply", FILE][..], &DENY_PROD].concat();
    run_with(&desk, &apply, &[("WORD", "hunter2")]).expect_code(1);
    remove(&desk, FILE);
    let said = refused(&desk, &[]);
    assert!(said.contains("variable WORD is not set"), "{said}");
    assert!(said.contains("parameter Password of stack other stands only in prod.yaml"), "{said}");
}

#[test]
fn an_external_id_from_a_variable_is_read_anew_where_the_files_are_gone() {
    let head = HEAD.replace("name: deployer", "name: deployer, external-id: '${env:BETWEEN}'");
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    write(&desk, &head, "  app: { template: t.yaml }\n");
    let id = [("BETWEEN", "between-us-two")];
    let apply = [&["apply", FILE][..], &DENY_PROD].concat();
    run_with(&desk, &apply, &id).expect_code(1);
    assert!(!is_kept(&desk, "between-us-two"));
    remove(&desk, FILE);
    let said = refused(&desk, &[]);
    assert!(said.contains("the environment variable BETWEEN is not set"), "{said}");
    resumed(&desk, &id);
    let rolled_back = run_with(&desk, &["rollback", "latest", "--yes"], &id).expect_code(0);
    assert!(rolled_back.stderr.contains("it is rolled back by what it kept"), "{rolled_back:?}");
}

#[test]
fn a_plan_that_an_earlier_version_kept_is_no_use_for_going_on() {
    let desk = half_applied("  app: { template: t.yaml }\n", &[]);
    let path = plan_file(&desk);
    let text = fs::read_to_string(&path).expect("it is kept");
    let mut plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for instance in plan["instances"].as_array_mut().expect("a list") {
        let instance = instance.as_object_mut().expect("an object");
        instance.remove("whole").expect("all that is sent");
    }
    fs::write(&path, plan.to_string()).expect("written");
    write(&desk, HEAD, "  other: { template: t.yaml }\n");
    let said = refused(&desk, &[]);
    assert!(said.contains("changed since run") && said.contains("cannot be resumed"), "{said}");
    run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
}

#[test]
fn a_plan_that_is_not_what_was_kept_is_not_used() {
    let desk = half_applied("  app: { template: t.yaml, parameters: { Value: first } }\n", &[]);
    let path = plan_file(&desk);
    let text = fs::read_to_string(&path).expect("it is kept");
    remove(&desk, FILE);
    fs::write(&path, text.replace("first", "other")).expect("written");
    let said = refused(&desk, &[]);
    assert!(said.contains(".plan.json is not what run "), "{said}");
    fs::write(&path, text).expect("written");
    fs::remove_dir_all(desk.path().join(".xdeploy/templates")).expect("it is there");
    let said = refused(&desk, &[]);
    assert!(said.contains("t.yaml") && said.contains("`templates` of the state folder"), "{said}");
}

#[test]
fn a_destroy_whose_file_is_gone_is_resumed_and_tells_where_it_looks_for_what_needs_it() {
    let desk = Desk::empty();
    desk.write("secret.yaml", SECRET);
    desk.write("t.yaml", SETTING);
    let stacks = "  app: { template: secret.yaml, parameters: { Password: hunter2-in-file } }\n";
    write(&desk, HEAD, &format!("{stacks}  other: {{ template: t.yaml }}\n"));
    run(&desk, &["apply", FILE]).expect_code(0);
    let deny = ["--sandbox-fault", "deny,action=DeleteStack,account=prod"];
    let destroy = [&["destroy", FILE, "--stack", "app"][..], &deny].concat();
    run(&desk, &destroy).expect_code(1);
    assert!(!is_kept(&desk, "hunter2"));
    remove(&desk, FILE);
    let ran = run(&desk, &["resume", "--output", "json"]).expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app deleted", "prod/app deleted"]);
    let said = ran.stderr_on_one_line();
    assert!(said.contains("it is resumed by what it kept"), "{said}");
    assert!(
        said.contains("what needs the stacks that are deleted is told by earlier runs"),
        "{said}"
    );
}

#[test]
fn a_destroy_whose_file_is_gone_is_not_resumed_for_what_a_later_run_built_upon() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    let base = "  base: { template: t.yaml }\n";
    write(&desk, ONE, base);
    run(&desk, &["apply", FILE]).expect_code(0);
    let destroy =
        ["destroy", FILE, "--stack", "base", "--sandbox-fault", "deny,action=DeleteStack"];
    run(&desk, &destroy).expect_code(1);
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    let destroy = runs["runs"][0]["run"].as_str().expect("an id");
    let app = "  app: { template: t.yaml, parameters: { Value: \"${output:base.Value}\" } }\n";
    write(&desk, ONE, &format!("{base}{app}"));
    run(&desk, &["apply", FILE]).expect_code(0);
    remove(&desk, FILE);
    let refused = run(&desk, &["resume", destroy]).expect_code(5).stderr_on_one_line();
    assert!(refused.contains("dev/eu-central-1/app"), "{refused}");
}

#[test]
fn a_prune_whose_file_is_gone_is_resumed_unless_a_later_run_changed_what_it_deletes() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    let both = "  app: { template: t.yaml }\n  old: { template: t.yaml }\n";
    write(&desk, ONE, both);
    run(&desk, &["apply", FILE]).expect_code(0);
    write(&desk, ONE, "  app: { template: t.yaml }\n");
    let deny = ["--sandbox-fault", "deny,action=DeleteStack"];
    run(&desk, &[&["prune", FILE][..], &deny].concat()).expect_code(1);
    let prune = desk.run(&["runs", "--output", "json"]).json()["runs"][0]["run"].clone();
    let prune = prune.as_str().expect("an id");
    remove(&desk, FILE);
    run(&desk, &[&["resume", prune][..], &deny].concat()).expect_code(1);

    let value = "  old: { template: t.yaml, parameters: { Value: two } }\n";
    write(&desk, ONE, value);
    let refused = run(&desk, &["resume", prune]).expect_code(2).stderr_on_one_line();
    assert!(refused.contains("which the files name again"), "{refused}");
    run(&desk, &["apply", FILE]).expect_code(0);
    remove(&desk, FILE);
    let refused = run(&desk, &["resume", prune]).expect_code(2).stderr_on_one_line();
    assert!(refused.contains(" changed since"), "{refused}");
}
