//! The sandbox against ministack: the same calls to both, and every answer compared.
//!
//! Each snapshot holds all that differs; `tests/peers/README.md` says for each difference what AWS
//! documents and who is right. A snapshot that is empty says that the two agree in everything.

mod access;
mod change_sets;
mod conditional_writes;
mod failures;
mod functions;
mod input;
mod life;
mod non_ascii;
mod reasons;
mod transcript;

use self::transcript::{Transcript, differences};
use crate::support::peers::Server;

/// The account in which stacks are made.
const ACCOUNT: &str = "100000000001";

/// Returns the differences between what the sandbox and what ministack answer to `play`.
async fn compare(play: impl AsyncFn(&mut Transcript)) -> String {
    compare_with(Server::ministack(), play).await
}

/// Returns the differences between what the sandbox and what another cloud answer to `play`.
async fn compare_with(other: Server, play: impl AsyncFn(&mut Transcript)) -> String {
    let sandbox = Server::sandbox("0");
    let mut ours = Transcript::of(sandbox.endpoint(), ACCOUNT);
    let mut theirs = Transcript::of(other.endpoint(), ACCOUNT);
    play(&mut ours).await;
    play(&mut theirs).await;
    differences(&ours, &theirs)
}

/// Returns the differences that are left where ministack answers `?` for every character outside ASCII, as
/// CloudFormation does.
async fn compare_in_ascii(play: impl AsyncFn(&mut Transcript)) -> String {
    let sandbox = Server::sandbox("0");
    let ministack = Server::ministack();
    let mut ours = Transcript::of(sandbox.endpoint(), ACCOUNT);
    let mut theirs = Transcript::of(ministack.endpoint(), ACCOUNT);
    play(&mut ours).await;
    play(&mut theirs).await;
    assert!(!theirs.is_ascii(), "ministack answers what it was sent");
    differences(&ours, &theirs.in_ascii())
}

/// A setting that is named, one that needs it, and the first one's value as output.
const CHAIN: &str = r#"
Parameters:
  Value: { Type: String, Default: one }
Resources:
  First:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /chain/first, Value: !Ref Value }
  Second:
    Type: AWS::SSM::Parameter
    DependsOn: First
    Properties: { Type: String, Name: /chain/second, Value: fixed }
Outputs:
  Name: { Value: !Ref First }
  Where: { Value: !Sub "${AWS::AccountId}/${AWS::Region}/${AWS::StackName}/${AWS::Partition}" }
"#;

/// A setting whose name another stack has taken already, after one that is good.
const TAKEN: &str = r#"
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /taken/good, Value: one }
  Taken:
    Type: AWS::SSM::Parameter
    DependsOn: Good
    Properties: { Type: String, Name: /chain/first, Value: one }
"#;
