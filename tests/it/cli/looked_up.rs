//! Values that AWS keeps, in a rehearsal: those that are there, and those that are made up.

use std::path::{Component, Path, PathBuf};

use crate::support::binary::{Desk, Printed};
use crate::support::files::SETTING;

const FAST: [&str; 4] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--yes"];

const HEAD: &str = "
environment: test
source: { account: '999999999999' }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
";

const GUARDED: &str = "
Parameters:
  Password: { Type: String, NoEcho: true }
  Vpc: { Type: String, AllowedPattern: 'vpc-[0-9a-f]+' }
  Port: { Type: Number, MinValue: 1 }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Password } }
Outputs:
  Made: { Value: !Sub '${Vpc} ${Port}' }
  Password: { Value: !Sub 'is ${Password}' }
";

const STORE: &str = "
Resources:
  Vpc: { Type: AWS::SSM::Parameter, Properties: { Name: /shared/vpc, Type: String, Value: vpc-1 } }
  Db:
    Type: AWS::SecretsManager::Secret
    Properties: { Name: shared/db, SecretString: '{\"password\":\"correct-horse-battery\"}' }
Outputs:
  Port: { Value: '5432' }
";

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("guarded.yaml", GUARDED);
    desk.write("setting.yaml", SETTING);
    desk.write("store.yaml", STORE);
    let reading = "stacks:\n  app:\n    template: guarded.yaml\n    parameters:\n      Password: \
                   '${secret:shared/db#password@dev}'\n      Vpc: ${ssm:/shared/vpc@dev}\n      Port: \
                   ${external:foundation.Port@100000000001}\n";
    desk.write("app.yaml", format!("{HEAD}{reading}"));
    let store =
        "stacks: { store: { template: store.yaml, stack-name: foundation, accounts: [dev] } }\n";
    desk.write("shared.yaml", format!("{HEAD}{store}"));
    desk
}

/// Returns every file in a folder and beneath.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn run(desk: &Desk, words: &[&str]) -> Printed {
    desk.run(&[words, &FAST].concat())
}

#[test]
fn values_that_the_sandbox_keeps_are_read_and_secrets_stand_nowhere() {
    let desk = desk();
    run(&desk, &["apply", "shared.yaml"]).expect_code(0);
    let plan = desk.run(&["plan", "app.yaml", "--sandbox"]).expect_code(0);
    assert!(!plan.stdout.contains("correct-horse"), "{}", plan.stdout);
    let applied = run(&desk, &["apply", "app.yaml", "--output", "json"]).expect_code(0);
    for account in ["dev", "prod"] {
        let outputs = &applied.instance(account, "app")["outputs"];
        assert_eq!(outputs["Made"], "vpc-1 5432");
        assert_eq!(outputs["Password"], "is ****");
    }
    assert!(!applied.stderr.contains("made up"), "{}", applied.stderr);
    let again = run(&desk, &["apply", "app.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(again.outcomes(), ["dev/app unchanged", "prod/app unchanged"]);
    for file in files(desk.path()) {
        // A template is kept as it is written, and this one holds the secret.
        let is_kept =
            |part: Component<'_>| ["sandbox", "templates"].iter().any(|it| part.as_os_str() == *it);
        let is_sandbox = file.components().any(is_kept);
        let text = std::fs::read(&file).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let is_ours = is_sandbox || file.ends_with("store.yaml");
        assert!(is_ours || !text.contains("correct-horse"), "{}", file.display());
    }
}

#[test]
fn values_that_a_rehearsal_lacks_are_made_up_to_suit_their_parameters_and_told() {
    let desk = desk();
    let applied = run(&desk, &["apply", "app.yaml", "--output", "json"]).expect_code(0);
    let app = applied.instance("prod", "app");
    let made = app["outputs"]["Made"].as_str().expect("an output");
    assert!(made.starts_with("vpc-0"), "{made}");
    insta::assert_snapshot!(
        applied.stderr.lines().filter(|line| line.contains("made up")).collect::<Vec<_>>().join("\n"),
        @"the sandbox made up what it does not keep: ${external:foundation.Port} of 100000000001/eu-central-1, ${secret:shared/db} of 100000000001/eu-central-1, ${ssm:/shared/vpc} of 100000000001/eu-central-1"
    );
    let again = run(&desk, &["apply", "app.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(again.outcomes(), ["dev/app unchanged", "prod/app unchanged"]);
}

#[test]
fn what_templates_refer_to_and_nobody_stored_is_made_up_in_a_rehearsal_and_told() {
    let desk = desk();
    desk.write(
        "stored.yaml",
        "Parameters: { Vpc: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>', Default: /org/vpc } }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: { TopicName: '{{resolve:ssm:/org/name}}', DisplayName: '{{resolve:secretsmanager:db}}' }
Outputs: { Vpc: { Value: !Ref Vpc }, Name: { Value: !GetAtt Topic.TopicName } }
",
    );
    desk.write(
        "stored-values.yaml",
        format!("{HEAD}stacks: {{ app: {{ template: stored.yaml, accounts: [prod] }} }}\n"),
    );
    let applied = run(&desk, &["apply", "stored-values.yaml", "--output", "json"]).expect_code(0);
    let outputs = &applied.instance("prod", "app")["outputs"];
    assert!(outputs["Vpc"].as_str().is_some_and(|vpc| vpc.starts_with("vpc-0")), "{outputs}");
    let told = "the sandbox made up what it does not keep: ${secret:db} of 100000000002/eu-central-1, \
                ${ssm:/org/name} of 100000000002/eu-central-1, ${ssm:/org/vpc} of 100000000002/eu-central-1";
    assert!(applied.stderr.contains(told), "{}", applied.stderr);
    let again = run(&desk, &["apply", "stored-values.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(again.outcomes(), ["prod/app unchanged"]);
}

#[test]
fn an_account_outside_of_the_file_is_entered_to_read_there() {
    let desk = desk();
    let text = "stacks: { app: { template: setting.yaml, accounts: [dev], parameters: { Value: \
                '${external:net.Vpc@100000000099/eu-west-1}' } } }\n";
    desk.write("outside.yaml", format!("{HEAD}{text}"));
    let applied = run(&desk, &["apply", "outside.yaml", "--progress", "json", "--output", "json"]);
    let applied = applied.expect_code(0);
    assert!(applied.stderr.contains("\"account\":\"100000000099\""), "{}", applied.stderr);
    let read = applied.stderr.lines().find(|line| line.contains("value-read")).expect("it is told");
    assert!(read.contains("${external:net.Vpc}") && read.contains("eu-west-1"), "{read}");
}

const TELLING: &str = "
Parameters: { Value: { Type: String, NoEcho: true } }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Metadata: { Sandbox: { FailOn: delete, Reason: !Sub 'cannot delete what holds ${Value}' } }
    Properties: { Type: String, Value: !Ref Value }
Outputs:
  Value: { Value: !Sub 'is ${Value}' }
  Other: { Value: plain-text }
";

const PLAIN: &str = "
Parameters: { Value: { Type: String } }
Resources: { Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Value } } }
Outputs: { Value: { Value: !Sub 'got ${Value}' } }
";

/// Returns a desk on which a secret stands in an output of one stack, and a second stack has that.
fn telling(given: &str) -> Desk {
    let desk = desk();
    run(&desk, &["apply", "shared.yaml"]).expect_code(0);
    desk.write("telling.yaml", TELLING);
    desk.write("plain.yaml", PLAIN);
    let stacks = format!(
        "stacks:\n  one: {{ template: telling.yaml, accounts: [dev], parameters: {{ Value: '{given}' }} }}\n  \
         two: {{ template: plain.yaml, accounts: [dev], parameters: {{ Value: '${{output:one.Value}}' }} }}\n"
    );
    desk.write("telling-stacks.yaml", format!("{HEAD}{stacks}"));
    desk
}

/// Checks that no printed text and no journal holds the secret.
fn assert_nothing_tells(desk: &Desk, printed: &Printed) {
    for text in [&printed.stdout, &printed.stderr] {
        assert!(!text.contains("correct-horse"), "{text}");
    }
    for file in files(&desk.path().join(".xdeploy/runs")) {
        let text = std::fs::read(&file).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let is_template = text.trim_start().starts_with("Resources:");
        // What a parameter that may be seen had is kept for the way back.
        let is_before = file.to_string_lossy().ends_with(".before.jsonl");
        let may_tell = is_template || is_before;
        assert!(may_tell || !text.contains("correct-horse"), "{}: {text}", file.display());
    }
}

#[test]
fn a_secret_that_aws_keeps_is_told_by_no_command_that_does_not_deploy_it() {
    for given in ["${secret:shared/db#password}", "${secret:shared/db}"] {
        let desk = telling(given);
        run(&desk, &["apply", "telling-stacks.yaml"]).expect_code(0);
        for output in ["text", "json"] {
            let outputs =
                desk.run(&["outputs", "telling-stacks.yaml", "--sandbox", "--output", output]);
            let outputs = outputs.expect_code(0);
            assert_nothing_tells(&desk, &outputs);
            assert!(outputs.stdout.contains("plain-text"), "{}", outputs.stdout);
        }
        assert_nothing_tells(&desk, &desk.run(&["status", "telling-stacks.yaml", "--sandbox"]));
        // The one that has the secret is only read.
        let selected = run(&desk, &["apply", "telling-stacks.yaml", "--stack", "two"]);
        assert_nothing_tells(&desk, &selected.expect_code(0));
        // What deletes reads no secret.
        let destroyed = run(&desk, &["destroy", "telling-stacks.yaml"]).expect_code(1);
        assert_nothing_tells(&desk, &destroyed);
        assert!(destroyed.stderr.contains("may repeat a secret"), "{}", destroyed.stderr);
    }
}

#[test]
fn outputs_that_may_repeat_a_secret_which_cannot_be_read_are_hidden_whole() {
    let desk = telling("${secret:shared/db#password}");
    run(&desk, &["apply", "telling-stacks.yaml"]).expect_code(0);
    let fault = "deny,action=GetSecretValue";
    let words =
        ["outputs", "telling-stacks.yaml", "--sandbox", "--sandbox-fault", fault, "--stack", "one"];
    let outputs = desk.run(&words).expect_code(0);
    assert_nothing_tells(&desk, &outputs);
    assert!(outputs.stdout.contains("plain-text"), "{}", outputs.stdout);
    assert!(outputs.stdout.contains("****"), "{}", outputs.stdout);
}

#[test]
fn an_output_of_others_in_which_a_question_mark_may_stand_for_something_else_is_not_taken() {
    let desk = desk();
    let store =
        "Resources: { Topic: { Type: AWS::SNS::Topic } }\nOutputs: { Port: { Value: Größe } }\n";
    desk.write("store.yaml", store);
    run(&desk, &["apply", "shared.yaml"]).expect_code(0);
    let file = |key: &str| {
        format!("{HEAD}stacks: {{ app: {{ template: setting.yaml, accounts: [dev], {key} }} }}\n")
    };
    for key in [
        "parameters: { Value: 'is ${external:foundation.Port}' }",
        "tags: { size: '${external:foundation.Port}' }",
    ] {
        desk.write("app.yaml", file(key));
        for command in ["plan", "apply"] {
            let words = [command, "app.yaml", "--sandbox", "--output", "json"];
            let words =
                if command == "plan" { words.to_vec() } else { [&words[..], &["--yes"]].concat() };
            let failed = desk.run(&words).expect_code(1);
            let failure = failed.instance("dev", "app")["failure"].clone();
            let message = failure["message"].as_str().expect("a message");
            assert!(message.starts_with("`${external:foundation.Port}` of 100000000001/eu-central-1 holds `?`, which may stand for"), "{message}");
            assert!(failure["help"].to_string().contains("`Fn::ImportValue`"), "{failure}");
        }
    }
}
