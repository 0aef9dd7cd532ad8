//! boto3 as a pipeline, as its workers and as its functions, against our own sandbox.

use std::path::Path;

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// Returns what a script of `tests/peers` says when it ended well.
fn said_by(script: &str) -> String {
    let server = Server::sandbox("0.1");
    let workplace = Workplace::new(server.endpoint());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);

    let mut command = workplace.command(program("python"), SOURCE);
    let output = command.arg(script).output().expect("the client is installed");

    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}\n{}", server.log());
    said
}

#[test]
fn boto3_runs_a_pipeline_and_works_on_its_jobs() {
    let said = said_by("jobs_of_a_pipeline.py");
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
fn boto3_runs_a_pipeline_whose_function_is_a_process() {
    let said = said_by("functions_of_a_pipeline.py");
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
