//! `docs/codepipeline.md`: a pipeline of one account, and a worker that deploys to others.

use serde_json::{Value as Json, json};

use crate::support::binary::Printed;
use crate::support::peers::{AwsCli, Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const SETUP: &str = "environments/pipeline.yaml";
const DEV: &str = "environments/dev.yaml";
const ACTION: &str = "category=Deploy,owner=Custom,provider=xdeploy,version=1";

/// The pipeline's account after `apply`, and its administrator.
struct Hub<'a> {
    workplace: &'a Workplace,
    administrator: AwsCli<'a>,
    applied: Printed,
}

impl<'a> Hub<'a> {
    fn new(workplace: &'a Workplace) -> Self {
        let applied = workplace.apply(SETUP, 0);
        let administrator = AwsCli::with_key(workplace, SOURCE, "test");
        Self { workplace, administrator, applied }
    }

    /// Returns an output of a stack in the pipeline's account.
    fn output(&self, stack: &str, name: &str) -> String {
        let outputs = &self.applied.instance("source", stack)["outputs"];
        outputs[name].as_str().unwrap_or_else(|| panic!("no {name}: {outputs}")).to_owned()
    }

    /// Returns the AWS CLI where a worker runs.
    fn worker(&self, server: &Server) -> AwsCli<'a> {
        let role = self.output("custom-action", "WorkerRoleArn");
        let keys =
            format!("{}/_sandbox/credentials/ecs-tasks.amazonaws.com/{role}", server.endpoint());
        AwsCli::in_container(self.workplace, &keys)
    }

    /// Uploads a release and makes a pipeline of its source and one action, with the role and the
    /// buckets of the stack: the sandbox runs no pipeline that a stack made.
    fn deploys(&self, release: &str) {
        self.workplace.write("release.zip", release);
        self.administrator.says(&["s3", "cp", "release.zip", &self.output("pipeline", "Release")]);
        let source = json!({ "name": "Release",
            "actionTypeId": { "category": "Source", "owner": "AWS", "provider": "S3", "version": "1" },
            "configuration": { "S3Bucket": self.output("pipeline", "SourceBucket"), "S3ObjectKey": "release.zip" },
            "outputArtifacts": [{ "name": "Release" }] });
        let deploy = json!({ "name": "Deploy",
            "actionTypeId": { "category": "Deploy", "owner": "Custom", "provider": "xdeploy", "version": "1" },
            "configuration": { "Environment": DEV },
            "inputArtifacts": [{ "name": "Release" }] });
        let pipeline = json!({ "pipeline": {
            "name": "release",
            "roleArn": self.output("pipeline", "PipelineRoleArn"),
            "artifactStore": { "type": "S3", "location": self.output("pipeline", "ArtifactBucket") },
            "stages": [{ "name": "Source", "actions": [source] }, { "name": "Dev", "actions": [deploy] }] } });
        self.workplace.write("pipeline.json", &pipeline.to_string());
        let create =
            ["codepipeline", "create-pipeline", "--cli-input-json", "file://pipeline.json"];
        self.administrator.says(&create);
    }

    /// Returns how the pipeline's action stands.
    fn standing(&self) -> String {
        let query = "stageStates[1].actionStates[0].latestExecution.status";
        let state = ["codepipeline", "get-pipeline-state", "--name", "release"];
        self.administrator.says(&[&state[..], &["--output", "text", "--query", query]].concat())
    }
}

#[test]
fn a_worker_works_on_its_jobs_and_enters_its_targets_and_nothing_else_until_all_is_destroyed() {
    let server = Server::sandbox_of("0", &[SETUP, DEV]);
    let workplace = Workplace::new(server.endpoint());
    let hub = Hub::new(&workplace);
    assert_eq!(hub.applied.outcomes().len(), 3, "{:?}", hub.applied.outcomes());
    hub.deploys("zipped");
    let worker = hub.worker(&server);

    let said = worker.says(&["codepipeline", "poll-for-jobs", "--action-type-id", ACTION]);
    let offered: Json = serde_json::from_str(&said).expect("JSON");
    let job = &offered["jobs"][0];
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let (id, nonce) = (text(&job["id"]), text(&job["nonce"]));
    worker.says(&["codepipeline", "acknowledge-job", "--job-id", &id, "--nonce", &nonce]);
    worker.says(&["codepipeline", "get-job-details", "--job-id", &id]);
    assert_eq!(read_artifact(&workplace, &job["data"]), "zipped");

    let mut apply = worker.command(env!("CARGO_BIN_EXE_xdeploy"));
    let apply = apply.args(["apply", DEV, "--yes"]).output().expect("it runs");
    assert!(apply.status.success(), "{}", String::from_utf8_lossy(&apply.stderr));

    assert_eq!(hub.standing(), "InProgress");
    worker.says(&["codepipeline", "put-job-success-result", "--job-id", &id]);
    assert_eq!(hub.standing(), "Succeeded");

    keeps_journals_and_reaches_nothing_else(&hub, &worker);
    let destroyed = workplace.destroy(SETUP, 0);
    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
    worker.is_refused(&["sts", "get-caller-identity"]);
}

fn keeps_journals_and_reaches_nothing_else(hub: &Hub<'_>, worker: &AwsCli<'_>) {
    let bucket = format!("s3://xdeploy-state-{SOURCE}");
    let journal = format!("{bucket}/xdeploy/runs/1.jsonl");
    worker.says(&["s3", "cp", "release.zip", &journal]);
    assert_eq!(worker.says(&["s3", "cp", &journal, "-"]), "zipped");

    let poll = ["codepipeline", "poll-for-jobs", "--action-type-id"];
    let enter = ["sts", "assume-role", "--role-session-name", "other", "--role-arn"];
    worker.may_not(&[
        &["s3", "cp", "release.zip", &format!("{bucket}/elsewhere")],
        &["s3", "cp", "release.zip", &hub.output("pipeline", "Release")],
        &[&poll[..], &[&ACTION.replace("=1", "=2")]].concat(),
        &["codepipeline", "start-pipeline-execution", "--name", "release"],
        &[&enter[..], &["arn:aws:iam::100000000002:role/OrganizationAccountAccessRole"]].concat(),
        &["iam", "list-roles"],
        &["cloudformation", "list-stacks"],
    ]);
}

/// Returns the input artifact of a job, read with the keys that came with it.
fn read_artifact(workplace: &Workplace, data: &Json) -> String {
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let place = &data["inputArtifacts"][0]["location"]["s3Location"];
    let object = format!("s3://{}/{}", text(&place["bucketName"]), text(&place["objectKey"]));
    let keys = &data["artifactCredentials"];
    let mut command = workplace.command(program("aws"), &text(&keys["accessKeyId"]));
    command.env("AWS_SECRET_ACCESS_KEY", text(&keys["secretAccessKey"]));
    command.env("AWS_SESSION_TOKEN", text(&keys["sessionToken"]));
    let output = command.args(["s3", "cp", &object, "-"]).output().expect("the CLI runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_function_and_a_build_project_are_made_and_deleted() {
    let server = Server::sandbox_of("0", &[SETUP]);
    let workplace = Workplace::new(server.endpoint());
    workplace.write("environments/others.yaml", OTHERS);

    let applied = workplace.apply("environments/others.yaml", 0);

    let outputs = |stack| applied.instance("source", stack)["outputs"].clone();
    let is_text =
        |value: &Json, start: &str| value.as_str().is_some_and(|text| text.starts_with(start));
    assert!(is_text(&outputs("function")["FunctionName"], "function-Function-"));
    assert!(is_text(
        &outputs("project")["ReportGroup"],
        "arn:aws:codebuild:eu-central-1:999999999999:report-group/project-Reports-"
    ));
    let destroyed = workplace.destroy("environments/others.yaml", 0);
    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
}

const OTHERS: &str = r#"
environment: others
source: { account: "999999999999" }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001" }
stacks:
  function:
    template: ../stacks/pipeline/lambda.yaml
    accounts: [source]
    parameters:
      CodeBucket: programs
      CodeKey: xdeploy-lambda.zip
      StateBucket: state
      TargetRoleArns: arn:aws:iam::100000000001:role/xdeploy-deployer
  project:
    template: ../stacks/pipeline/codebuild.yaml
    accounts: [source]
    parameters:
      ProgramBucket: programs
      ArtifactBucket: artifacts
      TargetRoleArns: arn:aws:iam::100000000001:role/xdeploy-deployer
      ExportedVariables: XDEPLOY_VERSION,DEV_EU_CENTRAL_1_APP_DOCUMENTSBUCKET
"#;
