//! A rollout on the embedded cloud in which everything happens that a report can show.

use std::fmt::Write;
use std::time::Duration;

use xdeploy::event::RunEvent;
use xdeploy::sandbox::Settings;

use crate::support::files::ROLE;
use crate::support::world::World;

const NETWORK: &str = r#"
Parameters: { Size: { Type: String } }
Resources:
  Vpc:
    Type: AWS::SSM::Parameter
    Metadata: { Sandbox: { Seconds: 9 } }
    Properties: { Type: String, Value: !Ref Size }
  Routes:
    Type: AWS::SSM::Parameter
    Metadata: { Sandbox: { Seconds: 6 } }
    Properties: { Type: String, Value: !Ref Vpc }
Outputs:
  VpcName: { Value: !Ref Vpc }
"#;

const ARTIFACTS: &str = r#"
Parameters: { Name: { Type: String } }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata: { Sandbox: { Seconds: 4 } }
    Properties: { BucketName: !Ref Name }
Outputs:
  Bucket: { Value: !Ref Bucket }
"#;

const APP: &str = r#"
Parameters: { RoleArn: { Type: String }, Bucket: { Type: String } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata: { Sandbox: { Seconds: 5 } }
  Setting:
    Type: AWS::SSM::Parameter
    DependsOn: Queue
    Metadata: { Sandbox: { Seconds: 3 } }
    Properties: { Type: String, Value: !Ref RoleArn }
Outputs:
  WorkQueueArn: { Value: !GetAtt Queue.Arn }
"#;

/// Accounts whose bucket's name another account has already.
const TAKEN: [usize; 3] = [7, 13, 16];

/// The account that the deployer may not enter.
const CLOSED: usize = 11;

fn name(number: usize) -> String {
    match number {
        0 => "dev".to_owned(),
        1 => "acceptance".to_owned(),
        _ => format!("team-{number:02}"),
    }
}

fn id(number: usize) -> String {
    format!("1{number:011}")
}

fn file(accounts: usize, size: &str) -> String {
    let mut text = "environment: prod\nsource: { account: '999999999999' }\n\
                    assume-role: { name: deployer }\nregions: [eu-central-1]\naccounts:\n"
        .to_owned();
    for number in 0..accounts {
        let owner = if TAKEN.contains(&number) { 0 } else { number };
        let size = if number % 3 == 0 { size } else { "small" };
        let _ = writeln!(
            text,
            "  {}: {{ id: '{}', variables: {{ owner: {owner}, size: {size} }} }}",
            name(number),
            id(number)
        );
    }
    text + "
stacks:
  role: { template: role.yaml }
  network: { template: network.yaml, parameters: { Size: '${variables.size}' } }
  artifacts: { template: artifacts.yaml, parameters: { Name: 'artifacts-${variables.owner}' } }
  app:
    template: app.yaml
    depends-on: [network]
    parameters: { RoleArn: '${output:role.RoleArn}', Bucket: '${output:artifacts.Bucket}' }
rollout:
  waves: [[dev], [acceptance, team-02, team-03, team-04, team-05], ['*']]
  failure-tolerance: 8
  max-concurrent: 24
"
}

/// Returns the events of a second apply: some accounts stand already, others are new; some names
/// are taken, and one account is closed.
pub async fn rollout() -> Vec<RunEvent> {
    let open: Vec<String> = (0..20).filter(|number| *number != CLOSED).map(id).collect();
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let resource_duration = Duration::from_secs(2);
    let world = World::with(&open, Settings { resource_duration, ..Settings::default() });
    for (name, text) in
        [("role", ROLE), ("network", NETWORK), ("artifacts", ARTIFACTS), ("app", APP)]
    {
        world.write(&format!("{name}.yaml"), text);
    }
    let first = world.apply(&file(7, "medium")).await;
    assert_eq!(first.report.summary.not_good(), 0, "{:?}", first.report.failures);
    world.apply(&file(20, "large")).await.events
}
