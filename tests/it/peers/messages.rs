//! boto3 publishes to topics of the sandbox and puts events on its event buses.

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;

#[test]
fn boto3_publishes_and_puts_events() {
    let server = Server::sandbox_with("0", &[], &[]);
    let workplace = Workplace::new(server.endpoint());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/messages_that_are_sent.py");
    let output = workplace.command(program("python"), "999999999999").arg(script).output();
    let output = output.expect("Python is installed");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    insta::assert_snapshot!(said.trim(), @r#"
    36
    InvalidParameter
    InvalidParameter
    InvalidParameter
    2 [['EventId'], ['ErrorCode', 'ErrorMessage'], ['ErrorCode', 'ErrorMessage']]
    [None, 'MalformedDetail', 'InvalidArgument']
    "#);
}
