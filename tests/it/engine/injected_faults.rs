//! Every kind of fault, and what becomes of an `apply` under it.

use std::collections::BTreeMap;

use xdeploy::event::FailureKind;

use crate::support::client::cloudformation;
use crate::support::files::SETTING;
use crate::support::world::{Ran, World};

const IDS: [&str; 3] = ["100000000001", "100000000002", "100000000003"];

/// Three accounts in two waves, each with a stack and one that needs it.
const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001", a2: "100000000002", a3: "100000000003" }
rollout: { waves: [[a1], [a2, a3]] }
stacks:
  base: { template: app.yaml }
  app: { template: app.yaml, depends-on: [base] }
"#;

async fn applied_under(fault: &str) -> (World, Ran) {
    let world = World::new(&IDS);
    world.write("app.yaml", SETTING);
    world.inject(fault);
    let ran = world.apply(FILE).await;
    (world, ran)
}

/// Returns how often each stack of the three accounts was begun to be changed, by its own events.
async fn operations(world: &World) -> BTreeMap<String, usize> {
    // Whatever goes wrong is over for whoever looks afterwards.
    world.faults().clear();
    let mut operations = BTreeMap::new();
    for account in IDS {
        let client = cloudformation(world, account);
        let listed = client.list_stacks().send().await.expect("the cloud answers");
        for stack in listed.stack_summaries() {
            let id = stack.stack_id().expect("a stack has an id");
            let told = client.describe_stack_events().stack_name(id).send().await;
            let told = told.expect("the cloud answers");
            let is_begin = |event: &&aws_sdk_cloudformation::types::StackEvent| {
                event.resource_status_reason() == Some("User Initiated")
            };
            let count = told.stack_events().iter().filter(is_begin).count();
            let name = format!("{account}/{}", stack.stack_name().unwrap_or_default());
            *operations.entry(name).or_default() += count;
        }
    }
    operations
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_lived_through_with_each_write_done_once() {
    for fault in [
        "error,times=3",
        "error=503,action=CreateStack,times=4",
        "error=503,probability=0.3,seed=1",
        "error=504,action=AssumeRole,times=3",
        "throttle,probability=0.5,seed=2",
        "throttle,action=GetCallerIdentity,times=2",
        "reset,times=3",
        "reset,probability=0.2,seed=3",
        "lose-reply,action=CreateStack,times=6",
        "lose-reply,probability=0.2,seed=4",
        "truncate,action=CreateStack,times=3",
        "truncate,probability=0.3,seed=5",
        "truncate,action=CreateStack,account=100000000002",
        "stall-body,times=3",
        "stall-body,action=CreateStack,times=3",
        "stall-body,probability=0.1,seed=8",
        "drip,times=2",
        "drip,action=CreateStack",
        "huge,times=3",
        "garble,times=3",
        "garble,action=CreateStack",
        "garble,probability=0.2,seed=10",
        "repeat-token",
        "html,times=3",
        "html=503,action=CreateStack,times=3",
        "html=502,probability=0.3,seed=6",
        "slow=20s",
        "hang,times=1",
        "hang,action=CreateStack,times=2",
        "hang,action=DescribeStacks,probability=0.2,seed=7",
        "dns,times=3",
        "dns,after=3s,until=1m",
        "stale=10s",
        "stale=25s",
        "skew=10m",
        "skew=-10m",
        "skew=3h",
        "stall=3h",
        "deny,action=DescribeStacks,stack=-",
    ] {
        let (world, ran) = applied_under(fault).await;
        let failures: Vec<_> =
            ran.report.stack_instances.iter().filter_map(|i| i.failure.as_ref()).collect();
        assert_eq!(ran.report.exit_code(), 0, "{fault}: {failures:#?}");
        assert_eq!(ran.report.summary.created, 6, "{fault}");
        let (_, hits) = world.faults().hits()[0];
        assert!(hits > 0, "{fault} befell something");
        let operations = operations(&world).await;
        assert_eq!(operations.len(), 6, "{fault}: {operations:?}");
        assert!(operations.values().all(|count| *count == 1), "{fault}: {operations:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_fails_with_what_it_is_and_what_to_do() {
    use FailureKind::{AccessDenied, NoCredentials, RoleRefused, StillMoving, Unreachable};
    for (fault, kind, says) in [
        ("error=503,action=CreateStack,account=100000000002", Unreachable, "ServiceUnavailable"),
        ("reset,account=100000000002", Unreachable, "reset"),
        ("html,account=100000000002", NoCredentials, "not one that AWS gives"),
        ("garble,account=100000000002", NoCredentials, "not one that AWS gives"),
        ("stall-body,account=100000000002", Unreachable, "stopped"),
        ("huge,account=100000000002", Unreachable, "more than 8388608 bytes"),
        ("hang,account=100000000002", Unreachable, "elapsed"),
        ("dns,account=100000000002", Unreachable, "lookup"),
        ("deny,action=CreateStack,account=100000000002", AccessDenied, "CreateStack"),
        ("no-entry,account=100000000002", RoleRefused, "AssumeRole"),
        ("expire=0s,account=100000000002,action=CreateStack", NoCredentials, "expired"),
        (
            "dns,account=100000000002,action=DescribeStacks,skip=1",
            StillMoving,
            "its creation continues",
        ),
    ] {
        let (world, ran) = applied_under(fault).await;
        let failure = ran.failure("a2", "base");
        assert_eq!(failure.kind, kind, "{fault}: {failure:?}");
        assert!(failure.message.contains(says), "{fault}: {failure:?}");
        assert!(failure.help.is_some(), "{fault}: {failure:?}");
        let operations = operations(&world).await;
        assert!(operations.values().all(|count| *count == 1), "{fault}: {operations:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_fails_in_one_account_rolls_back_its_stack_only() {
    let (_, ran) = applied_under("fail,account=100000000002,stack=base").await;
    let outcomes = ran.outcomes();
    let failed = outcomes.iter().filter(|line| line.ends_with("failed"));
    assert_eq!(failed.collect::<Vec<_>>(), ["a2/eu-central-1/base failed"]);
    assert!(outcomes.contains(&"a2/eu-central-1/app skipped".to_owned()), "{outcomes:?}");
    let failure = ran.failure("a2", "base");
    assert!(failure.message.contains("fail,account=100000000002,stack=base"), "{failure:?}");
    assert_eq!(ran.report.exit_code(), 1);
}
