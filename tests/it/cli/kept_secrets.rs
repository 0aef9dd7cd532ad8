//! Secrets that a stack keeps and the file does not give, or gives otherwise: no command shows what repeats one.

use std::path::Path;

use crate::support::binary::{Desk, Printed};
use crate::support::caller::Caller;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const HEAD: &str = "
environment: test
source: { account: '999999999999' }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
";

const TELLING: &str = "
Parameters:
  Word: { Type: String, NoEcho: true }
  Size: { Type: String, Default: '1' }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Size } }
  Queue:
    Type: AWS::SQS::Queue
    Properties: { Tags: [{ Key: word, Value: !Ref Word }] }
Outputs:
  Address: { Value: !Sub 'postgres://user:${Word}@db' }
  Topic: { Value: !GetAtt Topic.TopicName }
";

const TAKING: &str = "
Parameters: { Value: { Type: String } }
Resources: { Topic: { Type: AWS::SNS::Topic } }
Outputs: { Value: { Value: !Sub 'got ${Value}' } }
";

const WORD: &str = "Hunter2-secret";

/// Returns a desk on which a stack stands whose secret the file gave; it does not any more.
fn kept() -> Desk {
    let desk = Desk::empty();
    desk.write("telling.yaml", TELLING);
    desk.write("taking.yaml", TAKING);
    stacks(
        &desk,
        &format!("telling: {{ template: telling.yaml, parameters: {{ Word: {WORD} }} }}"),
    );
    apply(&desk, &[]).expect_code(0);
    std::fs::remove_dir_all(desk.path().join(".xdeploy/runs")).expect("it stands");
    desk
}

fn stacks(desk: &Desk, stacks: &str) {
    desk.write("env.yaml", format!("{HEAD}stacks:\n  {stacks}\n"));
}

fn apply(desk: &Desk, words: &[&str]) -> Printed {
    let fast =
        ["apply", "env.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0.01", "--yes"];
    desk.run(&[&fast[..], words].concat())
}

fn assert_untold(desk: &Desk, printed: &Printed) {
    assert!(!printed.stdout.contains(WORD), "{}", printed.stdout);
    assert!(!printed.stderr.contains(WORD), "{}", printed.stderr);
    for folder in [".xdeploy/runs", "."] {
        let entries = std::fs::read_dir(desk.path().join(folder)).into_iter().flatten();
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_kept(path)) {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            assert!(!text.contains(WORD), "{}: {text}", path.display());
        }
    }
}

fn is_kept(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| ["jsonl", "json", "html", "xml"].contains(&end))
}

#[test]
fn an_output_that_repeats_a_secret_which_the_stack_keeps_is_hidden_by_every_command() {
    let desk = kept();
    stacks(
        &desk,
        "telling: { template: telling.yaml, parameters: { Size: '2' } }
  taking: { template: taking.yaml, parameters: { Value: '${output:telling.Address}' } }",
    );
    for output in ["text", "json", "env"] {
        let outputs = desk.run(&["outputs", "env.yaml", "--sandbox", "--output", output]);
        assert_untold(&desk, &outputs);
        assert!(
            outputs.stdout.contains("TELLING") || outputs.stdout.contains("Topic"),
            "{}",
            outputs.stdout
        );
    }
    let reports = ["--html", "report.html", "--junit", "report.xml", "--output", "json"];
    let applied = apply(&desk, &reports).expect_code(0);
    assert_untold(&desk, &applied);
    assert!(
        applied.stdout.contains("\"Topic\""),
        "what tells nothing is shown: {}",
        applied.stdout
    );
}

#[test]
fn an_output_that_repeats_another_secret_than_the_file_gives_is_hidden() {
    let desk = kept();
    stacks(&desk, "telling: { template: telling.yaml, parameters: { Word: Another-secret } }");
    let outputs = desk.run(&["outputs", "env.yaml", "--sandbox"]).expect_code(0);
    assert_untold(&desk, &outputs);
    // What the file gives now is not what failed before.
    let failed = apply(&desk, &["--sandbox-fault", "fail=update,resource=Queue"]).expect_code(1);
    assert_untold(&desk, &failed);
}

#[test]
fn outputs_are_hidden_where_the_template_is_gone_and_the_stack_has_a_secret() {
    let desk = kept();
    std::fs::remove_file(desk.path().join("telling.yaml")).expect("it stands");
    let outputs = desk.run(&["outputs", "env.yaml", "--sandbox"]).expect_code(0);
    assert_untold(&desk, &outputs);
    assert!(outputs.stdout.contains("****"), "{}", outputs.stdout);
}

#[test]
fn of_a_stack_that_keeps_a_secret_only_reasons_that_may_repeat_it_are_withheld() {
    let desk = kept();
    stacks(&desk, "telling: { template: telling.yaml, parameters: { Size: '2' } }");
    let failed = apply(&desk, &["--sandbox-fault", "deny,action=sns:SetTopicAttributes"]);
    let failed = failed.expect_code(1);
    assert!(failed.stderr.contains("sns:SetTopicAttributes"), "{}", failed.stderr);
    desk.write("telling.yaml", TELLING.replace("Key: word,", "Key: other,"));
    let failed = apply(&desk, &["--sandbox-fault", "deny,action=sqs:TagQueue"]).expect_code(1);
    assert!(failed.stderr.contains("may repeat a secret"), "{}", failed.stderr);
}

#[tokio::test]
async fn outputs_wait_for_no_stack_of_others_that_is_being_changed() {
    let desk = Desk::empty();
    desk.write("telling.yaml", TELLING);
    stacks(
        &desk,
        "telling: { template: telling.yaml, parameters: { Word: '${external:foundation.Word}' } }",
    );
    let file = desk.path().join("env.yaml");
    let file = file.to_str().expect("UTF-8");
    let server = Server::sandbox_of("3600", &[file]);
    let others = Caller::root(&server.endpoint(), "100000000001").cloudformation();
    let template = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    let created = others.create_stack().stack_name("foundation").template_body(template).send();
    created.await.expect("it is accepted");
    let workplace = Workplace::new(server.endpoint());
    let outputs = workplace.xdeploy(["outputs", file]);
    assert!(outputs.stdout.is_empty(), "nothing stands yet: {outputs:?}");
}
