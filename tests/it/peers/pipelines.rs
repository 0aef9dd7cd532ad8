//! boto3 as a pipeline, as its workers and as its functions, against our own sandbox and moto.

use std::path::Path;

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// Returns what a script of `tests/peers` says of a server, given the folder of our templates for
/// pipelines, when it ended well.
fn said_by(script: &str, server: &Server) -> String {
    let workplace = Workplace::new(server.endpoint());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);

    let mut command = workplace.command(program("python"), SOURCE);
    command.arg(script).arg(workplace.path().join("stacks/pipeline"));
    let output = command.output().expect("the client is installed");

    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}\n{}", server.log());
    said
}

#[test]
fn boto3_runs_a_pipeline_and_works_on_its_jobs() {
    let said = said_by("jobs_of_a_pipeline.py", &Server::sandbox("0.1"));
    insta::assert_snapshot!(said, @r"
    version 1
    dev None
    InProgress
    InvalidNonceException InvalidNonceException
    ['environments/dev.yaml', 'large.bin']
    AccessDenied AccessDenied
    dev run-1
    InProgress
    999999999999
    InvalidJobStateException InvalidJobStateException
    prod None
    InProgress
    Source Succeeded
    Deploy Failed
    {'code': 'JobFailed', 'message': 'prod: Role exists'}
    [('prod', 'Failed', {}), ('dev', 'Succeeded', {'Created': '3'})]
    InProgress
    1
    ActionTypeNotFoundException ActionTypeNotFoundException
    PipelineNotFoundException PipelineNotFoundException
    ");
}

#[test]
fn boto3_makes_the_example_pipeline_on_moto() {
    let said = said_by("pipeline_of_a_template.py", &Server::moto());
    insta::assert_snapshot!(said, @r"
    custom-action CREATE_COMPLETE
      AskForJobsOfTheAction: codepipeline:PollForJobs on arn:aws:codepipeline:eu-central-1:123456789012:actiontype:Custom/Deploy/xdeploy/1
      WorkOnJobs: codepipeline:AcknowledgeJob codepipeline:GetJobDetails codepipeline:PutJobFailureResult codepipeline:PutJobSuccessResult on *
      EnterTargets: sts:AssumeRole on arn:aws:iam::100000000001:role/deployer arn:aws:iam::100000000002:role/deployer
      KeepJournals: s3:GetObject s3:PutObject on arn:aws:s3:::state/xdeploy/*
      SeeThatAJournalIsNotThere: s3:ListBucket on arn:aws:s3:::state
    the action type was sent: 500
    example CREATE_COMPLETE
    V2 SUPERSEDED example-artifactbucket
      Source AWS Source S3
      Plan Custom Deploy xdeploy environments/dev.yaml,environments/test.yaml,environments/acceptance.yaml,environments/prod.yaml
      Approve AWS Approval Manual #{Plan.Summary}
      Dev Custom Deploy xdeploy environments/dev.yaml
      Test Custom Deploy xdeploy environments/test.yaml
      Acceptance Custom Deploy xdeploy environments/acceptance.yaml
      Prod Custom Deploy xdeploy environments/prod.yaml
    ");
}

#[test]
fn boto3_runs_a_pipeline_whose_function_is_a_process() {
    let said = said_by("functions_of_a_pipeline.py", &Server::sandbox("0.1"));
    insta::assert_snapshot!(said, @r#"
    None b'environment: dev\n'
    999999999999
    InProgress half 50
    run-1 b'environment: dev\n'
    999999999999
    Source Succeeded
    Deploy Succeeded
    Succeeded {'Created': '3'}
    400
    (200, None, 42)
    (200, 'Unhandled', {'errorType': 'ValueError', 'errorMessage': 'no number'})
    202
    True
    InvalidRequestContentException
    "#);
}
