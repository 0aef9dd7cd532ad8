//! Every command and example of the pages is run; those that are not are listed here, each with its reason.

use std::path::Path;

use super::pages::{Fence, Page};
use super::shell::{self, Mark, Ran};

/// Blocks that no test runs: the page, a word of the block, and why. On the page they are marked `not-run`.
const NOT_RUN: &[(&str, &str, &str)] = &[
    (
        "docs/bootstrap.md",
        "waiting for IAM",
        "whether it must be waited for depends on the machine's speed",
    ),
    (
        "docs/codepipeline.md",
        "codepipeline worker",
        "a worker has no end; the one without AWS is run",
    ),
    (
        "docs/codepipeline.md",
        "s3://SOURCE-BUCKET",
        "the reader's bucket, and a pipeline that a stack made",
    ),
    ("docs/codepipeline.md", "put-approval-result", "the sandbox knows no approvals"),
    (
        "docs/codepipeline.md",
        "package-lambda.sh",
        "a release build; the tests of functions package the binary at hand",
    ),
    ("docs/codepipeline.md", "cargo build --release", "a release build, and the reader's bucket"),
    ("docs/commands.md", "--changed-since", "it needs a work tree of git; its own test makes one"),
    ("docs/delegation.md", "create-login-profile", "the sandbox has no passwords"),
    (
        "docs/delegation.md",
        "--profile prod",
        "a code of a device is typed; the system's own test gives one",
    ),
    ("docs/development.md", "cargo +nightly fuzz", "a nightly compiler, cargo-fuzz and minutes"),
    ("docs/rehearsal.md", "put-parameter", "a sandbox that is served at a port of the reader's"),
    ("docs/repository-access.md", "docker login", "the sandbox has no container registry"),
    ("docs/results.md", "212 accounts", "a failure of 212 accounts, which no example has"),
    ("docs/state.md", "xdeploy runs", "a run that is under way and one that was killed"),
    ("docs/shared-state.md", "actions/checkout", "it is GitHub's to run"),
    ("docs/shared-state.md", "AWS_WEB_IDENTITY_TOKEN_FILE", "it is GitLab's to run"),
    ("docs/shared-state.md", "version: 0.2", "it is CodeBuild's to run"),
    ("docs/shared-state.md", "xdeploy resume latest", "a bucket that others reach"),
    ("docs/shared-state.md", "xdeploy state copy", "a bucket that others reach"),
    (
        "tests/peers/README.md",
        "ministack",
        "servers without an end; each test starts them like that",
    ),
];

/// What a page takes as given: the page, and the commands that bring it about.
const BEFORE: &[(&str, &str)] = &[(
    "docs/plan.md",
    "xdeploy apply environments/all.yaml --account dev --account test --account prod
     sed -i 's/^  Work:/  Alerts:\\n    Type: AWS::SNS::Topic\\n  Work:/
       s/MessageRetentionPeriod/QueueName: work\\n      MessageRetentionPeriod/' stacks/app.yaml",
)];

/// Returns the pages whose commands need no other program, or those that need the AWS CLI.
pub fn pages_with_aws(needs_aws: bool) -> Vec<Page> {
    let uses_aws = |fence: &Fence| Mark::of(fence).is_run() && fence.text.contains("aws ");
    let all = Page::all().into_iter();
    all.filter(|page| page.fences().iter().any(uses_aws) == needs_aws).collect()
}

/// Runs the commands of pages side by side, with the programs of a folder within reach, and ends the test unless all is
/// as the pages say.
#[track_caller]
pub fn run_all(pages: &[Page], tools: Option<&Path>) -> Vec<Ran> {
    let ran: Vec<Ran> = std::thread::scope(|scope| {
        let runs = pages.iter().map(|page| {
            let before = BEFORE.iter().find(|(path, _)| *path == page.path);
            let before = before.map_or("", |(_, commands)| *commands);
            scope.spawn(move || shell::run(page, before, tools))
        });
        // All are started before the first is waited for.
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().expect("the commands were run")).collect()
    });
    let is_wrong = |ran: &&Ran| !ran.faults.is_empty();
    let wrong: Vec<String> =
        ran.iter().filter(is_wrong).map(|ran| ran.log() + &ran.faults.join("\n")).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    let blocks: usize = ran.iter().map(|ran| ran.blocks).sum();
    eprintln!("ran {blocks} blocks of commands of {} pages", pages.len());
    ran
}

#[test]
fn every_command_that_needs_no_other_program_does_what_its_page_says() {
    let ran = run_all(&pages_with_aws(false), None);
    assert!(ran.iter().map(|ran| ran.blocks).sum::<usize>() >= 20, "the pages have commands");
    let asked: Vec<&String> = ran.iter().flat_map(|ran| &ran.cargo).collect();
    assert!(!asked.is_empty(), "the README has `cargo test`");
    asked.iter().for_each(|words| super::cargo::is_there(words));
}

#[test]
fn the_blocks_that_are_not_run_are_the_listed_ones() {
    let mut marked = 0;
    for page in Page::all() {
        for fence in page.fences().iter().filter(|fence| Mark::of(fence).has("not-run")) {
            marked += 1;
            let is_it = |(path, word, _): &&(&str, &str, &str)| {
                *path == page.path && fence.text.contains(word)
            };
            let listed = NOT_RUN.iter().filter(is_it).count();
            assert_eq!(listed, 1, "{}:{} is in the list that often", page.path, fence.line);
        }
    }
    assert_eq!(marked, NOT_RUN.len(), "the list holds blocks that are not there");
    eprintln!("{marked} blocks are not run");
}

#[test]
fn every_block_says_what_it_is_and_those_without_a_word_hold_no_command() {
    let languages = ["console", "json", "sh", "text", "yaml"];
    for page in Page::all() {
        for fence in page.fences() {
            let place = format!("{}:{}", page.path, fence.line);
            let language = Mark::of(&fence).language();
            let is_command = |line: &str| {
                ["$ ", "xdeploy ", "aws ", "cargo "].iter().any(|start| line.starts_with(start))
            };
            if language.is_empty() {
                assert!(!fence.text.lines().any(is_command), "{place} holds commands: say `sh`");
            } else {
                assert!(languages.contains(&language), "{place}: what is `{language}`?");
            }
        }
    }
}

#[test]
fn every_example_in_json_or_yaml_is_some() {
    let mut found = 0;
    for page in Page::all() {
        for fence in page.fences() {
            let place = format!("{}:{}", page.path, fence.line);
            match Mark::of(&fence).language() {
                "json" => drop(
                    serde_json::from_str::<serde_json::Value>(&fence.text)
                        .map_err(|error| panic!("{place}: {error}")),
                ),
                "yaml" => drop(
                    yaml_serde::from_str::<serde_json::Value>(&fence.text)
                        .map_err(|error| panic!("{place}: {error}")),
                ),
                _ => continue,
            }
            found += 1;
        }
    }
    assert!(found > 10, "the pages have examples: {found}");
}

#[test]
fn a_page_whose_command_fails_or_prints_something_else_is_found_out() {
    let text = "```sh\nfalse\necho on\n```\n```sh exit=3\ntrue\n```\n```console\n$ echo a\nb\n```\n\
                ```sh\n( exit 4 )\n```\n```console\n$ echo took 1.3s\ntook 2.4s\n```\n";
    let page = Page { path: "wrong.md".to_owned(), text: text.to_owned() };
    let ran = shell::run(&page, "", None);
    let expected = [
        r#"wrong.md:1: exit codes {"1"}, not {}"#,
        r#"wrong.md:5: exit codes {}, not {"3"}"#,
        "wrong.md:8: it does not print what the page shows",
        r#"wrong.md:12: exit codes {"4"}, not {}"#,
    ];
    assert_eq!(ran.faults, expected, "{}", ran.log());
    assert_eq!(ran.blocks, 5);
}
