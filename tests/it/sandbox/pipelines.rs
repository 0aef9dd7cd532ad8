//! CodePipeline: custom actions, and the jobs a pipeline gives to their workers.

mod functions;

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::embedded::{Embedded, Keys, words};

const HUB: &str = "999999999999";

const ROLES: &str = r#"
Resources:
  Pipeline:
    Type: AWS::IAM::Role
    Properties:
      RoleName: pipeline
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Action: sts:AssumeRole, Principal: { Service: codepipeline.amazonaws.com } }
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: "s3:*", Resource: "*" }
              - { Effect: Allow, Action: lambda:InvokeFunction, Resource: "arn:aws:lambda:*:*:function:deploy" }
  Worker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: "999999999999" } }
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: codepipeline:PollForJobs
                Resource: arn:aws:codepipeline:eu-central-1:999999999999:actiontype:Custom/Deploy/xdeploy/1
              - Effect: Allow
                Action: [codepipeline:AcknowledgeJob, codepipeline:PutJobSuccessResult]
                Resource: "*"
"#;

/// A hub account with an action type, and buckets for a source and for artifacts.
struct Hub {
    cloud: Embedded,
    keys: Keys,
}

impl Hub {
    async fn new() -> Self {
        Self::in_cloud(Embedded::new()).await
    }

    async fn in_cloud(cloud: Embedded) -> Self {
        let hub = Self { cloud, keys: Keys::root(HUB) };
        assert_eq!(hub.cloud.stacks(HUB).create("roles", ROLES).await, "CREATE_COMPLETE");
        let s3 = hub.cloud.s3(&hub.keys);
        for bucket in ["source", "artifacts"] {
            s3.create_bucket().bucket(bucket).send().await.expect("it is done");
        }
        let put = s3.put_object().bucket("source").key("app.zip").body(b"zipped".to_vec().into());
        put.send().await.expect("it is done");
        let property = |name: &str, is_queryable: bool| {
            json!({ "name": name, "required": is_queryable, "key": true, "secret": false,
                    "queryable": is_queryable })
        };
        hub.call(
            "CreateCustomActionType",
            json!({
                "category": "Deploy", "provider": "xdeploy", "version": "1",
                "configurationProperties": [property("Environment", true), property("Role", false)],
                "inputArtifactDetails": { "minimumCount": 0, "maximumCount": 1 },
                "outputArtifactDetails": { "minimumCount": 0, "maximumCount": 1 },
            }),
        )
        .await
        .expect("it is done");
        hub
    }

    async fn call(&self, action: &str, input: Json) -> Result<Json, String> {
        self.cloud.pipeline(&self.keys, action, input).await
    }

    /// Makes a pipeline of a source and one stage of these actions, which runs at once.
    async fn deploys(&self, actions: Json) -> Result<Json, String> {
        self.call("CreatePipeline", json!({ "pipeline": pipeline(&actions) })).await
    }

    /// Makes a pipeline with one action, and returns its only job.
    async fn with_a_job() -> (Self, Json) {
        let hub = Self::new().await;
        hub.deploys(json!([action("dev", "dev", 1)])).await.expect("it is done");
        let job = hub.poll(json!({})).await.remove(0);
        (hub, job)
    }

    async fn poll(&self, more: Json) -> Vec<Json> {
        let mut input = json!({ "actionTypeId": action_type() });
        for (key, value) in more.as_object().expect("an object") {
            input[key] = value.clone();
        }
        let said = self.call("PollForJobs", input).await.expect("it is done");
        said["jobs"].as_array().expect("a list").clone()
    }

    async fn take(&self, job: &Json) -> Result<Json, String> {
        self.call("AcknowledgeJob", json!({ "jobId": job["id"], "nonce": job["nonce"] })).await
    }

    /// Ends a job well, with more to say.
    async fn succeed(&self, job: &Json, more: Json) -> Result<Json, String> {
        let mut input = json!({ "jobId": job["id"] });
        for (key, value) in more.as_object().expect("an object") {
            input[key] = value.clone();
        }
        self.call("PutJobSuccessResult", input).await
    }

    async fn fail(&self, job: &Json, message: &str) -> Result<Json, String> {
        let details = json!({ "type": "JobFailed", "message": message });
        let input = json!({ "jobId": job["id"], "failureDetails": details });
        self.call("PutJobFailureResult", input).await
    }

    /// Returns how the stages stand, as `Source Succeeded, Deploy InProgress`.
    async fn stages(&self) -> String {
        let said =
            self.call("GetPipelineState", json!({ "name": "release" })).await.expect("it is done");
        let stages = said["stageStates"].as_array().expect("a list").iter().map(|stage| {
            let status = stage["latestExecution"]["status"].as_str().unwrap_or("-");
            format!("{} {status}", stage["stageName"].as_str().expect("a text"))
        });
        stages.collect::<Vec<_>>().join(", ")
    }
}

fn action_type() -> Json {
    json!({ "category": "Deploy", "owner": "Custom", "provider": "xdeploy", "version": "1" })
}

fn action(name: &str, environment: &str, turn: u32) -> Json {
    json!({ "name": name, "actionTypeId": action_type(), "runOrder": turn, "namespace": name,
            "configuration": { "Environment": environment },
            "inputArtifacts": [{ "name": "app" }], "outputArtifacts": [{ "name": format!("{name}-report") }] })
}

fn pipeline(actions: &Json) -> Json {
    let source = json!({ "name": "zip",
        "actionTypeId": { "category": "Source", "owner": "AWS", "provider": "S3", "version": "1" },
        "configuration": { "S3Bucket": "source", "S3ObjectKey": "app.zip" },
        "outputArtifacts": [{ "name": "app" }] });
    json!({ "name": "release", "roleArn": format!("arn:aws:iam::{HUB}:role/pipeline"),
        "artifactStore": { "type": "S3", "location": "artifacts" },
        "stages": [{ "name": "Source", "actions": [source] }, { "name": "Deploy", "actions": actions }] })
}

fn keys_of(job: &Json) -> Keys {
    let keys = &job["data"]["artifactCredentials"];
    let text = |member: &str| keys[member].as_str().expect("a text").to_owned();
    Keys { id: text("accessKeyId"), token: Some(text("sessionToken")) }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_asked_for_taken_and_ended_and_its_pipeline_goes_on() {
    let (hub, job) = Hub::with_a_job().await;
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy InProgress");
    let data = &job["data"];
    assert_eq!(job["accountId"], HUB);
    assert_eq!(data["actionTypeId"], action_type());
    assert_eq!(data["actionConfiguration"]["configuration"]["Environment"], "dev");
    let context = &data["pipelineContext"];
    assert_eq!(context["pipelineName"], "release");
    assert_eq!(context["pipelineArn"], format!("arn:aws:codepipeline:eu-central-1:{HUB}:release"));
    assert_eq!(
        (&context["stage"]["name"], &context["action"]["name"]),
        (&"Deploy".into(), &"dev".into())
    );
    assert_eq!(data["inputArtifacts"][0]["location"]["s3Location"]["bucketName"], "artifacts");
    assert!(data.get("continuationToken").is_none());

    assert_eq!(hub.take(&job).await.unwrap()["status"], "InProgress");
    assert!(hub.poll(json!({})).await.is_empty());
    let details = hub.call("GetJobDetails", json!({ "jobId": job["id"] })).await.unwrap();
    assert_eq!(details["jobDetails"]["data"]["pipelineContext"], *context);
    let said =
        json!({ "summary": "3 created", "externalExecutionId": "run-1", "percentComplete": 100 });
    let more = json!({ "executionDetails": said, "outputVariables": { "Created": "3" } });
    hub.succeed(&job, more).await.unwrap();

    assert_eq!(hub.stages().await, "Source Succeeded, Deploy Succeeded");
    let name = json!({ "pipelineName": "release" });
    let actions = hub.call("ListActionExecutions", name).await.unwrap();
    let newest = &actions["actionExecutionDetails"][0];
    assert_eq!(newest["output"]["outputVariables"], json!({ "Created": "3" }));
    assert_eq!(newest["output"]["executionResult"]["externalExecutionId"], "run-1");
    let id = &context["pipelineExecutionId"];
    let asked = json!({ "pipelineName": "release", "pipelineExecutionId": id });
    let execution = hub.call("GetPipelineExecution", asked).await.unwrap();
    assert_eq!(execution["pipelineExecution"]["status"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_fails_its_pipeline_with_the_workers_words() {
    let hub = Hub::new().await;
    hub.deploys(json!([action("a", "dev", 1), action("b", "dev", 1), action("c", "dev", 2)]))
        .await
        .unwrap();
    let jobs = hub.poll(json!({ "maxBatchSize": 9 })).await;
    assert_eq!(jobs.len(), 2, "the second turn waits for the first");
    for job in &jobs {
        hub.take(job).await.unwrap();
    }
    hub.fail(&jobs[0], "dev/app: Role exists").await.unwrap();
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy InProgress");
    hub.succeed(&jobs[1], json!({})).await.unwrap();
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy Failed");
    assert!(hub.poll(json!({})).await.is_empty());
    let said = hub.call("GetPipelineState", json!({ "name": "release" })).await.unwrap();
    let error = &said["stageStates"][1]["actionStates"][0]["latestExecution"]["errorDetails"];
    assert_eq!(*error, json!({ "code": "JobFailed", "message": "dev/app: Role exists" }));
}

#[tokio::test(start_paused = true)]
async fn what_a_job_yields_is_filled_into_later_configurations() {
    let hub = Hub::new().await;
    let later = action("later", "#{first.Name}/#{first.Missing}", 2);
    hub.deploys(json!([action("first", "dev", 1), later])).await.unwrap();
    let first = hub.poll(json!({})).await.remove(0);
    hub.take(&first).await.unwrap();
    hub.succeed(&first, json!({ "outputVariables": { "Name": "test" } })).await.unwrap();
    let later = hub.poll(json!({})).await.remove(0);
    let configuration = &later["data"]["actionConfiguration"]["configuration"];
    assert_eq!(configuration["Environment"], "test/#{first.Missing}");
}

#[tokio::test(start_paused = true)]
async fn of_two_workers_only_the_last_one_that_was_offered_a_job_gets_it() {
    let (hub, slow) = Hub::with_a_job().await;
    assert!(hub.poll(json!({})).await.is_empty(), "one worker at a time is offered a job");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let quick = hub.poll(json!({})).await.remove(0);
    assert_eq!((&quick["id"], quick["nonce"] == slow["nonce"]), (&slow["id"], false));
    let refused = hub.take(&slow).await.unwrap_err();
    assert!(refused.starts_with("InvalidNonceException: "), "{refused}");
    assert_eq!(hub.take(&quick).await.unwrap()["status"], "InProgress");
    assert!(hub.take(&slow).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_nobody_took_or_that_ended_takes_no_result() {
    let (hub, job) = Hub::with_a_job().await;
    let early = hub.succeed(&job, json!({})).await.unwrap_err();
    assert!(early.starts_with("InvalidJobStateException: "), "{early}");
    hub.take(&job).await.unwrap();
    hub.succeed(&job, json!({})).await.unwrap();
    let late = hub.fail(&job, "too late").await.unwrap_err();
    assert!(late.starts_with("InvalidJobStateException: "), "{late}");
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy Succeeded");
    let unknown = json!({ "id": "00000000-0000-0000-0000-000000000000" });
    let missing = hub.succeed(&unknown, json!({})).await.unwrap_err();
    assert!(missing.starts_with("JobNotFoundException: "), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_job_is_continued_by_another_one_with_its_token() {
    let (hub, mut job) = Hub::with_a_job().await;
    for percent in [30, 60] {
        hub.take(&job).await.unwrap();
        let said = json!({ "percentComplete": percent, "summary": format!("{percent} of 100") });
        let more = json!({ "continuationToken": "run-1", "executionDetails": said });
        hub.succeed(&job, more).await.unwrap();
        let state = hub.call("GetPipelineState", json!({ "name": "release" })).await.unwrap();
        let shown = &state["stageStates"][1]["actionStates"][0]["latestExecution"];
        assert_eq!(
            (&shown["percentComplete"], &shown["status"]),
            (&percent.into(), &"InProgress".into())
        );
        let next = hub.poll(json!({})).await.remove(0);
        assert_ne!(next["id"], job["id"]);
        assert_eq!(next["data"]["continuationToken"], "run-1");
        job = next;
    }
    hub.take(&job).await.unwrap();
    hub.succeed(&job, json!({})).await.unwrap();
    assert_eq!(hub.stages().await, "Source Succeeded, Deploy Succeeded");
}

#[tokio::test(start_paused = true)]
async fn workers_are_offered_what_they_ask_for() {
    let hub = Hub::new().await;
    hub.deploys(json!([action("a", "dev", 1), action("b", "prod", 1), action("c", "prod", 1)]))
        .await
        .unwrap();
    let only = json!({ "queryParam": { "Environment": "prod" } });
    assert_eq!(hub.poll(only.clone()).await.len(), 1, "one is offered unless more are asked for");
    let rest = hub.poll(json!({ "maxBatchSize": 5 })).await;
    assert_eq!(rest.len(), 2);
    assert!(hub.poll(only).await.is_empty());
    let mut other = action_type();
    other["version"] = json!("2");
    let refused = hub.call("PollForJobs", json!({ "actionTypeId": other })).await.unwrap_err();
    assert!(refused.starts_with("ActionTypeNotFoundException: "), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_a_job_reach_its_artifacts_and_nothing_else() {
    let (hub, job) = Hub::with_a_job().await;
    let keys = keys_of(&job);
    let s3 = hub.cloud.s3(&keys);
    let place = |side: &str| {
        let place = &job["data"][side][0]["location"]["s3Location"];
        (place["bucketName"].as_str().unwrap(), place["objectKey"].as_str().unwrap())
    };
    let (bucket, key) = place("inputArtifacts");
    let read = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(&read.body.collect().await.unwrap().into_bytes()[..], b"zipped");
    let (bucket, key) = place("outputArtifacts");
    let put = s3.put_object().bucket(bucket).key(key).body(b"report".to_vec().into());
    put.send().await.unwrap();
    let other = s3.get_object().bucket("source").key("app.zip").send().await.unwrap_err();
    assert!(words(&other).starts_with("AccessDenied: "), "{other:?}");
    let poll = hub.cloud.pipeline(&keys, "GetJobDetails", json!({ "jobId": job["id"] }));
    let refused = poll.await.unwrap_err();
    assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn results_keep_the_limits_of_the_model() {
    let (hub, job) = Hub::with_a_job().await;
    hub.take(&job).await.unwrap();
    let details = |details: Json| json!({ "executionDetails": details });
    let variables = |name: &str, value: &str| json!({ "outputVariables": { name: value } });
    for (more, said) in [
        (details(json!({ "percentComplete": 101 })), "ValidationException: 1 validation error"),
        (details(json!({ "summary": "s".repeat(2049) })), "ValidationException: "),
        (json!({ "continuationToken": "" }), "ValidationException: "),
        (variables("a.b", "v"), "ValidationException: "),
        (
            json!({ "continuationToken": "t", "outputVariables": { "a": "b" } }),
            "ValidationException: ",
        ),
        (variables("a", &"v".repeat(122_880)), "OutputVariablesSizeExceededException: "),
    ] {
        let refused = hub.succeed(&job, more).await.unwrap_err();
        assert!(refused.starts_with(said), "{}", &refused[..refused.len().min(300)]);
    }
    let long = hub.fail(&job, &"m".repeat(5001)).await.unwrap_err();
    assert!(long.ends_with("Member must have length less than or equal to 5000"), "{long}");
    let id = hub.call("GetJobDetails", json!({ "jobId": "1" })).await.unwrap_err();
    assert!(
        id.starts_with("ValidationException: 1 validation error detected: Value '1' at 'jobId'")
    );
    hub.succeed(&job, variables("a", &"v".repeat(122_879))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_worker_needs_the_job_calls_and_nothing_else() {
    let hub = Hub::new().await;
    hub.deploys(json!([action("dev", "dev", 1)])).await.unwrap();
    let role = format!("arn:aws:iam::{HUB}:role/worker");
    let entered = hub.cloud.sts(&hub.keys).assume_role().role_arn(role).role_session_name("worker");
    let keys = entered.send().await.unwrap().credentials.unwrap();
    let keys = Keys { id: keys.access_key_id, token: Some(keys.session_token) };
    let call = |action: &'static str, input: Json| hub.cloud.pipeline(&keys, action, input);
    let polled = call("PollForJobs", json!({ "actionTypeId": action_type() })).await.unwrap();
    let job = &polled["jobs"][0];
    call("AcknowledgeJob", json!({ "jobId": job["id"], "nonce": job["nonce"] })).await.unwrap();
    let details = json!({ "type": "JobFailed", "message": "m" });
    for (action, input) in [
        ("PutJobFailureResult", json!({ "jobId": job["id"], "failureDetails": details })),
        ("GetJobDetails", json!({ "jobId": job["id"] })),
        ("StartPipelineExecution", json!({ "name": "release" })),
    ] {
        let refused = call(action, input).await.unwrap_err();
        let wanted = format!("is not authorized to perform: codepipeline:{action} on resource: ");
        assert!(refused.contains(&wanted), "{refused}");
    }
    call("PutJobSuccessResult", json!({ "jobId": job["id"] })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_is_made_only_if_it_can_run() {
    let hub = Hub::new().await;
    let good = pipeline(&json!([action("dev", "dev", 1)]));
    let with = |pointer: &str, value: Json| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        json!({ "pipeline": changed })
    };
    let type_of = "/stages/1/actions/0/actionTypeId";
    for (input, said) in [
        (
            with("/roleArn", json!(format!("arn:aws:iam::{HUB}:role/worker"))),
            "InvalidStructureException: ",
        ),
        (with("/name", json!("a b")), "ValidationException: "),
        (with(&format!("{type_of}/version"), json!("2")), "InvalidActionDeclarationException: "),
        (with(&format!("{type_of}/owner"), json!("AWS")), "UnknownOperationException: "),
        (
            with("/stages/1/actions/0/inputArtifacts/0/name", json!("nobodys")),
            "InvalidActionDeclarationException: ",
        ),
        (with("/stages/1/actions/0/runOrder", json!("x")), "UnknownOperationException: "),
    ] {
        let refused = hub.call("CreatePipeline", input).await.unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    hub.call("CreatePipeline", json!({ "pipeline": good })).await.unwrap();
    let taken = hub.call("CreatePipeline", json!({ "pipeline": good })).await.unwrap_err();
    assert!(taken.starts_with("PipelineNameInUseException: "), "{taken}");
    hub.call("DeletePipeline", json!({ "name": "release" })).await.unwrap();
    let gone = hub.call("StartPipelineExecution", json!({ "name": "release" })).await.unwrap_err();
    assert!(gone.starts_with("PipelineNotFoundException: "), "{gone}");
    let listed = hub.call("ListActionTypes", json!({})).await.unwrap();
    assert_eq!(listed["actionTypes"][0]["id"], action_type());
    let id = json!({ "category": "Deploy", "provider": "xdeploy", "version": "1" });
    hub.call("DeleteCustomActionType", id).await.unwrap();
    let listed = hub.call("ListActionTypes", json!({})).await.unwrap();
    assert_eq!(listed["actionTypes"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn an_action_type_that_a_stack_made_has_workers_until_it_goes() {
    let hub = Hub::new().await;
    let template = r#"
Resources:
  Action:
    Type: AWS::CodePipeline::CustomActionType
    Properties:
      Category: Deploy
      Provider: xdeploy
      Version: "2"
      ConfigurationProperties:
        - { Name: Environment, Required: true, Key: true, Secret: false, Queryable: true, Type: String }
      InputArtifactDetails: { MinimumCount: 0, MaximumCount: 1 }
      OutputArtifactDetails: { MinimumCount: 0, MaximumCount: 1 }
Outputs:
  Action: { Value: !Ref Action }
"#;
    let stacks = hub.cloud.stacks(HUB);
    assert_eq!(stacks.create("action", template).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("action", "Action").await, "Deploy|xdeploy|2");
    let listed = hub.call("ListActionTypes", json!({})).await.unwrap();
    let made = &listed["actionTypes"][1];
    assert_eq!(made["id"]["version"], "2");
    assert_eq!(
        made["actionConfigurationProperties"][0],
        json!({ "name": "Environment", "required": true, "key": true, "secret": false,
                "queryable": true, "type": "String" })
    );
    assert_eq!(made["inputArtifactDetails"], json!({ "minimumCount": 0, "maximumCount": 1 }));
    assert_eq!(stacks.create("again", template).await, "ROLLBACK_COMPLETE");
    let mut second = action("dev", "dev", 1);
    second["actionTypeId"]["version"] = json!("2");
    hub.deploys(json!([second.clone()])).await.unwrap();
    let asked = json!({ "actionTypeId": second["actionTypeId"] });
    let jobs = hub.call("PollForJobs", asked.clone()).await.unwrap();
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(stacks.delete("action").await, "DELETE_COMPLETE");
    let gone = hub.call("PollForJobs", asked).await.unwrap_err();
    assert!(gone.starts_with("ActionTypeNotFoundException: "), "{gone}");
}
