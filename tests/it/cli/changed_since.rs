//! `--changed-since`: what two revisions resolve differently, and what depends on it, is selected.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::binary::{Desk, Printed};

const FILE: &str = "environments/e.yaml";

const BASE: &str = "environment: e
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
";

const ENVIRONMENT: &str = "extends: [base.yaml]
stacks:
  base: { template: ../stacks/base.yaml, parameters: { Delay: '1' } }
  app: { template: ../stacks/app.yaml, parameters: { Delay: '${output:base.Delay}' } }
  alone: { template: ../stacks/app.yaml, stack-name: alone, parameters: { Delay: '${variables.delay}' } }
variables: { delay: '3' }
";

const TEMPLATE: &str = "Parameters: { Delay: { Type: String } }
Resources:
  Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: !Ref Delay } }
Outputs: { Delay: { Value: !Ref Delay } }
";

/// A work tree of git with an environment whose first commit is `HEAD`.
struct Tree(Desk);

impl Tree {
    fn committed() -> Self {
        let desk = Desk::empty();
        for folder in ["environments", "stacks"] {
            fs::create_dir(desk.path().join(folder)).expect("it is new");
        }
        for (name, text) in [
            (FILE, ENVIRONMENT),
            ("environments/base.yaml", BASE),
            ("stacks/base.yaml", TEMPLATE),
            ("stacks/app.yaml", TEMPLATE),
        ] {
            desk.write(name, text);
        }
        let tree = Self(desk);
        tree.git(&["init", "--quiet", "--initial-branch", "main"]);
        tree.commit();
        tree
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        let own =
            ["-c", "user.name=u", "-c", "user.email=u@example.com", "-c", "commit.gpgsign=false"];
        let done = git.current_dir(self.0.path()).args(own).args(words).output();
        let done = done.expect("git is there");
        assert!(done.status.success(), "{words:?}: {done:?}");
    }

    fn commit(&self) {
        self.git(&["add", "environments", "stacks"]);
        self.git(&["commit", "--quiet", "--message", "as it is"]);
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.path().join(name)).expect("it is there");
        assert!(text.contains(from), "{name}: {text}");
        self.0.write(name, text.replace(from, to));
    }

    fn run(&self, words: &[&str]) -> Printed {
        let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--progress", "plain"];
        self.0.run(&[words, &fast[..]].concat())
    }

    /// Returns the stack instances that a plan since `HEAD` covers, but for those that are only read.
    fn planned(&self, more: &[&str]) -> Vec<String> {
        let words = ["plan", FILE, "--changed-since", "HEAD", "--output", "json"];
        named(&self.run(&[&words[..], more].concat()).expect_code(0).json())
    }
}

fn named(report: &Value) -> Vec<String> {
    let instances = report["stack_instances"].as_array().expect("a list");
    let text = |one: &Value, key: &str| one[key].as_str().expect("a text").to_owned();
    instances.iter().map(|one| format!("{} {}", text(one, "account"), text(one, "stack"))).collect()
}

#[test]
fn what_resolves_as_before_is_not_selected_whatever_files_changed() {
    let tree = Tree::committed();
    assert_eq!(tree.planned(&[]), [""; 0]);
    tree.edit(FILE, "stacks:", "# a remark\nstacks:");
    tree.edit("environments/base.yaml", "accounts:", "variables: { unused: a }\naccounts:");
    let ran = tree.run(&["plan", FILE, "--changed-since", "HEAD"]).expect_code(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran:?}");
    assert!(ran.stderr.contains("what is selected resolves to the same as at `HEAD`"), "{ran:?}");
    let ran = tree.run(&["apply", FILE, "--changed-since", "main", "--yes"]).expect_code(0);
    assert!(ran.stdout.contains("nothing to do"), "{ran:?}");
}

#[test]
fn a_value_a_template_and_a_layer_select_what_they_change_and_what_needs_it() {
    let tree = Tree::committed();
    tree.edit(FILE, "delay: '3'", "delay: '4'");
    assert_eq!(tree.planned(&[]), ["dev alone", "prod alone"]);
    assert_eq!(tree.planned(&["--account", "dev"]), ["dev alone"]);
    tree.commit();
    tree.edit("stacks/base.yaml", "Outputs:", "  More: { Type: 'AWS::SNS::Topic' }\nOutputs:");
    let both = ["dev base", "dev app", "prod base", "prod app"];
    assert_eq!(tree.planned(&[]), both, "what is not committed counts");
    tree.commit();
    let ran = tree.run(&["plan", FILE, "--changed-since", "HEAD~1", "--output", "json"]);
    assert_eq!(named(&ran.expect_code(0).json()), both);
    tree.edit("environments/base.yaml", "prod: '100000000002'", "prod: '100000000003'");
    assert_eq!(tree.planned(&[]), ["prod base", "prod app", "prod alone"]);
}

#[test]
fn a_run_of_what_changed_is_resumed_and_put_back_as_it_began() {
    let tree = Tree::committed();
    tree.run(&["apply", FILE, "--yes"]).expect_code(0);
    tree.edit(FILE, "Delay: '1'", "Delay: '2'");
    let fails = ["--sandbox-fault", "deny,action=UpdateStack,account=prod"];
    let words = ["apply", FILE, "--changed-since", "main", "--yes"];
    tree.run(&[&words[..], &fails[..]].concat()).expect_code(1);
    // The branch goes on, and with it what its name means.
    tree.commit();
    let ran = tree.run(&["resume", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(named(&ran.json()), ["dev base", "dev app", "prod base", "prod app"]);
    tree.run(&["rollback", "latest", "--yes"]).expect_code(0);
}

#[test]
fn where_the_files_of_before_cannot_be_compared_all_counts_as_changed_and_that_is_told() {
    let tree = Tree::committed();
    tree.edit("stacks/app.yaml", "Outputs:", "Outptus:");
    tree.commit();
    tree.edit("stacks/app.yaml", "Outptus:", "Outputs:");
    let ran =
        tree.run(&["plan", FILE, "--changed-since", "HEAD", "--output", "json"]).expect_code(0);
    assert_eq!(named(&ran.json()).len(), 6);
    let told = ran.stderr_on_one_line();
    assert!(told.contains("at `HEAD` cannot be told: ") && told.contains("Outptus"), "{told}");
    assert!(told.contains("all of it counts as changed") && !told.contains("/tmp"), "{told}");
    tree.0
        .write("environments/new.yaml", ENVIRONMENT.replace("extends", "environment: n\nextends"));
    let words = ["validate", "environments/new.yaml", "--changed-since", "HEAD"];
    let ran = tree.0.run(&words).expect_code(0);
    assert!(ran.stderr_on_one_line().contains("was not there at `HEAD`"), "{ran:?}");
}

#[test]
fn a_revision_that_is_none_is_refused_and_nothing_is_started() {
    let tree = Tree::committed();
    for name in ["nowhere", "--upload-pack=touch evil", "HEAD:environments"] {
        let revision = format!("--changed-since={name}");
        let ran = tree.run(&["plan", FILE, &revision]).expect_code(2);
        assert!(ran.stderr_on_one_line().contains("there is no commit"), "{ran:?}");
    }
    assert!(!tree.0.path().join("evil").exists());
    let outside = Desk::with_examples();
    let ran =
        outside.run(&["plan", "environments/dev.yaml", "--changed-since", "main", "--sandbox"]);
    let ran = ran.expect_code(2);
    assert!(ran.stderr_on_one_line().contains("not a git repository"), "{ran:?}");
    let ran = tree.run(&["prune", FILE, "--changed-since", "HEAD"]).expect_code(2);
    assert!(ran.stderr_on_one_line().contains("selects nothing"), "{ran:?}");
}
