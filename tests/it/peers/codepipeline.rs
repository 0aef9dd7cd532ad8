//! boto3 as a pipeline, and our workers as those who carry out its actions.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::support::files::SETTING;
use crate::support::pipeline::{Pipelines, environment};
use crate::support::world::SOURCE;

/// Returns the runs that a worker said it began or went on with, by their ids.
fn runs(said: &str) -> BTreeSet<String> {
    let words =
        said.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let is_run = |word: &&str| word.parse::<xdeploy::name::RunId>().is_ok();
    words.filter(is_run).map(str::to_owned).collect()
}

#[track_caller]
fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Checks that a report says where the run of an action was, by whom, for what and from what.
#[track_caller]
fn assert_origin(pipelines: &Pipelines, report: &Json, told: &Json) {
    let place = pipelines.way.endpoint();
    assert!(text(&report["endpoint"]).contains(place), "{report}");
    assert!(text(&report["caller"]).starts_with(&format!("arn:aws:iam::{SOURCE}:")), "{report}");
    assert_eq!(report["pipeline_execution"], told["execution"]);
    let action = text(&report["pipeline_action"]);
    assert!(action.ends_with("/deploy"), "{action}");
    assert_eq!(report["command_line"][1], "worker");
    assert!(!text(&report["revision"]).is_empty());
    let files: Vec<&String> = report["files"].as_object().expect("files").keys().collect();
    let environment = action.split('/').next().expect("a pipeline");
    assert_eq!(files, [&format!("environments/{environment}.yaml"), "stacks/app.yaml"]);
    let summary = text(&told["artifact"][0]["summary.txt"]);
    let words = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("for {action} (execution ")), "{summary}");
}

#[test]
fn an_action_succeeds_with_its_variables_and_its_artifact() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &[]);
    pipelines.start_one("good", 2, json!({ "Accounts": "a*" }));

    let told = &pipelines.wait("good")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}");
    assert_eq!(told["percent"], 100);
    assert!(text(&told["summary"]).contains("4 created"), "{told}");
    let run: xdeploy::name::RunId = text(&told["run"]).parse().expect("a run's id");
    let execution = text(&told["execution"]).split('-').next().expect("an id");
    assert!(run.as_str().contains(execution), "{run} is named after {execution}");
    let variables = &told["variables"];
    assert_eq!(variables["Result"], "succeeded");
    assert_eq!(variables["Run"], run.as_str());
    assert_eq!(variables["Created"], "4");
    assert_eq!(variables["A01_EU_CENTRAL_1_GOOD_FIRST_VALUE"], "one");
    let files = &told["artifact"][0];
    let report: Json = serde_json::from_str(text(&files["report.json"])).expect("JSON");
    assert_eq!(report["summary"]["created"], 4);
    assert_eq!(report["run"], run.as_str());
    assert_origin(&pipelines, &report, told);
    let outputs: Json = serde_json::from_str(text(&files["outputs.json"])).expect("JSON");
    assert_eq!(outputs["good"]["a02"]["eu-central-1"]["good-second"]["Value"], "one");
    assert!(text(&files["report.html"]).contains("<html"));
    assert!(text(&files["junit.xml"]).contains("<testsuites"));
}

#[test]
fn a_failure_in_one_account_is_told_with_its_first_cause() {
    let pipelines = Pipelines::new("0.05", &["--fault", "fail,account=100000000002"]);
    let _worker = pipelines.worker("state", &[]);
    pipelines.start_one("bad", 3, json!({ "OnFailure": "continue" }));

    let told = &pipelines.wait("bad")["deploy"];
    assert_eq!(told["status"], "Failed", "{told}");
    assert_eq!(told["error"]["code"], "JobFailed");
    let message = text(&told["error"]["message"]);
    assert!(message.starts_with("a02/eu-central-1/bad-first: Setting: "), "{message}");
    assert!(message.ends_with("4 created, 1 failed, 1 skipped"), "{message}");
    let report = text(&told["artifact"][0]["report.json"]);
    assert!(report.contains("\"result\": \"failed\""), "{report}");
}

#[test]
fn job_calls_that_are_throttled_refused_or_lost_end_a_job_once_all_the_same() {
    let faults = [
        "throttle,action=codepipeline:PollForJobs,times=3",
        "throttle,action=codepipeline:AcknowledgeJob,times=1",
        "lose-reply,action=codepipeline:AcknowledgeJob,times=1",
        "error=503,action=codepipeline:PutJobSuccessResult,times=1",
        "lose-reply,action=codepipeline:PutJobSuccessResult,times=1",
    ];
    let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let pipelines = Pipelines::new("0.05", &flags);
    let worker = pipelines.worker("state", &[]);
    pipelines.start_one("rough", 1, json!({}));

    let told = &pipelines.wait("rough")["deploy"];
    let (code, said) = worker.stop();
    assert_eq!((&told["status"], code), (&json!("Succeeded"), 0), "{told}\n{said}");
    assert!(text(&told["summary"]).contains("2 created"), "{told}");
    assert_eq!(pipelines.sent().len(), 2, "{:?}", pipelines.sent());
    assert!(said.contains("; the pipeline has it ended already: "), "{said}");
    let requests = pipelines.way.requests();
    let asked = |call| requests.iter().filter(|request| request.contains(call)).count();
    assert_eq!([asked(".AcknowledgeJob"), asked(".PutJobSuccessResult")], [3, 3], "{said}");
    assert!(asked(".PollForJobs") > 3, "{said}");
}

#[test]
fn a_run_that_takes_long_goes_on_over_several_jobs() {
    let pipelines = Pipelines::new("2.5", &[]);
    let mut worker = pipelines.worker("state", &["--job-time", "1s"]);
    pipelines.start_one("long", 2, json!({}));

    for _ in 0..3 {
        worker.until("continues with another job");
    }
    let told = &pipelines.wait("long")["deploy"];
    let said = worker.kill();
    assert_eq!(told["status"], "Succeeded", "{told}\n{said}");
    assert!(text(&told["summary"]).contains("4 created"), "{told}");
    assert!(said.contains("a later job of this action resumes"), "{said}");
    assert!(!said.contains("xdeploy resume"), "{said}");
    assert_eq!(runs(&said), BTreeSet::from([text(&told["run"]).to_owned()]), "{said}");
    assert!(pipelines.sent().values().all(|&count| count == 1), "{:?}", pipelines.sent());
    assert_eq!(pipelines.sent().len(), 4, "{:?}", pipelines.sent());
}

#[test]
fn what_a_killed_worker_leaves_is_finished_by_the_next_one_as_the_same_run() {
    let pipelines = Pipelines::new("1", &[]);
    let mut first = pipelines.worker("state", &[]);
    pipelines.start_one("killed", 3, json!({}));
    first.until("creating");
    let first = first.kill();

    let mut second = pipelines.worker("state", &[]);
    second.until("was left by a worker");
    let told = &pipelines.wait("killed")["deploy"];
    let second = second.kill();
    assert_eq!(told["status"], "Succeeded", "{told}\n{first}\n{second}");
    let run = BTreeSet::from([text(&told["run"]).to_owned()]);
    assert_eq!((runs(&first), runs(&second)), (run.clone(), run), "{first}\n{second}");
    assert!(text(&told["summary"]).contains("6 created"), "{told}");
    assert!(pipelines.sent().values().all(|&count| count == 1), "{:?}", pipelines.sent());
    assert_eq!(pipelines.sent().len(), 6, "{:?}", pipelines.sent());
}

#[test]
fn workers_without_a_folder_in_common_go_on_through_the_state_bucket() {
    let pipelines = Pipelines::new("1.2", &[]);
    let flags = ["--state-bucket", "state/xdeploy", "--drain", "0s"];
    let mut first = pipelines.worker("first", &flags);
    pipelines.start_one("moved", 2, json!({}));
    first.until("creating");
    let (code, first) = first.stop();
    assert_eq!(code, 0, "{first}");
    assert!(first.contains("continues with another job"), "{first}");

    let second = pipelines.worker("second", &flags);
    let told = &pipelines.wait("moved")["deploy"];
    let second = second.kill();
    assert_eq!(told["status"], "Succeeded", "{told}\n{first}\n{second}");
    assert!(text(&told["summary"]).contains("4 created"), "{told}");
    assert_eq!(runs(&first), runs(&second), "{first}\n{second}");
    assert!(pipelines.sent().values().all(|&count| count == 1), "{:?}", pipelines.sent());
    let heads = pipelines.way.heads_of_objects();
    let places = ["/artifacts/", "/state/xdeploy/jobs/", "/state/xdeploy/runs/"];
    assert!(places.iter().all(|place| heads.iter().any(|head| head.contains(place))), "{heads:#?}");
    let named = format!("x-amz-expected-bucket-owner: {SOURCE}");
    assert!(heads.iter().all(|head| head.contains(&named)), "{heads:#?}");
}

#[test]
fn a_worker_uses_no_bucket_of_another_account_than_it_must_be_of() {
    let pipelines = Pipelines::new("0.05", &[]);
    let cases = [
        ("artifact", "the input artifact `app` (s3://artifacts/", "bucket artifacts"),
        ("state-bucket", "the state bucket cannot be read", "bucket state"),
    ];
    for (name, expected, bucket) in cases {
        let option = format!("--{name}-owner");
        let flags = ["--state-bucket", "state/xdeploy", &option, "666666666666"];
        let worker = pipelines.worker(name, &flags);
        pipelines.start_one(name, 1, json!({}));
        let told = &pipelines.wait(name)["deploy"];
        worker.kill();
        assert_eq!(told["error"]["code"], "PermissionError", "{told}");
        let message = text(&told["error"]["message"]);
        assert!(message.starts_with(expected), "{message}");
        for word in [bucket, "another account than 666666666666", &format!("`{option}`")] {
            assert!(message.contains(word), "{word}: {message}");
        }
    }
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}

#[test]
fn a_worker_that_is_asked_to_stop_lets_its_jobs_end() {
    let pipelines = Pipelines::new("0.5", &[]);
    let mut worker = pipelines.worker("state", &["--drain", "60s"]);
    pipelines.start_one("drained", 2, json!({}));
    worker.until("creating");
    let (code, said) = worker.stop();
    assert_eq!(code, 0, "{said}");
    let told = &pipelines.wait("drained")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}\n{said}");
}

#[test]
fn what_is_wrong_with_an_artifact_is_told_where_it_is() {
    let pipelines = Pipelines::new("0.05", &[]);
    let mut worker = pipelines.worker("state", &[]);
    let good = environment(1, "e");
    let broken = good.replace("stacks:", "stakcs:");
    let files = [("environments/e.yaml", good.as_str()), ("stacks/app.yaml", SETTING)];
    let evil = [&files[..], &[("../../outside.yaml", "it got out")]].concat();
    let cases = [
        ("lacking", pipelines.archive("lacking.zip", &files[1..]), "environments/e.yaml"),
        ("template", pipelines.archive("template.zip", &files[..1]), "stacks/app.yaml"),
        (
            "broken",
            pipelines.archive("broken.zip", &[("environments/e.yaml", &broken), files[1]]),
            "did you mean `stacks`?",
        ),
        ("evil", pipelines.archive("evil.zip", &evil), "`../../outside.yaml`"),
        ("none", pipelines.place.write("none.zip", "this is no archive"), "not a zip archive"),
    ];
    for (name, archive, _) in &cases {
        let configuration = json!({ "Environment": "environments/e.yaml" });
        let actions = json!([{ "name": "deploy", "configuration": configuration }]);
        pipelines.start(name, archive, &actions);
    }
    for (name, _, expected) in &cases {
        let told = &pipelines.wait(name)["deploy"];
        assert_eq!(told["error"]["code"], "ConfigurationError", "{name}: {told}");
        let message = text(&told["error"]["message"]);
        assert!(message.contains(expected), "{name}: {message}");
        let state = pipelines.place.path().join("state");
        assert!(!message.contains(state.to_str().expect("UTF-8")), "{name}: {message}");
    }
    worker.until("outside.yaml");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
    let outside =
        walk(pipelines.place.path()).into_iter().find(|path| path.ends_with("outside.yaml"));
    assert_eq!(outside, None);
}

/// Returns every file in a folder and those below it.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files.extend(walk(&path)),
            path => files.push(path.display().to_string()),
        }
    }
    files
}

#[test]
fn two_workers_do_each_of_twenty_jobs_exactly_once() {
    let pipelines = Pipelines::new("0.4", &[]);
    let few = ["--max-jobs", "3"];
    let workers = [pipelines.worker("one", &few), pipelines.worker("two", &few)];
    let names: Vec<String> = (1..=20).map(|n| format!("job{n:02}")).collect();
    let files: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!("environments/{name}.yaml"), environment(2, name)))
        .chain([("stacks/app.yaml".to_owned(), SETTING.to_owned())])
        .collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let archive = pipelines.archive("all.zip", &files);
    let action = |name: &String| {
        let configuration = json!({ "Environment": format!("environments/{name}.yaml") });
        json!({ "name": name, "configuration": configuration })
    };
    pipelines.start("twenty", &archive, &names.iter().map(action).collect());

    let told = pipelines.wait("twenty");
    let said = workers.map(|worker| worker.kill());
    for name in &names {
        assert_eq!(told[name]["status"], "Succeeded", "{}", told[name]);
        assert!(text(&told[name]["summary"]).contains("4 created"), "{}", told[name]);
    }
    let taken = |said: &String| said.lines().filter(|line| line.ends_with(" taken")).count();
    assert_eq!(said.iter().map(taken).sum::<usize>(), 20, "{said:?}");
    assert!(said.iter().all(|said| taken(said) > 0), "both work: {said:?}");
    let sent = pipelines.sent();
    assert!(sent.values().all(|&count| count == 1), "{sent:?}");
    assert_eq!(sent.len(), 20 * 4, "{sent:?}");
}

#[test]
fn a_worker_whose_action_type_does_not_exist_says_what_to_do() {
    let pipelines = Pipelines::new("0.05", &[]);
    let mut worker = pipelines.worker("state", &["--provider", "nobody"]);
    worker.until("the action type Custom/Deploy/nobody/1 does not exist");
    worker.until("stacks/pipeline/custom-action.yaml");
}

#[test]
fn a_job_whose_nonce_is_stale_is_another_workers_and_left_to_it() {
    let pipelines = Pipelines::new("0.05", &[]);
    pipelines.start_one("stale", 1, json!({}));
    let id = pipelines.boto3(&["take"]).trim().to_owned();
    let notes = pipelines.place.path().join("state/jobs");
    std::fs::create_dir_all(&notes).expect("the folder takes folders");
    let note = notes.join("left.json");
    let noted = json!({ "id": id, "nonce": "0", "of": "eu-central-1 Deploy/xdeploy/1" });
    std::fs::write(&note, noted.to_string()).expect("and files");

    let mut worker = pipelines.worker("state", &[]);
    worker.until("is not ours: codepipeline:AcknowledgeJob");
    pipelines.boto3(&["finish", &id]);
    let told = &pipelines.wait("stale")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}");
    let (code, said) = worker.stop();
    assert_eq!(code, 0, "{said}");
    assert!(!note.exists(), "it is forgotten");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}

#[test]
fn a_worker_killed_before_its_journal_had_a_line_leaves_a_run_that_begins_anew() {
    let pipelines = Pipelines::new("0.05", &[]);
    let state = pipelines.place.path().join("state");
    for folder in ["jobs", "runs"] {
        std::fs::create_dir_all(state.join(folder)).expect("the folder takes folders");
    }
    let torn = br#"{"sequence":1,"at":"2026-11-"#;
    let journals: [(&str, Option<&[u8]>); 3] =
        [("none", None), ("empty", Some(b"")), ("torn", Some(torn))];
    for (number, (name, journal)) in journals.into_iter().enumerate() {
        // A run that may have to go back must not be taken for one whose journal is lost.
        pipelines.start_one(name, 1, json!({ "OnFailure": "rollback-run" }));
        let id = pipelines.boto3(&["take"]).trim().to_owned();
        let run = format!("20261123-15560{number}-k3f9");
        if let Some(journal) = journal {
            let file = state.join(format!("runs/{run}.jsonl"));
            std::fs::write(file, journal).expect("the folder takes files");
        }
        let noted = json!({
            "id": id, "nonce": "1", "of": "eu-central-1 Deploy/xdeploy/1", "is_taken": true, "run": run,
        });
        let note = state.join(format!("jobs/{name}.json"));
        std::fs::write(note, noted.to_string()).expect("the folder takes files");
    }
    let mut worker = pipelines.worker("state", &[]);
    worker.until("was left by a worker");
    for (number, name) in ["none", "empty", "torn"].into_iter().enumerate() {
        let told = &pipelines.wait(name)["deploy"];
        assert_eq!(told["status"], "Succeeded", "{name}: {told}");
        assert_eq!(told["run"], format!("20261123-15560{number}-k3f9"), "{name}: {told}");
    }
}

#[test]
fn a_job_that_ended_its_workers_again_and_again_is_given_up() {
    let pipelines = Pipelines::new("0.05", &[]);
    pipelines.start_one("deadly", 1, json!({}));
    let id = pipelines.boto3(&["take"]).trim().to_owned();
    let notes = pipelines.place.path().join("state/jobs");
    std::fs::create_dir_all(&notes).expect("the folder takes folders");
    let noted = json!({
        "id": id, "nonce": "1", "of": "eu-central-1 Deploy/xdeploy/1", "lost_workers": 2,
    });
    std::fs::write(notes.join("left.json"), noted.to_string()).expect("it takes files");
    let _worker = pipelines.worker("state", &[]);
    let told = &pipelines.wait("deadly")["deploy"];
    assert_eq!(told["error"]["code"], "SystemUnavailable", "{told}");
    assert!(text(&told["error"]["message"]).starts_with("3 workers ended"), "{told}");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}

#[test]
fn a_state_bucket_that_cannot_be_used_is_found_before_anything_is_sent() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &["--state-bucket", "nobodys-bucket/xdeploy"]);
    pipelines.start_one("kept-nowhere", 1, json!({}));
    let told = &pipelines.wait("kept-nowhere")["deploy"];
    assert_eq!(told["error"]["code"], "SystemUnavailable", "{told}");
    let message = text(&told["error"]["message"]);
    assert!(message.starts_with("the state bucket cannot be read"), "{message}");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}

#[test]
fn a_run_that_was_handed_back_is_resumed_before_another_begins() {
    let pipelines = Pipelines::new("3", &[]);
    let text_of = environment(1, "shared");
    let files = [("environments/shared.yaml", text_of.as_str()), ("stacks/app.yaml", SETTING)];
    let archive = pipelines.archive("shared.zip", &files);
    let actions = json!([{
        "name": "deploy", "configuration": { "Environment": "environments/shared.yaml" },
    }]);
    // Both wait for the worker, which takes them at once: either may be the first.
    pipelines.start("one", &archive, &actions);
    pipelines.start("other", &archive, &actions);
    let worker = pipelines.worker("state", &["--job-time", "1s"]);
    let ended = ["one", "other"].map(|name| pipelines.wait(name)["deploy"]["summary"].clone());
    let said = worker.kill();
    for summary in ["2 created", "2 unchanged"] {
        let is_told = ended.iter().any(|ended| text(ended).contains(summary));
        assert!(is_told, "{summary}: {ended:?}\n{said}");
    }
    assert!(
        said.contains("continues with another job: waiting for the end of another run"),
        "{said}"
    );
}

#[test]
fn an_artifact_does_not_read_its_workers_files_or_keys() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &[]);
    let secret = pipelines.place.write("secret", "s3cr3t-of-the-worker");
    let cases = [
        ("file", format!("${{file:{}}}", secret.display()), "leads outside"),
        ("above", "${file:../../../../secret}".to_owned(), "leads outside"),
        ("key", "${env:AWS_SECRET_ACCESS_KEY}".to_owned(), "`AWS_SECRET_ACCESS_KEY` is not set"),
    ];
    for (name, value, expected) in cases {
        let text_of =
            environment(1, name).replace("stacks:", &format!("tags: {{ t: '{value}' }}\nstacks:"));
        let files = [("environments/e.yaml", text_of.as_str()), ("stacks/app.yaml", SETTING)];
        let archive = pipelines.archive(&format!("{name}.zip"), &files);
        let configuration = json!({ "Environment": "environments/e.yaml" });
        pipelines.start(
            name,
            &archive,
            &json!([{ "name": "deploy", "configuration": configuration }]),
        );
        let told = &pipelines.wait(name)["deploy"];
        assert_eq!(told["error"]["code"], "ConfigurationError", "{name}: {told}");
        let message = text(&told["error"]["message"]);
        assert!(message.contains(expected), "{name}: {message}");
        assert!(!told.to_string().contains("s3cr3t"), "{told}");
    }
}

#[test]
fn an_artifact_uploads_its_own_code_and_nothing_of_its_workers_machine() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &[]);
    let secret = pipelines.place.write("secret", "s3cr3t-of-the-worker");
    let template = |path: &str| {
        format!(
            "Resources: {{ F: {{ Type: AWS::Lambda::Function, Properties: {{ Code: '{path}', Role: arn:aws:iam::100000000001:role/r, \
                 Runtime: python3.13, Handler: a.b }} }} }}\n"
        )
    };
    let cases = [
        ("file", secret.display().to_string(), "leads outside"),
        ("above", "../../../../..".to_owned(), "leads outside"),
        ("root", "/etc".to_owned(), "leads outside"),
        ("none", "../code/none".to_owned(), "does not exist"),
        ("own", "../code".to_owned(), ""),
    ];
    for (name, path, expected) in cases {
        let of_setting = environment(1, name);
        let (head, _) = of_setting.split_once("stacks:").expect("it has stacks");
        let text_of = format!(
            "{head}artifacts: {{ bucket: 'code-${{account.id}}' }}\nstacks: {{ app: {{ template: ../stacks/app.yaml }} }}\n"
        );
        let files = [
            ("environments/e.yaml", text_of.as_str()),
            ("stacks/app.yaml", &template(&path)),
            ("code/a.py", "print()"),
        ];
        let archive = pipelines.archive(&format!("{name}.zip"), &files);
        let configuration = json!({ "Environment": "environments/e.yaml" });
        let actions = json!([{ "name": "deploy", "configuration": configuration }]);
        pipelines.start(name, &archive, &actions);
        let told = &pipelines.wait(name)["deploy"];
        let message = text(&told["error"]["message"]);
        match expected {
            // The bucket alone is missing.
            "" => assert!(message.contains("bucket code-100000000001"), "{told}"),
            _ => {
                assert_eq!(told["error"]["code"], "ConfigurationError", "{name}: {told}");
                assert!(message.contains(expected), "{name}: {message}");
                assert!(message.contains("stacks/app.yaml:1:"), "{name}: {message}");
            }
        }
        assert!(!told.to_string().contains("s3cr3t"), "{told}");
    }
}

#[test]
fn an_artifact_starts_no_program_of_its_workers_machine() {
    let pipelines = Pipelines::new("0.05", &[]);
    let begun = pipelines.place.path().join("begun");
    let profile = format!("[profile thief]\ncredential_process = touch {}\n", begun.display());
    pipelines.place.write("config", &profile);
    let worker = pipelines.worker("state", &[]);
    for (name, from, to, line) in [
        ("source", "source: {", "source: { profile: thief,", 2),
        ("account", "a01: '100000000001'", "a01: { id: '100000000001', profile: thief }", 5),
    ] {
        let text_of = environment(1, name).replace(from, to);
        let files = [("environments/e.yaml", text_of.as_str()), ("stacks/app.yaml", SETTING)];
        let archive = pipelines.archive(&format!("{name}.zip"), &files);
        let configuration = json!({ "Environment": "environments/e.yaml" });
        let actions = json!([{ "name": "deploy", "configuration": configuration }]);
        pipelines.start(name, &archive, &actions);
        let told = &pipelines.wait(name)["deploy"];
        assert_eq!(told["error"]["code"], "ConfigurationError", "{name}: {told}");
        let message = text(&told["error"]["message"]);
        assert!(message.contains("is not taken from a pipeline's artifact"), "{message}");
        assert!(message.contains(&format!("environments/e.yaml:{line}:")), "{message}");
    }
    let said = worker.kill();
    assert!(!begun.exists(), "{said}");
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
}

#[test]
fn what_an_artifact_no_longer_names_is_told_in_the_result_of_its_action() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &[]);
    let whole = environment(1, "left");
    let (less, _) = whole.split_once("  left-second").expect("it has two stacks");
    let file = "environments/left.yaml";
    let actions = json!([{
        "name": "deploy", "version": pipelines.version, "configuration": { "Environment": file },
    }]);
    for (name, text) in [("whole", whole.as_str()), ("less", less)] {
        let files = [(file, text), ("stacks/app.yaml", SETTING)];
        let archive = pipelines.archive(&format!("{name}.zip"), &files);
        pipelines.start(name, &archive, &actions);
        let told = &pipelines.wait(name)["deploy"];
        assert_eq!(told["status"], "Succeeded", "{told}");
        let line = "left behind: 1 stack instance that earlier runs made and no file names any more: \
                    a01/eu-central-1/left-second";
        assert_eq!(self::text(&told["summary"]).contains(line), name == "less", "{told}");
        let page = self::text(&told["artifact"][0]["report.html"]);
        assert_eq!(page.contains("shows and deletes what is left behind"), name == "less");
    }
}

#[test]
fn a_plan_tells_what_would_change_and_changes_nothing() {
    let pipelines = Pipelines::new("0.05", &[]);
    let _worker = pipelines.worker("state", &[]);
    pipelines.start_one("look", 2, json!({ "PlanOnly": "true" }));

    let told = &pipelines.wait("look")["deploy"];
    assert_eq!(told["status"], "Succeeded", "{told}");
    let variables = &told["variables"];
    assert_eq!((&variables["HasChanges"], &variables["Created"]), (&json!("true"), &json!("4")));
    let summary = text(&told["artifact"][0]["summary.txt"]);
    assert!(summary.contains("Setting"), "{summary}");
    assert_eq!(summary.lines().last(), told["summary"].as_str(), "{summary}");
    let report = text(&told["artifact"][0]["report.json"]);
    assert_origin(&pipelines, &serde_json::from_str(report).expect("JSON"), told);
    assert!(pipelines.sent().is_empty(), "{:?}", pipelines.sent());
    let runs = pipelines.place.path().join("state/runs");
    let kept = walk(&runs).into_iter().filter(|path| path.ends_with(".jsonl")).count();
    assert_eq!(kept, 0, "nothing is kept of a run that changes nothing");
}
