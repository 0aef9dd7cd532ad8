//! Order and outputs across stacks, Regions and accounts.

use std::num::NonZeroUsize;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, Outcome, RunEvent};
use xdeploy::name::InstanceId;
use xdeploy::plan::Selection;

use crate::support::files::{HEAD, ONE, ROLE, SETTING, failing};
use crate::support::world::{Ran, World};

const BOTH: [&str; 2] = ["100000000001", "100000000002"];

const CHAIN: &str = "
stacks:
  role: { template: role.yaml }
  first: { template: setting.yaml, parameters: { Value: '${output:role.RoleArn}' } }
  second: { template: setting.yaml, parameters: { Value: '<${output:first.Value}>' } }
";

fn chained() -> World {
    let world = World::new(&BOTH);
    world.write("role.yaml", ROLE);
    world.write("setting.yaml", SETTING);
    world
}

/// Returns the position of an instance's start and end among the events.
fn span(ran: &Ran, wanted: &str) -> (usize, usize) {
    let is_it = |id: &InstanceId| id.to_string() == wanted;
    let start = ran.events.iter().position(
        |event| matches!(&event.kind, EventKind::InstanceStarted { instance } if is_it(instance)),
    );
    let end = ran.events.iter().position(
        |event| matches!(&event.kind, EventKind::InstanceFinished { end } if is_it(&end.instance)),
    );
    (start.expect("it started"), end.expect("it ended"))
}

#[tokio::test(start_paused = true)]
async fn outputs_pass_from_stack_to_stack_in_the_right_account() {
    let world = chained();
    let ran = world.apply(&format!("{HEAD}{CHAIN}")).await;
    assert_eq!(ran.report.summary.created, 6);
    for (account, id) in [("dev", BOTH[0]), ("prod", BOTH[1])] {
        let value = &ran.instance(account, "second").outputs["Value"];
        assert!(value.starts_with(&format!("<arn:aws:iam::{id}:role/")), "{value}");
        let (_, role_ends) = span(&ran, &format!("{account}/eu-central-1/role"));
        let (first_starts, _) = span(&ran, &format!("{account}/eu-central-1/first"));
        assert!(role_ends < first_starts);
    }
    assert_eq!(ran.report.api_calls["sts:AssumeRole"], 2);
}

#[tokio::test(start_paused = true)]
async fn outputs_of_every_account_are_joined_for_the_source_account() {
    let world = chained();
    let file = format!(
        "{HEAD}
stacks:
  role: {{ template: role.yaml }}
  hub:
    template: setting.yaml
    accounts: [source]
    parameters: {{ Value: '${{output:role.RoleArn@*}}' }}
"
    );
    let ran = world.apply(&file).await;
    let value = &ran.instance("source", "hub").outputs["Value"];
    let arns: Vec<&str> = value.split(',').collect();
    assert_eq!(arns.len(), 2);
    assert!(arns[0].contains(BOTH[0]) && arns[1].contains(BOTH[1]), "{value}");
    assert_eq!(ran.instance("source", "hub").account_id.as_str(), "999999999999");
}

#[tokio::test(start_paused = true)]
async fn a_failed_need_skips_its_dependents_only() {
    let world = chained();
    world.write(
        "role.yaml",
        &failing("create", "1")
            .replace("Resources:", "Outputs: { RoleArn: { Value: x } }\nResources:"),
    );
    let file = format!(
        "{HEAD}{CHAIN}  other: {{ template: setting.yaml }}\nrollout: {{ on-failure: continue }}\n"
    );
    let ran = world.apply(&file).await;
    for account in ["dev", "prod"] {
        assert_eq!(ran.instance(account, "role").outcome, Outcome::Failed);
        assert_eq!(ran.instance(account, "first").outcome, Outcome::Skipped);
        assert_eq!(ran.instance(account, "second").outcome, Outcome::Skipped);
        assert_eq!(ran.instance(account, "other").outcome, Outcome::Created);
        assert_eq!(ran.failure(account, "first").kind, FailureKind::NeedFailed);
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_runs_in_reverse_order() {
    let world = chained();
    let file = format!("{HEAD}{CHAIN}");
    world.apply(&file).await;
    let ran = world.destroy(&file).await;
    assert_eq!(ran.report.summary.deleted, 6);
    let (_, second_ends) = span(&ran, "dev/eu-central-1/second");
    let (first_starts, first_ends) = span(&ran, "dev/eu-central-1/first");
    let (role_starts, _) = span(&ran, "dev/eu-central-1/role");
    assert!(second_ends < first_starts && first_ends < role_starts);
}

#[tokio::test(start_paused = true)]
async fn never_more_than_the_limit_are_in_flight() {
    let world = chained();
    let stacks: String =
        (0..6).map(|n| format!("  s{n}: {{ template: setting.yaml }}\n")).collect();
    let in_flight_at_most = |limits: Limits, file: String| {
        let world = &world;
        async move {
            let (_wish, stop) = watch::channel(Stop::No);
            let (mut now, mut most) = (0_usize, 0_usize);
            let count = |event: &RunEvent| {
                match event.kind {
                    EventKind::InstanceStarted { .. } => now += 1,
                    EventKind::InstanceFinished { .. } => now -= 1,
                    _ => {}
                }
                most = most.max(now);
            };
            let plan = world.plan(&file);
            world.run_until(Operation::Apply, plan, limits, stop, count).await;
            most
        }
    };
    let file = format!("{HEAD}stacks:\n{stacks}");
    let by_flag = Limits { max_concurrent: NonZeroUsize::new(3), ..Limits::default() };
    assert_eq!(in_flight_at_most(by_flag, file.clone()).await, 3);
    let limited = format!("{file}rollout: {{ max-concurrent: 2 }}\n");
    assert_eq!(in_flight_at_most(Limits::default(), limited).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_need_outside_the_selection_is_read_and_not_deployed() {
    let world = chained();
    let file = format!("{HEAD}{CHAIN}");
    let only_first =
        Selection::parse(&["dev".to_owned()], &["first".to_owned()], &[]).expect("globs");
    let too_early = world.run(Operation::Apply, world.selected(&file, &only_first)).await;
    assert_eq!(too_early.outcomes(), ["dev/eu-central-1/first skipped"]);
    assert_eq!(too_early.failure("dev", "first").kind, FailureKind::OutputMissing);

    world.apply(&format!("{ONE}stacks:\n  role: {{ template: role.yaml }}\n")).await;
    let ran = world.run(Operation::Apply, world.selected(&file, &only_first)).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/first created"]);
    assert!(ran.instance("dev", "first").outputs["Value"].contains(BOTH[0]));
}

#[tokio::test(start_paused = true)]
async fn events_are_numbered_without_gaps_from_start_to_finish() {
    let world = chained();
    let ran = world.apply(&format!("{HEAD}{CHAIN}")).await;
    let numbers: Vec<u64> = ran.events.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert!(matches!(ran.events[0].kind, EventKind::RunStarted { .. }));
    assert!(matches!(ran.events[ran.events.len() - 1].kind, EventKind::RunFinished { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_template_too_large_for_a_call_goes_through_the_bucket() {
    let world = chained();
    let padding = format!("# {}\n", "x".repeat(78)).repeat(700);
    world.write("setting.yaml", &format!("{padding}{SETTING}"));
    world.write(
        "bucket.yaml",
        "Resources: { B: { Type: AWS::S3::Bucket, Properties: { BucketName: artifacts-of-dev } } }\n",
    );
    let file = format!(
        "{ONE}\nartifacts: {{ bucket: 'artifacts-of-${{account.name}}' }}\nstacks:\n  \
         bucket: {{ template: bucket.yaml }}\n  \
         large: {{ template: setting.yaml, depends-on: [bucket] }}\n"
    );
    let ran = world.apply(&file).await;
    assert_eq!(ran.report.summary.created, 2, "{:?}", ran.report.stack_instances);
    assert_eq!(ran.report.api_calls["s3:PutObject"], 1);
    assert_eq!(world.apply(&file).await.report.summary.unchanged, 2);
}
