//! Exit codes and words around the main job.

use std::process::Stdio;

use crate::support::binary::{Desk, Printed};
use crate::support::files::ONE;

#[test]
fn a_change_without_a_terminal_is_refused_without_yes() {
    let desk = Desk::with_examples();
    let mut command = desk.command(&["apply", "environments/dev.yaml"]);
    let refused = Printed::from(command.stdin(Stdio::null()).output().expect("it starts"));
    assert_eq!(refused.code, 5);
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    assert!(refused.stdout.is_empty());
}

#[test]
fn a_refused_change_reports_so_as_json() {
    let desk = Desk::with_examples();
    let refused = desk.run(&["destroy", "environments/dev.yaml", "--output", "json"]);
    assert_eq!(refused.code, 5);
    assert_eq!(refused.json()["result"], "refused");
    assert_eq!(refused.json()["api_calls"], serde_json::json!({}));
}

#[test]
fn without_credentials_no_account_is_entered() {
    let desk = Desk::with_examples();
    let ran = desk.run(&["apply", "environments/dev.yaml", "--yes", "--output", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let failure = &ran.json()["stack_instances"][0]["failure"];
    assert_eq!(failure["kind"], "no-credentials", "{failure}");
    assert!(failure["help"].as_str().is_some_and(|help| help.contains("aws sso login")));
}

#[test]
fn a_wrong_word_on_the_command_line_exits_with_two() {
    let desk = Desk::empty();
    let unknown = ["sandbox", "serve", "--throttle", "DescribeStack=1"];
    for arguments in
        [&["aply"][..], &["apply"], &["apply", "x.yaml", "--progress", "loud"], &unknown]
    {
        assert_eq!(desk.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn help_lists_the_exit_codes() {
    let help = Desk::empty().run(&["--help"]);
    assert_eq!(help.code, 0);
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "70 ", "74 ", "130 "] {
        assert!(help.stdout.lines().any(|line| line.trim_start().starts_with(code)), "{code}");
    }
}

#[test]
fn validate_and_graph_need_no_network() {
    let desk = Desk::with_examples();
    let validated = desk.run(&["validate", "environments/all.yaml"]);
    assert_eq!(validated.code, 0, "{validated:?}");
    assert!(validated.stdout.contains("13 stack instances"), "{validated:?}");
    for (format, start) in [("text", ""), ("dot", "digraph"), ("mermaid", "flowchart")] {
        let graph = desk.run(&["graph", "environments/all.yaml", "--output", format]);
        assert_eq!(graph.code, 0, "{graph:?}");
        assert!(graph.stdout.starts_with(start), "{graph:?}");
        assert!(graph.stdout.contains("hub-trust"), "{graph:?}");
    }
}

#[test]
fn a_misspelt_region_is_found_without_a_network() {
    let desk = Desk::with_examples();
    let file = desk.path().join("environments/dev.yaml");
    let text = std::fs::read_to_string(&file).expect("an example");
    let misspelt = text.replace("eu-central-1", "eu-cnetral-1");
    assert_ne!(text, misspelt);
    std::fs::write(&file, misspelt).expect("it can be written");
    let validate = ["validate", "environments/dev.yaml"];
    let refused = desk.run(&validate).expect_code(2);
    assert!(refused.stderr.contains("did you mean `eu-central-1`?"), "{refused:?}");
    let widened = desk.command(&validate).env("XDEPLOY_REGIONS", "eu-cnetral-1").output();
    Printed::from(widened.expect("the binary can be started")).expect_code(0);

    let selected = ["validate", "environments/prod.yaml", "--region", "eu-cnetral-2"];
    let refused = desk.run(&selected).expect_code(2);
    assert!(refused.stderr.contains("did you mean `eu-central-1`?"), "{refused:?}");
    let selected = ["validate", "environments/prod.yaml", "--region", "us-eest-1"];
    let refused = desk.run(&selected).expect_code(2);
    assert!(refused.stderr.contains("did you mean `us-east-1`?"), "{refused:?}");

    let exec = ["exec", "environments/prod.yaml", "--region", "eu-wset-1", "--", "true"];
    let worker = ["codepipeline", "worker", "--region", "eu-wset-1"];
    for words in [&exec[..], &worker[..]] {
        let refused = desk.run(words).expect_code(2);
        assert!(refused.stderr.contains("did you mean `eu-west-1`?"), "{refused:?}");
    }
    let set = desk.command(&worker[..2]).env("AWS_REGION", "eu-wset-1").output();
    let refused = Printed::from(set.expect("the binary can be started")).expect_code(2);
    assert!(refused.stderr.contains("did you mean `eu-west-1`?"), "{refused:?}");
    // It is taken now, and there are no keys for it.
    let mut widened = desk.command(&worker);
    widened.env("XDEPLOY_REGIONS", "eu-wset-1").env("AWS_EC2_METADATA_DISABLED", "true");
    Printed::from(widened.output().expect("the binary can be started")).expect_code(3);
}

#[test]
fn a_command_that_reaches_no_cloud_says_that_it_needs_no_sandbox() {
    let desk = Desk::with_examples();
    for words in [&["graph", "environments/dev.yaml"][..], &["validate", "environments/dev.yaml"]] {
        let refused = desk.run(&[words, &["--sandbox"]].concat()).expect_code(2);
        assert!(refused.stderr.contains("this command reaches no cloud"), "{refused:?}");
    }
}

#[test]
fn an_unknown_key_hides_nothing_but_what_stands_beneath_it() {
    let desk = Desk::empty();
    let template =
        "Parameters: { Value: { Type: String } }\nResources: { T: { Type: AWS::SNS::Topic } }\n";
    desk.write("t.yaml", template);
    let head = "environment: prod\nsource: { account: '999999999999' }\n\
                assume-role: { name: deployer, session-policy: none.json, frist: 1 }\n\
                regions: [eu-cnetral-1]\naccounts: { dev: '100000000001' }\nstack-tags: { a: b }\n";
    let stacks = "stacks:\n  app: { template: t.yaml, paramters: { Value: '${output:net.None}' } }\n  \
                  net: { template: missing.yaml }\n";
    desk.write("prod.yaml", format!("{head}{stacks}"));
    let refused = desk.run(&["validate", "prod.yaml", "--output", "json"]).expect_code(2).json();
    let faults = refused["faults"].as_array().expect("a list").clone();
    let messages: Vec<&str> = faults.iter().filter_map(|fault| fault["message"].as_str()).collect();
    let all = messages.join("\n");
    for told in [
        "unknown key `frist`",
        "unknown key `stack-tags`",
        "unknown key `paramters`",
        "`eu-cnetral-1` is no Region",
        "none.json",
        "missing.yaml",
    ] {
        assert_eq!(all.matches(told).count(), 1, "{told}:\n{all}");
    }
    // What stands under a key that is nearly right is read as meant, and makes no fault by its absence.
    assert!(!all.contains("has no value") && !all.contains("Value"), "{all}");
}

#[test]
fn a_file_that_is_missing_is_named_where_a_program_looks() {
    let desk = Desk::empty();
    let refused = desk.run(&["validate", "nofile.yaml", "--output", "json"]).expect_code(2).json();
    assert_eq!(refused["faults"][0]["file"], "nofile.yaml");
    assert_eq!(refused["faults"][0]["line"], serde_json::Value::Null);
}

#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let desk = Desk::with_examples();
    let committed = std::fs::read_to_string(desk.path().join("environments/schema.json"));
    let is_same = desk.run(&["schema"]).stdout == committed.expect("the schema is committed");
    assert!(is_same, "write it anew: cargo run -- schema > environments/schema.json");
}

#[test]
fn a_closed_stdout_is_no_bug() {
    let desk = Desk::with_examples();
    let mut child = desk
        .command(&["graph", "environments/all.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let ended = child.wait().expect("it ends");
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn a_word_of_another_tool_is_answered_with_what_does_that_here() {
    let desk = Desk::empty();
    for (words, told) in [
        (&["deploy", "x.yaml"][..], "xdeploy apply FILE"),
        (&["diff", "x.yaml"], "xdeploy plan FILE"),
        (&["history"], "xdeploy runs"),
        (&["apply", "x.yaml", "--dry-run"], "xdeploy plan FILE"),
        (&["apply", "x.yaml", "--profile", "p"], "source.profile"),
        (&["apply", "x.yaml", "--auto-approve"], "--yes"),
        (&["exec", "x.yaml", "aws", "s3", "ls"], "stands behind `--`"),
        (&["exec", "x.yaml"], "stands behind `--`"),
        (&["aply", "x.yaml"], "apply"),
        (&["apply", "x.yaml", "--on-failur", "stop"], "--on-failure"),
    ] {
        let refused = desk.run(words).expect_code(2);
        assert!(refused.stderr.contains(told), "{words:?}: {refused:?}");
        let is_of_exec = words[0] == "exec";
        assert!(is_of_exec || !refused.stderr.contains("-- -"), "{words:?}: {refused:?}");
    }
    for words in [&["deploy"][..], &["history"], &["apply", "x.yaml", "--profile", "p"]] {
        let refused = desk.run(words).expect_code(2);
        for harm in ["destroy", "--on-failure"] {
            assert!(!refused.stderr.contains(harm), "{words:?}: {refused:?}");
        }
    }
}

#[test]
fn what_matches_nothing_is_answered_with_what_there_is() {
    let desk = Desk::with_examples();
    let refused = desk.run(&["validate", "environments/dev.yaml", "--stack", "qqq"]).expect_code(2);
    assert!(refused.stderr.contains("no stack matches `qqq`"), "{refused:?}");
    assert!(refused.stderr.contains("cross-account-role"), "{refused:?}");
    let refused = desk.run(&["validate", "environments/dev.yaml", "--account", "x"]).expect_code(2);
    assert!(refused.stderr.contains("no account matches `x`"), "{refused:?}");
    assert!(refused.stderr.contains("`dev`"), "{refused:?}");
}

#[test]
fn a_template_on_the_network_is_answered_with_what_is_taken() {
    let desk = Desk::empty();
    let stacks = "stacks: { app: { template: \"https://bucket.s3.amazonaws.com/app.yaml\" } }\n";
    desk.write("one.yaml", format!("{ONE}{stacks}"));
    let refused = desk.run(&["validate", "one.yaml"]).expect_code(2);
    assert!(refused.stderr.contains("is an address"), "{refused:?}");
    assert!(refused.stderr.contains("artifacts.bucket"), "{refused:?}");
}

#[test]
fn a_region_in_which_no_stack_stands_is_answered_with_what_there_is() {
    let desk = Desk::empty();
    desk.write("app.yaml", "Resources: { T: { Type: AWS::SNS::Topic } }\n");
    desk.write("prod.yaml", format!("{ONE}\nstacks: {{ app: {{ template: app.yaml }} }}\n"));
    let refused = desk.run(&["validate", "prod.yaml", "--region", "us-east-1"]).expect_code(2);
    assert!(refused.stderr.contains("no stack stands in the Region `us-east-1`"), "{refused:?}");
    assert!(refused.stderr.contains("the only Region is `eu-central-1`"), "{refused:?}");
}

#[test]
fn an_output_of_one_account_alone_is_written_with_its_name_for_all_that_take_it() {
    let desk = Desk::empty();
    let topic = "Resources: { T: { Type: AWS::SNS::Topic } }\nOutputs: { O: { Value: !Ref T } }\n";
    desk.write("a.yaml", topic);
    desk.write("b.yaml", format!("Parameters: {{ P: {{ Type: String }} }}\n{topic}"));
    let file = |regions: &str, of: &str| {
        let head = ONE.replace("accounts: {", "accounts: { test: '100000000002',");
        format!(
            "{head}\nstacks:\n  some: {{ template: a.yaml, {regions} regions: [us-east-1] }}\n  use: {{ template: \
             b.yaml, parameters: {{ P: '${{output:some.O{of}}}' }} }}\n"
        )
    };
    desk.write("prod.yaml", file("accounts: [dev],", "@/us-east-1"));
    let refused = desk.run(&["validate", "prod.yaml"]).expect_code(2);
    assert!(refused.stderr.contains("write `@dev/us-east-1`"), "{refused:?}");
    desk.write("prod.yaml", file("accounts: [dev],", ""));
    let refused = desk.run(&["validate", "prod.yaml"]).expect_code(2);
    let help = "write `@dev/us-east-1`";
    assert!(
        refused.stderr.contains(help) && !refused.stderr.contains("`@/us-east-1`"),
        "{refused:?}"
    );
    desk.write("prod.yaml", file("accounts: [dev],", "@dev/us-east-1"));
    desk.run(&["validate", "prod.yaml"]).expect_code(0);
    desk.write("prod.yaml", file("", ""));
    let refused = desk.run(&["validate", "prod.yaml"]).expect_code(2);
    assert!(refused.stderr.contains("write `@/us-east-1`"), "{refused:?}");
}
