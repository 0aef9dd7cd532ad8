//! Waves, tolerance and what a failure stops.

use xdeploy::engine::Limits;
use xdeploy::environment::OnFailure;
use xdeploy::event::{EventKind, FailureKind, Operation, Outcome, RunEvent};

use tokio::sync::watch;
use xdeploy::engine::Stop;

use crate::support::files::{SETTING, failing};
use crate::support::world::{Ran, World};

const IDS: [&str; 4] = ["100000000001", "100000000002", "100000000003", "100000000004"];

/// Returns a world of four accounts with a template that works and one that does not.
fn world() -> World {
    let world = World::new(&IDS);
    world.write("good.yaml", SETTING);
    world.write("bad.yaml", &failing("create", "1"));
    world
}

/// Returns an environment with the accounts `a0` to `a3`, each with a stack `first`, which fails in
/// `bad`, and a stack `second` that does not need it.
fn file(name: &str, bad: &[&str], rollout: &str) -> String {
    let accounts: String = (0..).zip(IDS).map(|(n, id)| format!("  a{n}: '{id}'\n")).collect();
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let names = ["a0", "a1", "a2", "a3"].into_iter().filter(|name| wanted(name));
        names.collect::<Vec<_>>().join(", ")
    };
    let first = |stack: &str, template: &str, accounts: &str| match accounts {
        "" => String::new(),
        some => format!(
            "  {stack}: {{ template: {template}, accounts: [{some}], stack-name: {name}-first }}\n"
        ),
    };
    let good = first("first", "good.yaml", &of(&|account| !bad.contains(&account)));
    let bad = first("first-bad", "bad.yaml", &of(&|account| bad.contains(&account)));
    format!(
        "environment: {name}\nsource: {{ account: '999999999999' }}\n\
         assume-role: {{ name: deployer }}\nregions: [eu-central-1]\naccounts:\n{accounts}\
         stacks:\n{good}{bad}  second: {{ template: good.yaml, stack-name: {name}-second }}\n\
         rollout: {rollout}\n"
    )
}

/// Returns where the first start and the last end of an account stand among the events.
fn span(ran: &Ran, account: &str) -> (usize, usize) {
    let starts = |event: &RunEvent| matches!(&event.kind, EventKind::InstanceStarted { instance } if instance.account.as_str() == account);
    let ends = |event: &RunEvent| matches!(&event.kind, EventKind::InstanceFinished { end } if end.instance.account.as_str() == account);
    let start = ran.events.iter().position(starts).expect("it starts");
    (start, ran.events.iter().rposition(ends).expect("it ends"))
}

fn outcomes_in(ran: &Ran, account: &str) -> Vec<Outcome> {
    let of_it = |i: &&xdeploy::report::InstanceReport| i.account.as_str() == account;
    ran.report.stack_instances.iter().filter(of_it).map(|i| i.outcome).collect()
}

async fn with_limits(world: &World, files: &[String], limits: Limits) -> Ran {
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.together(files);
    world.run_until(Operation::Apply, plan, limits, stop, |_| {}).await
}

#[tokio::test(start_paused = true)]
async fn a_wave_begins_once_the_one_before_has_ended() {
    let world = world();
    let waves = "{ waves: [[a1, a3], [a0], ['*']] }";
    let ran = world.apply(&file("e", &[], waves)).await;
    assert_eq!(ran.report.summary.created, 8);
    let [a0, a1, a2, a3] = ["a0", "a1", "a2", "a3"].map(|account| span(&ran, account));
    assert!(a1.1.max(a3.1) < a0.0 && a0.1 < a2.0);

    let ran = world.destroy(&file("e", &[], waves)).await;
    assert_eq!(ran.report.summary.deleted, 8);
    let [a0, a1, a2, a3] = ["a0", "a1", "a2", "a3"].map(|account| span(&ran, account));
    assert!(a2.1 < a0.0 && a0.1 < a1.0.min(a3.0), "what came last goes first");
}

#[tokio::test(start_paused = true)]
async fn a_failure_stops_the_waves_that_follow_and_they_say_so() {
    let ran = world().apply(&file("e", &["a1"], "{ waves: [[a0, a1], ['*']] }")).await;
    assert_eq!(outcomes_in(&ran, "a0"), [Outcome::Created, Outcome::Created], "what runs settles");
    assert_eq!(outcomes_in(&ran, "a2"), [Outcome::Skipped, Outcome::Skipped]);
    let failure = ran.failure("a2", "first");
    assert_eq!(failure.kind, FailureKind::WaveStopped);
    assert_eq!(failure.message, "wave 1 stopped when a1 failed");
    assert_eq!(ran.report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_has_not_started_when_an_account_fails_never_does() {
    let ran = world().apply(&file("e", &["a0"], "{ max-concurrent: 1 }")).await;
    assert_eq!(ran.report.summary.failed, 1);
    assert_eq!(ran.report.summary.skipped, 7);
    assert_eq!(ran.failure("a3", "second").message, "the run stopped when a0 failed");
}

#[tokio::test(start_paused = true)]
async fn tolerated_failures_let_the_next_wave_begin() {
    let ran = world()
        .apply(&file("e", &["a1"], "{ waves: [[a0, a1], ['*']], failure-tolerance: 50% }"))
        .await;
    assert_eq!((ran.report.summary.created, ran.report.summary.failed), (7, 1));
    // A third of two accounts is none.
    let ran = world()
        .apply(&file("e", &["a1"], "{ waves: [[a0, a1], ['*']], failure-tolerance: 33% }"))
        .await;
    assert_eq!(outcomes_in(&ran, "a3"), [Outcome::Skipped, Outcome::Skipped]);
}

#[tokio::test(start_paused = true)]
async fn continue_goes_on_with_all_that_needs_nothing_that_failed() {
    let waves = "{ waves: [[a0, a1], ['*']], on-failure: continue }";
    let ran = world().apply(&file("e", &["a0", "a1", "a2"], waves)).await;
    assert_eq!((ran.report.summary.created, ran.report.summary.failed), (5, 3));

    let limits = Limits { on_failure: Some(OnFailure::Stop), ..Limits::default() };
    let ran = with_limits(&world(), &[file("e", &["a0", "a1", "a2"], waves)], limits).await;
    assert_eq!(outcomes_in(&ran, "a3"), [Outcome::Skipped, Outcome::Skipped], "the flag decides");
}

#[tokio::test(start_paused = true)]
async fn strict_fails_no_more_accounts_than_the_tolerance_and_one() {
    let bad = ["a0", "a1", "a2", "a3"];
    let soft = world().apply(&file("e", &bad, "{ failure-tolerance: 1 }")).await;
    assert_eq!(soft.report.summary.failed, 4);
    let strict = "{ failure-tolerance: 1, concurrency-mode: strict }";
    let strict = world().apply(&file("e", &bad, strict)).await;
    assert_eq!(strict.report.summary.failed, 2);
    assert_eq!(strict.report.summary.created, 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_entered_counts_as_failed() {
    let world = World::new(&IDS[1..]);
    world.write("good.yaml", SETTING);
    let ran = world.apply(&file("e", &[], "{ waves: [[a0], ['*']] }")).await;
    assert_eq!(ran.failure("a1", "first").message, "wave 1 stopped when a0 failed");
    assert_eq!(ran.report.exit_code(), 3, "nothing else failed");
}

#[tokio::test(start_paused = true)]
async fn in_order_an_environment_begins_once_the_one_before_succeeded() {
    let in_order = Limits { in_order: true, ..Limits::default() };
    let files =
        [file("z", &[], "{ waves: [[a0], ['*']] }"), file("b", &[], "{}"), file("a", &[], "{}")];
    let ran = with_limits(&world(), &files, in_order.clone()).await;
    assert_eq!(ran.report.summary.created, 24);
    let mut started: Vec<&str> = Vec::new();
    for event in &ran.events {
        if let EventKind::InstanceStarted { instance } = &event.kind {
            started.push(instance.environment.as_str());
        }
    }
    started.dedup();
    assert_eq!(started, ["z", "b", "a"]);
    assert!(matches!(ran.events[0].kind, EventKind::RunStarted { in_order: true, .. }));

    let tolerant = "{ failure-tolerance: 100% }";
    let files = [file("z", &[], "{}"), file("b", &["a1"], tolerant), file("a", &[], "{}")];
    let ran = with_limits(&world(), &files, in_order).await;
    assert_eq!(ran.report.summary.skipped, 8);
    let skipped = ran.report.stack_instances.iter().find(|i| i.outcome == Outcome::Skipped);
    let failure = skipped.and_then(|i| i.failure.as_ref()).expect("why it was skipped");
    assert_eq!(failure.kind, FailureKind::EnvironmentFailed);
    assert_eq!(failure.message, "the environment b, which comes before, did not succeed");
}

#[tokio::test(start_paused = true)]
async fn a_percentage_in_flight_is_of_the_waves_stack_instances() {
    let world = world();
    for (share, most) in [("25%", 2), ("30%", 2), ("1%", 1)] {
        let (_wish, stop) = watch::channel(Stop::No);
        let (mut now, mut highest) = (0_usize, 0_usize);
        let count = |event: &RunEvent| {
            match event.kind {
                EventKind::InstanceStarted { .. } => now += 1,
                EventKind::InstanceFinished { .. } => now -= 1,
                _ => {}
            }
            highest = highest.max(now);
        };
        let plan = world.plan(&file("e", &[], &format!("{{ max-concurrent: {share} }}")));
        world.run_until(Operation::Apply, plan, Limits::default(), stop, count).await;
        assert_eq!(highest, most, "{share} of eight");
    }
}
