//! The worker's policy, held against the calls that it makes.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use serde_json::{Value as Json, json};

use crate::support::pipeline::Pipelines;

/// A set of actions, such as `codepipeline:PollForJobs`.
type Actions = BTreeSet<String>;

/// Returns the actions that the guide's policy of the worker allows: its first one.
fn actions_of_the_guide() -> Actions {
    let guide = include_str!("../../../docs/codepipeline.md");
    let (_, policies) = guide.split_once("## Policies").expect("the guide has them");
    let (_, rest) = policies.split_once("```json").expect("as JSON");
    let (policy, _) = rest.split_once("```").expect("it ends");
    let policy: Json = serde_json::from_str(policy).expect("it is JSON");
    let statements = policy["Statement"].as_array().expect("a list").iter();
    let actions = statements.flat_map(|statement| match &statement["Action"] {
        Json::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    });
    actions.map(|action| action.as_str().expect("a text").to_owned()).collect()
}

/// Returns the actions that the template's policy allows.
fn actions_of_the_template(text: &str) -> Actions {
    let (_, rest) = text.split_once("  WorkerPolicy:").expect("it has one");
    let (policy, _) = rest.split_once("  InstanceProfile:").expect("something follows");
    let action = Regex::new("\\b(codepipeline|sts|s3):[A-Z][A-Za-z]+").expect("a pattern");
    action.find_iter(policy).map(|found| found.as_str().to_owned()).collect()
}

/// Returns the actions that were called with the keys of a container.
fn actions_called(pipelines: &Pipelines) -> Actions {
    let key = Regex::new("\"AccessKeyId\":\\s*\"([A-Z0-9]+)\"").expect("a pattern");
    let answers = pipelines.way.answers();
    let keys: BTreeSet<&str> = answers
        .iter()
        .flat_map(|answer| key.captures_iter(answer))
        .map(|found| found.get(1).expect("it is in the pattern").as_str())
        .collect();
    let head = Regex::new("(GET|PUT|POST) (/\\S*) HTTP/1.1\r\n").expect("a pattern");
    let signed =
        Regex::new("Credential=([A-Z0-9]+)/[0-9]+/[a-z0-9-]+/([a-z0-9]+)/").expect("a pattern");
    let mut called = Actions::new();
    for said in pipelines.way.said() {
        let starts: Vec<usize> = head.find_iter(&said).map(|found| found.start()).collect();
        let ends = starts.iter().skip(1).copied().chain([said.len()]);
        for (start, end) in starts.iter().copied().zip(ends) {
            let request = &said[start..end];
            let Some(signature) = signed.captures(request) else { continue };
            if keys.contains(&signature[1]) {
                called.insert(action(request, &signature[2]));
            }
        }
    }
    called
}

/// Returns what a request asks for, as policies name it.
fn action(request: &str, service: &str) -> String {
    let after = |word: &str| {
        let (_, rest) = request.split_once(word)?;
        Some(rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
    };
    let name = match (service, request.split(' ').next()) {
        ("codepipeline", _) => after("CodePipeline_20150709."),
        ("s3", Some("PUT")) => Some("PutObject".to_owned()),
        ("s3", Some("GET")) => Some("GetObject".to_owned()),
        _ => after("Action="),
    };
    format!("{service}:{}", name.unwrap_or_else(|| panic!("no action: {request}")))
}

#[test]
fn a_worker_calls_what_its_policy_allows_and_all_of_it() {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks/pipeline/custom-action.yaml");
    let template = std::fs::read_to_string(template).expect("it is part of the repository");
    let allowed = actions_of_the_template(&template);
    assert_eq!(actions_of_the_guide(), allowed, "the guide and the template differ");

    let pipelines = Pipelines { version: "2", ..Pipelines::new("2", &[]) };
    let parameters =
        "ActionVersion: '2', StateBucket: state, TargetRoleArns: 'arn:aws:iam::*:role/deployer'";
    pipelines.place.write(
        "hub.yaml",
        &format!(
            "environment: hub\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer }}\n\
             regions: [eu-central-1]\naccounts: {{ a: '100000000001' }}\nstacks:\n  action:\n    \
             template: stacks/pipeline/custom-action.yaml\n    accounts: [source]\n    parameters: \
             {{ {parameters} }}\n"
        ),
    );
    let applied = pipelines.place.apply("hub.yaml", 0);
    let outputs = &applied.instance("source", "action")["outputs"];
    let role = outputs["WorkerRoleArn"].as_str().expect("an ARN").to_owned();

    let flags = ["--version", "2", "--state-bucket", "state/xdeploy", "--job-time", "1s"];
    let mut first = pipelines.worker_as(&role, "state", &flags);
    pipelines.start_one("long", 2, json!({}));
    first.until("continues with another job");
    first.until("taken");
    let first = first.kill();
    let second = pipelines.worker_as(&role, "state", &flags);
    let told = &pipelines.wait("long")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}\n{first}");
    pipelines.start_one("wrong", 1, json!({ "OnFailure": "explode" }));
    let told = &pipelines.wait("wrong")["deploy"];
    assert_eq!(told["error"]["code"], "ConfigurationError", "{told}");
    drop(second);

    let mut called = actions_called(&pipelines);
    // Needs no permission.
    called.remove("sts:GetCallerIdentity");
    // Is no call: with it, S3 tells that something is missing.
    called.insert("s3:ListBucket".to_owned());
    assert_eq!(called, allowed);
}
