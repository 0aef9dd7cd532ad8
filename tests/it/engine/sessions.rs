//! Sessions and logins that end in the middle of a run, or are out of reach before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xdeploy::cloud::Cloud;
use xdeploy::engine::{self, Limits, Stop};
use xdeploy::event::{self, EventKind, Operation};
use xdeploy::sessions::Sessions;

use crate::support::files::SETTING;
use crate::support::world::{Ran, World};

const IDS: [&str; 2] = ["100000000001", "100000000002"];

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001", a2: "100000000002" }
stacks:
  base: { template: app.yaml }
  app: { template: app.yaml, depends-on: [base] }
"#;

fn world(fault: &str) -> World {
    let world = World::new(&IDS);
    world.write("app.yaml", SETTING);
    world.inject(fault);
    world
}

/// Applies the file through `cloud`; `watch` sees every event with what stops the run.
async fn applied(
    world: &World,
    cloud: &Cloud,
    mut watch: impl FnMut(&EventKind, &watch::Sender<Stop>),
) -> Ran {
    let run = world.new_run(Operation::Apply, Limits::default());
    let (wish, stop) = watch::channel(Stop::No);
    let (sender, mut incoming) = event::channel();
    let follow = async {
        let mut events = Vec::new();
        while let Some(event) = incoming.recv().await {
            watch(&event.kind, &wish);
            events.push(event);
        }
        events
    };
    let ((), events) =
        tokio::join!(engine::run(world.plan(FILE), cloud, run, stop, sender), follow);
    Ran::new(events)
}

/// Returns what was told of logins.
fn logins(ran: &Ran) -> Vec<&'static str> {
    let of = |event: &event::RunEvent| match &event.kind {
        EventKind::LoginEnded { .. } => Some("ended"),
        EventKind::LoginRenewed { .. } => Some("renewed"),
        _ => None,
    };
    ran.events.iter().filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_refused_before_its_time_is_opened_anew_once() {
    for (fault, roles) in [
        ("expire=2s,account=100000000002,times=1", 3),
        ("expire=2s,account=100000000002,action=CreateStack,times=1", 3),
    ] {
        let world = world(fault);
        let ran = world.apply(FILE).await;
        assert_eq!(ran.report.exit_code(), 0, "{fault}: {:?}", ran.outcomes());
        assert_eq!(ran.report.summary.created, 4, "{fault}");
        assert_eq!(ran.report.api_calls["sts:AssumeRole"], roles, "{fault}");
        assert_eq!(world.faults().hits()[0].1, 1, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_that_end_every_few_seconds_carry_a_run_to_its_end() {
    let world = world("expire=2s,account=10000000000*,action=cloudformation:*");
    let ran = world.apply(FILE).await;
    assert_eq!(ran.report.exit_code(), 0, "{:?}", ran.outcomes());
    assert_eq!(ran.report.summary.created, 4);
    let (roles, (_, hits)) = (ran.report.api_calls["sts:AssumeRole"], &world.faults().hits()[0]);
    assert!(*hits > 2 && roles <= 2 + u64::from(*hits), "{roles} roles, {hits} refusals");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_hours_off_opens_no_more_sessions_than_another() {
    for fault in ["skew=-2h", "skew=-55m", "skew=90m"] {
        let world = world(fault);
        let ran = world.apply(FILE).await;
        assert_eq!(ran.report.exit_code(), 0, "{fault}: {:?}", ran.outcomes());
        // Each call that is refused for its time is signed again.
        let roles = ran.report.api_calls["sts:AssumeRole"];
        assert!(roles <= 4, "{fault}: {roles}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_ends_is_waited_for_where_a_person_is_there() {
    let world = world("expire=0s,after=1s,until=10m");
    let cloud = world.cloud();
    cloud.wait_for_logins();
    let ran = applied(&world, &cloud, |_, _| {}).await;
    assert_eq!(ran.report.exit_code(), 0, "{:?}", ran.report.stack_instances);
    assert_eq!(ran.report.summary.created, 4);
    assert_eq!(logins(&ran), ["ended", "renewed"]);
    let told = ran.events.iter().find_map(|event| match &event.kind {
        EventKind::LoginEnded { account_id, remedy, .. } => Some((account_id.to_string(), remedy)),
        _ => None,
    });
    let (account, remedy) = told.expect("it was told");
    assert_eq!(account, "999999999999");
    assert!(remedy.contains("log in again"), "{remedy}");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_ends_fails_what_needs_it_where_nobody_is_there() {
    let world = world("expire=0s,after=1s,until=10m");
    let ran = world.apply(FILE).await;
    assert!(logins(&ran).is_empty());
    let failures = ran.report.stack_instances.iter().filter_map(|i| i.failure.as_ref());
    let is_told = |failure: &event::Failure| {
        let help = failure.help.as_deref().unwrap_or_default();
        failure.message.contains("ExpiredToken")
            && help.starts_with("log in again, then `xdeploy resume`")
    };
    assert!(failures.clone().any(is_told), "{:#?}", failures.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_a_login_ends_when_it_is_stopped() {
    let world = world("expire=0s,after=1s");
    let cloud = world.cloud();
    cloud.wait_for_logins();
    let ran = applied(&world, &cloud, |kind, wish| {
        if matches!(kind, EventKind::LoginEnded { .. }) {
            wish.send_replace(Stop::Settle);
        }
    })
    .await;
    assert_eq!(logins(&ran), ["ended"]);
    assert_eq!(ran.report.exit_code(), 130, "{:?}", ran.outcomes());
}

/// Returns environments of a Region each, with eight accounts that are entered as `entry` says.
fn environments(entry: &str) -> Vec<String> {
    let in_region = |region: &&str| {
        let accounts: String =
            (1..=8).map(|n| format!("  a{n}: {{ id: '10000000000{n}'{entry} }}\n")).collect();
        format!(
            "environment: in-{region}\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer \
             }}\nregions: [{region}]\naccounts:\n{accounts}stacks: {{ app: {{ template: app.yaml }} }}\n"
        )
    };
    ["eu-central-1", "eu-west-1", "us-east-1"].iter().map(in_region).collect()
}

#[tokio::test(start_paused = true)]
async fn all_logins_bear_an_outage_for_one_minute_and_a_half_together_and_it_is_told_once() {
    for entry in ["", ", profile: own"] {
        let world = world("error=503");
        let cloud = world.cloud();
        let told = Arc::new(AtomicUsize::new(0));
        let teller = told.clone();
        cloud.bear_outages(move |_| {
            teller.fetch_add(1, Ordering::Relaxed);
        });
        let sessions = Sessions::new(cloud, world.together(&environments(entry)));
        let began = Instant::now();
        let missing = sessions.log_in().await.err().unwrap_or_default();
        // What an account's own profile meets is that account's, and ends no run.
        assert_eq!(missing.is_empty(), !entry.is_empty(), "{entry}: {missing:?}");
        let borne = Duration::from_secs(90)..Duration::from_secs(150);
        assert!(borne.contains(&began.elapsed()), "{entry}: {:?}", began.elapsed());
        assert_eq!(told.load(Ordering::Relaxed), 1, "{entry}");
    }
}
