//! The program as a Lambda function, packaged as for AWS and started through the sandbox's runtime API.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::files::SETTING;
use crate::support::peers::program;
use crate::support::pipeline::{Pipelines, Worker, environment};
use crate::support::world::SOURCE;

/// Packages the program as the project's script does, unpacks it and returns the folder.
fn unpacked(pipelines: &Pipelines) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks/pipeline/package-lambda.sh");
    let (zip, task) = (pipelines.place.path().join("f.zip"), pipelines.place.path().join("task"));
    let mut package = Command::new(script);
    package.args(["--binary", env!("CARGO_BIN_EXE_xdeploy")]).arg(&zip);
    let packaged = package.output().expect("the script can be started");
    assert!(packaged.status.success(), "{}", String::from_utf8_lossy(&packaged.stderr));
    // Lambda keeps the modes of files, which Python's own unpacking does not.
    let unpack = "import os, sys, zipfile\n\
                  archive = zipfile.ZipFile(sys.argv[1])\n\
                  for entry in archive.infolist():\n    \
                      path = archive.extract(entry, sys.argv[2])\n    \
                      os.chmod(path, entry.external_attr >> 16 & 0o777)\n";
    let status = Command::new(program("python")).args(["-c", unpack]).arg(&zip).arg(&task).status();
    assert!(status.expect("Python can be started").success());
    task
}

/// Starts what Lambda starts, as it does.
fn start(pipelines: &Pipelines, task: &Path, state_bucket: Option<&str>) -> Worker {
    let address = pipelines.server.endpoint();
    let mut command = pipelines.place.command(task.join("bootstrap"), SOURCE);
    command
        .env("LAMBDA_TASK_ROOT", task)
        .env("AWS_LAMBDA_RUNTIME_API", address.trim_start_matches("http://"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "xdeploy")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        // Each process begins with an empty /tmp, as each of Lambda's environments does.
        .env(
            "XDEPLOY_STATE_DIR",
            pipelines.place.path().join(format!("tmp-{}", fastrand::u32(..))),
        );
    if let Some(bucket) = state_bucket {
        command.env("XDEPLOY_STATE_BUCKET", bucket);
    }
    Worker::of(command)
}

/// Starts a pipeline with one action that invokes the function.
fn invoke(pipelines: &Pipelines, name: &str, parameters: &Json) {
    let file = format!("environments/{name}.yaml");
    let text = environment(2, name);
    let files = [(file.as_str(), text.as_str()), ("stacks/app.yaml", SETTING)];
    invoke_with(pipelines, name, &files, parameters);
}

/// Starts the same on an artifact of these files.
fn invoke_with(pipelines: &Pipelines, name: &str, files: &[(&str, &str)], parameters: &Json) {
    let archive = pipelines.archive(&format!("{name}.zip"), files);
    let configuration =
        json!({ "FunctionName": "xdeploy", "UserParameters": parameters.to_string() });
    let action = json!([{ "name": "deploy", "type": "lambda", "configuration": configuration }]);
    pipelines.start(name, &archive, &action);
}

#[track_caller]
fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn the_packaged_function_answers_invocations_and_starts_no_program_for_an_artifact() {
    let pipelines = Pipelines::new("0.05", &[]);
    let function = start(&pipelines, &unpacked(&pipelines), None);
    invoke(
        &pipelines,
        "once",
        &json!({
            "Environment": "environments/once.yaml",
            "PipelineExecution": "1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f708",
        }),
    );
    let told = &pipelines.wait("once")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}");
    assert!(text(&told["summary"]).contains("4 created"), "{told}");
    assert_eq!(text(&told["run"]).split('-').nth(2), Some("1f2e3d4c"), "{told}");
    assert_eq!(told["variables"]["A02_EU_CENTRAL_1_ONCE_SECOND_VALUE"], "one");
    let report = text(&told["artifact"][0]["report.json"]);
    assert!(report.contains("\"created\": 4"), "{report}");

    invoke(&pipelines, "wrong", &json!({ "Enviroment": "environments/wrong.yaml" }));
    let told = &pipelines.wait("wrong")["deploy"];
    assert_eq!(told["error"]["code"], "ConfigurationError", "{told}");
    assert!(text(&told["error"]["message"]).contains("did you mean"), "{told}");

    let begun = pipelines.place.path().join("begun");
    let profile = format!("[profile thief]\ncredential_process = touch {}\n", begun.display());
    pipelines.place.write("config", &profile);
    let text_of = environment(1, "thief").replace("source: {", "source: { profile: thief,");
    let files = [("environments/thief.yaml", text_of.as_str()), ("stacks/app.yaml", SETTING)];
    let parameters = json!({ "Environment": "environments/thief.yaml" });
    invoke_with(&pipelines, "thief", &files, &parameters);
    let told = &pipelines.wait("thief")["deploy"];
    assert_eq!(told["error"]["code"], "ConfigurationError", "{told}");
    let message = text(&told["error"]["message"]);
    assert!(message.contains("`source.profile` is not taken"), "{message}");
    assert!(message.contains("environments/thief.yaml:2:"), "{message}");
    assert!(!begun.exists(), "no program of the function's machine is started");
    assert!(function.kill().contains("did you mean"), "its log says so as well");
    let heads = pipelines.way.heads_of_objects();
    let named = format!("x-amz-expected-bucket-owner: {SOURCE}");
    assert!(heads.iter().all(|head| head.contains(&named)), "{heads:#?}");
    assert!(heads.len() >= 3, "{heads:#?}");
}

#[test]
fn a_run_longer_than_the_deadline_ends_over_several_invocations() {
    // The two processes have no folder in common: what the run did is in the state bucket.
    let pipelines = Pipelines::new("3", &["--lambda-timeout", "4s"]);
    let task = unpacked(&pipelines);
    let functions = [1, 2].map(|_| start(&pipelines, &task, Some("state/xdeploy")));
    invoke(&pipelines, "long", &json!({ "Environment": "environments/long.yaml" }));

    let told = &pipelines.wait("long")["deploy"];
    let log = functions.map(Worker::kill).concat();
    assert_eq!(told["status"], "Succeeded", "{told}\n{log}");
    assert!(text(&told["summary"]).contains("4 created"), "{told}\n{log}");
    let continued = log.matches("continues with another job").count();
    assert!(continued >= 1, "{log}");
    assert!(pipelines.sent().values().all(|&count| count == 1), "{:?}\n{log}", pipelines.sent());
    assert_eq!(pipelines.sent().len(), 4, "{:?}", pipelines.sent());
}

#[test]
fn an_invocation_that_died_is_tried_again_by_lambda_and_ends_the_same_run() {
    let pipelines = Pipelines::new("3", &["--lambda-timeout", "8s"]);
    let task = unpacked(&pipelines);
    let mut first = start(&pipelines, &task, Some("state/xdeploy"));
    invoke(&pipelines, "dies", &json!({ "Environment": "environments/dies.yaml" }));
    // In either account.
    first.until("creating");
    first.until("creating");
    // Out of memory: nothing is said or kept any more.
    let first = first.kill();
    let second = start(&pipelines, &task, Some("state/xdeploy"));

    // Lambda finds out at the deadline, and tries again a minute later.
    let told = &pipelines.wait("dies")["deploy"];
    let log = first + &second.kill();
    assert_eq!(told["status"], "Succeeded", "{told}\n{log}");
    // Of what the first did, nothing but the cloud knows: it is found there, and nothing done twice.
    assert!(text(&told["summary"]).contains("2 created, 2 unchanged"), "{told}\n{log}");
    let sent = pipelines.sent();
    assert!(sent.values().all(|&count| count == 1), "{sent:?}\n{log}");
    let created = sent.keys().filter(|call| call.starts_with("CreateStack ")).count();
    assert_eq!(created, 4, "{sent:?}");
    let run = text(&told["run"]);
    assert!(log.lines().all(|line| !line.contains(", run ") || line.contains(run)), "{log}");
}

#[test]
fn a_function_that_would_forget_what_to_put_back_does_not_begin() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _function = start(&pipelines, &unpacked(&pipelines), None);
    let parameters =
        json!({ "Environment": "environments/back.yaml", "OnFailure": "rollback-run" });
    invoke(&pipelines, "back", &parameters);
    let told = &pipelines.wait("back")["deploy"];
    assert_eq!(told["error"]["code"], "SystemUnavailable", "{told}");
    assert!(text(&told["error"]["message"]).contains("XDEPLOY_STATE_BUCKET"), "{told}");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}
