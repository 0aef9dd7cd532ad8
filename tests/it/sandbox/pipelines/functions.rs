//! Actions that invoke a Lambda function.

use xdeploy::sandbox::{Sandbox, Settings};

use super::*;
use crate::support::function::{Given, Process};

/// A hub account with a process that is every function.
struct Desk {
    hub: Hub,
    process: Process,
}

impl Desk {
    /// Makes a pipeline of a source and one stage of these actions, which runs at once.
    async fn with(actions: Json) -> Self {
        let hub = Hub::new().await;
        let process = Process::of_any(&hub.cloud.sandbox);
        hub.deploys(actions).await.expect("it is done");
        Self { hub, process }
    }

    /// Returns how the action of a name stands.
    async fn action(&self, stage: usize, action: usize) -> Json {
        let name = json!({ "name": "release" });
        let said = self.hub.call("GetPipelineState", name).await.expect("it is done");
        said["stageStates"][stage]["actionStates"][action]["latestExecution"].clone()
    }

    /// Lets a process ask for work and end without an answer when there is none for a while.
    async fn next_within(&self, seconds: u64) -> Option<Given> {
        tokio::time::timeout(Duration::from_secs(seconds), self.process.next()).await.ok()
    }
}

fn invokes(name: &str, parameters: &str, turn: u32) -> Json {
    json!({ "name": name, "runOrder": turn, "namespace": name,
        "actionTypeId": { "category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1" },
        "configuration": { "FunctionName": "deploy", "UserParameters": parameters },
        "inputArtifacts": [{ "name": "app" }], "outputArtifacts": [{ "name": format!("{name}-report") }] })
}

fn job_of(given: &Given) -> &Json {
    &given.event["CodePipeline.job"]
}

#[tokio::test(start_paused = true)]
async fn a_function_is_invoked_with_its_job_and_ends_it() {
    let desk = Desk::with(json!([invokes("dev", "{\"file\":\"dev.yaml\"}", 1)])).await;
    let given = desk.process.next().await;
    assert_eq!(given.function, format!("arn:aws:lambda:eu-central-1:{HUB}:function:deploy"));
    let mut told = given.event.clone();
    let keys = told["CodePipeline.job"]["data"]["artifactCredentials"].take();
    let mut places = Vec::new();
    for (side, prefix) in [("input", "release/app/"), ("output", "release/dev-report/")] {
        let side = format!("{side}Artifacts");
        let key = told["CodePipeline.job"]["data"][&side][0]["location"]["s3Location"]["objectKey"]
            .take();
        let key = key.as_str().expect("a text").to_owned();
        assert!(key.starts_with(prefix), "{key}");
        places.push(key);
    }
    let revision = told["CodePipeline.job"]["data"]["inputArtifacts"][0]["revision"].take();
    assert!(revision.is_string(), "{revision}");
    let location =
        json!({ "type": "S3", "s3Location": { "bucketName": "artifacts", "objectKey": null } });
    let data = json!({
        "actionConfiguration": { "configuration":
            { "FunctionName": "deploy", "UserParameters": "{\"file\":\"dev.yaml\"}" } },
        "inputArtifacts": [{ "name": "app", "location": location, "revision": null }],
        "outputArtifacts": [{ "name": "dev-report", "location": location, "revision": null }],
        "artifactCredentials": null,
    });
    let id = &job_of(&given)["id"];
    assert_eq!(told["CodePipeline.job"], json!({ "id": id, "accountId": HUB, "data": data }));
    let until = (desk.hub.cloud.clock.now() + Duration::from_secs(3600)).as_millisecond();
    assert_eq!(keys["expirationTime"], until);

    let s3 = desk.hub.cloud.s3(&keys_of(job_of(&given)));
    let read = s3.get_object().bucket("artifacts").key(&places[0]).send().await.unwrap();
    assert_eq!(&read.body.collect().await.unwrap().into_bytes()[..], b"zipped");
    let put = s3.put_object().bucket("artifacts").key(&places[1]).body(b"report".to_vec().into());
    put.send().await.unwrap();
    let details = desk.hub.call("GetJobDetails", json!({ "jobId": id })).await.unwrap();
    assert_eq!(details["jobDetails"]["data"]["pipelineContext"]["action"]["name"], "dev");
    desk.hub.succeed(job_of(&given), json!({})).await.unwrap();
    desk.process.returns(&given, "null").await;
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy Succeeded");
    assert!(desk.next_within(600).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_function_is_invoked_again_with_its_token() {
    let later = invokes("later", "#{dev.Created}", 2);
    let desk = Desk::with(json!([invokes("dev", "dev.yaml", 1), later])).await;
    let mut given = desk.process.next().await;
    for percent in [30, 60] {
        let start = desk.hub.cloud.clock.now();
        let said = json!({ "percentComplete": percent, "summary": "half" });
        let more = json!({ "continuationToken": "run-1", "executionDetails": said });
        desk.hub.succeed(job_of(&given), more).await.unwrap();
        desk.process.returns(&given, "null").await;
        assert_eq!(desk.action(1, 0).await["percentComplete"], percent);
        let next = desk.process.next().await;
        assert_eq!(desk.hub.cloud.clock.now().duration_since(start).as_secs(), 1);
        assert_ne!(job_of(&next)["id"], job_of(&given)["id"]);
        assert_eq!(job_of(&next)["data"]["continuationToken"], "run-1");
        given = next;
    }
    let variables = json!({ "outputVariables": { "Created": "3" } });
    desk.hub.succeed(job_of(&given), variables).await.unwrap();
    let later = desk.process.next().await;
    let configuration = &job_of(&later)["data"]["actionConfiguration"]["configuration"];
    assert_eq!(configuration["UserParameters"], "3");
    assert!(job_of(&later)["data"].get("continuationToken").is_none());
    desk.hub.fail(job_of(&later), "3: Role exists").await.unwrap();
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy Failed");
    assert_eq!(desk.action(1, 1).await["errorDetails"]["message"], "3: Role exists");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_says_nothing_fails_its_action_after_twenty_minutes() {
    let desk = Desk::with(json!([invokes("dev", "dev.yaml", 1)])).await;
    let start = desk.hub.cloud.clock.now();
    let mut jobs = Vec::new();
    while let Some(given) = desk.next_within(600).await {
        desk.process.fails(&given, "{}").await;
        jobs.push(job_of(&given)["id"].clone());
    }
    assert_eq!(jobs.len(), 3, "its errors are those of every asynchronous invocation");
    assert_eq!(jobs[0], jobs[2]);
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy InProgress");
    let rest = start + Duration::from_secs(1200);
    let rest = rest.duration_since(desk.hub.cloud.clock.now());
    tokio::time::sleep(rest.try_into().unwrap()).await;
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy Failed");
    let said = desk.action(1, 0).await["errorDetails"]["message"].to_string();
    assert!(said.contains("function deploy failed to return a result"), "{said}");
    let late = desk.hub.succeed(&json!({ "id": jobs[0] }), json!({})).await.unwrap_err();
    assert!(late.starts_with("InvalidJobStateException: "), "{late}");
}

#[tokio::test(start_paused = true)]
async fn an_action_that_goes_on_for_a_day_fails() {
    let desk = Desk::with(json!([invokes("dev", "dev.yaml", 1)])).await;
    let mut jobs = 0;
    while let Some(given) = desk.next_within(600).await {
        tokio::time::sleep(Duration::from_secs(890)).await;
        let more = json!({ "continuationToken": "run-1" });
        if desk.hub.succeed(job_of(&given), more).await.is_ok() {
            jobs += 1;
        }
        desk.process.returns(&given, "null").await;
    }
    assert_eq!(jobs, 86_400 / 891);
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy Failed");
}

#[tokio::test(start_paused = true)]
async fn a_pipelines_role_must_be_allowed_to_invoke_the_function() {
    let mut other = invokes("dev", "dev.yaml", 1);
    other["configuration"]["FunctionName"] = json!("other");
    let desk = Desk::with(json!([other])).await;
    assert_eq!(desk.hub.stages().await, "Source Succeeded, Deploy Failed");
    let error = desk.action(1, 0).await["errorDetails"].clone();
    assert_eq!(error["code"], "PermissionError");
    let said = format!(
        "User: arn:aws:sts::{HUB}:assumed-role/pipeline/codepipeline is not authorized to perform: \
         lambda:InvokeFunction on resource: arn:aws:lambda:eu-central-1:{HUB}:function:other because \
         no identity-based policy allows the lambda:InvokeFunction action"
    );
    assert_eq!(error["message"], said);
    assert!(desk.next_within(600).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_job_of_a_function_is_for_no_worker() {
    let desk = Desk::with(json!([invokes("dev", "dev.yaml", 1)])).await;
    let given = desk.process.next().await;
    let kind = invokes("dev", "", 1)["actionTypeId"].clone();
    let poll = desk.hub.call("PollForJobs", json!({ "actionTypeId": kind })).await.unwrap_err();
    assert!(poll.starts_with("ActionTypeNotFoundException: "), "{poll}");
    let mut job = job_of(&given).clone();
    job["nonce"] = json!("1");
    let taken = desk.hub.take(&job).await.unwrap_err();
    assert!(taken.starts_with("InvalidNonceException: "), "{taken}");

    let mut nameless = pipeline(&json!([invokes("dev", "", 1)]));
    nameless["name"] = json!("nameless");
    let configuration = &mut nameless["stages"][1]["actions"][0]["configuration"];
    configuration.as_object_mut().unwrap().remove("FunctionName");
    let made = desk.hub.call("CreatePipeline", json!({ "pipeline": nameless })).await.unwrap_err();
    assert_eq!(
        made,
        "InvalidActionDeclarationException: Action configuration for action 'dev' is missing required \
         configuration 'FunctionName'"
    );
}

#[tokio::test(start_paused = true)]
async fn invocations_end_with_the_program_and_jobs_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Embedded::new().clock;
    let open = || Sandbox::open(folder.path(), clock, Settings::default()).unwrap();
    let mut hub = Hub::in_cloud(Embedded::of(open(), clock)).await;
    hub.deploys(json!([invokes("dev", "dev.yaml", 1)])).await.unwrap();
    hub.cloud.sandbox = open();
    let next = Process::of_any(&hub.cloud.sandbox);
    assert!(tokio::time::timeout(Duration::from_secs(60), next.next()).await.is_err());
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy InProgress");
}
