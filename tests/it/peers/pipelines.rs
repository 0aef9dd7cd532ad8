//! boto3 as a pipeline and as its workers, against our own sandbox.

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

#[test]
fn boto3_runs_a_pipeline_and_works_on_its_jobs() {
    let server = Server::sandbox("0.1");
    let workplace = Workplace::new(server.endpoint());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/jobs_of_a_pipeline.py");

    let mut command = workplace.command(program("python"), SOURCE);
    let output = command.arg(script).output().expect("the client is installed");

    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}\n{}", server.log());
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
