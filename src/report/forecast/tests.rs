//! What is expected of recorded runs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::Forecast;
use crate::event::{AnnouncedInstance, EventKind, Operation, Outcome, RunEvent, StackAction};
use crate::report::recorded::{Fleet, Recording, announced, id};
use crate::report::{InstanceStatus, RunState, elapsed};

const SECOND: i64 = 1_000;

fn forecast(recording: &Recording) -> Option<u64> {
    let state = recording.state();
    let now = state.last_at.expect("the run began");
    Forecast::of(&state, now).left(now).map(|left| left.as_secs())
}

/// Marks the time with something that changes nothing.
fn at(recording: Recording, seconds: i64) -> Recording {
    recording.at_ms(seconds * SECOND).entered("elsewhere")
}

/// Returns an announced instance that needs others.
fn needing(path: &str, needs: &[usize]) -> AnnouncedInstance {
    AnnouncedInstance { needs: needs.to_vec(), ..announced(path, 4) }
}

#[test]
fn nothing_is_said_while_nothing_is_known() {
    let run = Recording::apply(&["dev/a", "dev/b"]).begins("dev/a", StackAction::Update);
    assert_eq!(forecast(&at(run, 30)), None);
}

#[test]
fn a_stack_is_expected_to_take_as_long_as_it_did_before() {
    let instance = id("dev/a");
    let run = Recording::apply(&["dev/a"])
        .begins("dev/a", StackAction::Update)
        .say(EventKind::PrecedentTimed { instance, took_ms: 90_000 });
    assert_eq!(forecast(&at(run, 30)), Some(60));
}

#[test]
fn a_stack_is_expected_to_take_as_long_as_its_peers() {
    let run = Recording::apply(&["dev/a", "test/a"])
        .begins("dev/a", StackAction::Create)
        .begins("test/a", StackAction::Create)
        .after_ms(40 * SECOND)
        .ends("dev/a", Outcome::Created);
    assert_eq!(forecast(&run), Some(4), "what is over its time may still take a tenth");
    let waiting = Recording::apply(&["dev/a", "test/a"])
        .begins("dev/a", StackAction::Create)
        .after_ms(40 * SECOND)
        .ends("dev/a", Outcome::Created);
    assert_eq!(forecast(&waiting), Some(40));
}

#[test]
fn without_peers_a_stack_is_expected_to_go_on_as_its_resources_did() {
    let run = Recording::started(Operation::Apply, vec![announced("dev/a", 4)])
        .begins("dev/a", StackAction::Create)
        .after_ms(20 * SECOND)
        .resource("dev/a", "R1", "CREATE_COMPLETE", None);
    assert_eq!(forecast(&run), Some(60));
}

#[test]
fn what_is_left_is_as_long_as_the_longest_way_through_it() {
    let instances = vec![
        needing("dev/a", &[]),
        needing("dev/b", &[0]),
        needing("test/a", &[]),
        needing("test/b", &[2]),
    ];
    let run = Recording::started(Operation::Apply, instances)
        .begins("dev/a", StackAction::Create)
        .begins("test/a", StackAction::Create)
        .after_ms(30 * SECOND)
        .ends("dev/a", Outcome::Created)
        .begins("dev/b", StackAction::Create)
        .after_ms(10 * SECOND)
        .ends("dev/b", Outcome::Created);
    assert_eq!(forecast(&run), Some(4 + 10));
}

#[test]
fn a_wave_begins_when_the_one_before_has_ended() {
    let wave = |path: &str, wave| AnnouncedInstance { wave: Some(wave), ..announced(path, 4) };
    let instances = vec![wave("dev/a", 1), wave("test/a", 2), wave("prod/a", 3)];
    let run = Recording::started(Operation::Apply, instances)
        .begins("dev/a", StackAction::Create)
        .after_ms(30 * SECOND)
        .ends("dev/a", Outcome::Created);
    assert_eq!(forecast(&run), Some(60));
}

/// Two environments with a chain of two stacks each; the first stack took 30 seconds.
fn two_environments(operation: Operation) -> Recording {
    let instances = vec![
        announced("one/a/x", 4),
        needing("one/a/y", &[0]),
        announced("two/a/x", 4),
        needing("two/a/y", &[2]),
    ]
    .into_iter()
    .map(|instance| AnnouncedInstance { template: "same".to_owned(), ..instance });
    let first = if operation == Operation::Apply { "one/a/x" } else { "one/a/y" };
    Recording::started(operation, instances.collect())
        .begins(first, StackAction::Create)
        .after_ms(30 * SECOND)
        .ends(first, Outcome::Created)
}

#[test]
fn an_environment_waits_for_the_one_before_where_they_go_in_order() {
    for operation in [Operation::Apply, Operation::Destroy] {
        let run = two_environments(operation);
        assert_eq!(forecast(&run), Some(60), "{operation:?}: side by side");
        assert_eq!(forecast(&run.in_order()), Some(90), "{operation:?}: in order");
    }
}

#[test]
fn no_environment_begins_after_one_that_failed_where_they_go_in_order() {
    let run = two_environments(Operation::Apply)
        .in_order()
        .begins("one/a/y", StackAction::Create)
        .after_ms(20 * SECOND)
        .stack("one/a/y", "ROLLBACK_IN_PROGRESS");
    assert_eq!(forecast(&at(run, 55)), Some(15), "the way back alone");
}

#[test]
fn what_is_taken_down_goes_the_other_way() {
    let instances = vec![needing("dev/a", &[]), needing("dev/b", &[0]), needing("test/b", &[])];
    let run = Recording::started(Operation::Destroy, instances)
        .begins("test/b", StackAction::Delete)
        .begins("dev/b", StackAction::Delete)
        .after_ms(30 * SECOND)
        .ends("test/b", Outcome::Deleted);
    assert_eq!(forecast(&run), None, "of two that are left, one is not known");
    let run = run.ends("dev/b", Outcome::Deleted).begins("dev/a", StackAction::Delete);
    assert_eq!(forecast(&run), None, "nothing is known of its template");
}

#[test]
fn a_way_back_is_expected_to_take_as_long_as_the_way_there() {
    let run = Recording::apply(&["dev/a"])
        .begins("dev/a", StackAction::Update)
        .after_ms(40 * SECOND)
        .stack("dev/a", "UPDATE_ROLLBACK_IN_PROGRESS");
    assert_eq!(forecast(&at(run, 50)), Some(30));
}

#[test]
fn waiting_for_an_account_brings_the_end_no_nearer() {
    let run = Recording::apply(&["dev/a", "test/a"])
        .say(EventKind::InstanceStarted { instance: id("test/a") })
        .begins("dev/a", StackAction::Create)
        .after_ms(40 * SECOND)
        .ends("dev/a", Outcome::Created);
    assert_eq!(forecast(&run), Some(40));
}

#[test]
fn what_needs_a_failed_one_takes_no_time() {
    let instances = vec![needing("dev/a", &[]), needing("dev/b", &[0]), needing("test/a", &[])];
    let run = Recording::started(Operation::Apply, instances)
        .begins("dev/a", StackAction::Create)
        .begins("test/a", StackAction::Create)
        .after_ms(20 * SECOND)
        .resource("test/a", "R1", "CREATE_COMPLETE", None)
        .ends("dev/a", Outcome::Failed);
    assert_eq!(forecast(&run), Some(60));
}

#[test]
fn a_stopped_run_takes_as_long_as_what_still_runs() {
    let run = Recording::apply(&["dev/a", "test/a", "prod/a"])
        .begins("dev/a", StackAction::Create)
        .after_ms(40 * SECOND)
        .ends("dev/a", Outcome::Created)
        .begins("test/a", StackAction::Create)
        .say(EventKind::CancelRequested { at_once: false, owner: None });
    assert_eq!(forecast(&run), Some(40));
    assert_eq!(forecast(&run.say(EventKind::CancelRequested { at_once: true, owner: None })), None);
}

#[test]
fn a_forecast_counts_down_by_itself() {
    let run = Recording::apply(&["dev/a", "test/a"])
        .begins("dev/a", StackAction::Create)
        .after_ms(40 * SECOND)
        .ends("dev/a", Outcome::Created);
    let state = run.state();
    let now = state.last_at.expect("the run began");
    let forecast = Forecast::of(&state, now);
    let later = |seconds| forecast.left(now + SignedDuration::from_secs(seconds));
    assert_eq!(later(15), Some(Duration::from_secs(25)));
    assert_eq!(later(99), Some(Duration::ZERO));
}

#[test]
fn three_times_as_long_as_its_peers_is_slow() {
    let paths = ["a/x", "b/x", "c/x", "d/x"];
    let mut run = Recording::apply(&paths);
    for path in paths {
        run = run.begins(path, StackAction::Create);
    }
    run = run.after_ms(10 * SECOND);
    for path in &paths[..3] {
        run = run.ends(path, Outcome::Created);
    }
    let is_slow = |seconds: i64| {
        let state = at(run.clone(), seconds).state();
        Forecast::of(&state, state.last_at.expect("the run began")).is_slow(3)
    };
    assert!(!is_slow(30));
    assert!(is_slow(31));
}

#[test]
fn three_times_as_long_as_before_is_slow() {
    let instance = id("dev/a");
    let run = Recording::apply(&["dev/a"])
        .begins("dev/a", StackAction::Update)
        .say(EventKind::PrecedentTimed { instance, took_ms: 20_000 });
    let is_slow = |seconds: i64| {
        let state = at(run.clone(), seconds).state();
        Forecast::of(&state, state.last_at.expect("the run began")).is_slow(0)
    };
    assert!(!is_slow(60));
    assert!(is_slow(61));
}

/// Asks for a forecast every ten seconds and compares it with what was left in the end.
fn is_near(fleet: &Fleet, from: i64) {
    let run = fleet.run();
    let end = run.events.last().expect("a run has events").at;
    let mut state = RunState::default();
    let mut next = run.events[0].at + SignedDuration::from_secs(from);
    for event in &run.events {
        if event.at > next {
            let left = end.duration_since(next).as_secs_f64();
            let told = Forecast::of(&state, next).left(next).expect("by now it is known");
            let off = (told.as_secs_f64() - left).abs();
            assert!(off < 0.4 * left + 20.0, "at {next}: {told:?} for {left}");
            next += SignedDuration::from_secs(10);
        }
        state.on(event);
    }
}

#[test]
fn a_fleet_takes_about_as_long_as_expected() {
    is_near(&Fleet::default(), 60);
}

#[test]
fn a_fleet_in_waves_takes_about_as_long_as_expected() {
    is_near(&Fleet { waves: &[3, 60, 237], ..Fleet::default() }, 110);
}

#[test]
fn a_fleet_of_which_few_may_be_in_flight_takes_about_as_long_as_expected() {
    is_near(&Fleet { at_a_time: 40, ..Fleet::default() }, 110);
}

/// A small run of anything, in which needs may point anywhere.
fn odd_run() -> impl Strategy<Value = Recording> {
    let instance = (0usize..5, prop::collection::vec(0usize..12, 0..3), 0usize..3, 1usize..6);
    let step = (0usize..8, 0usize..9, 0i64..30_000);
    let instances = prop::collection::vec(instance, 1..8);
    (any::<bool>(), instances, prop::collection::vec(step, 0..60)).prop_map(
        |(destroys, instances, steps)| {
            let announced = instances.iter().enumerate().map(|(at, (kind, needs, wave, count))| {
                AnnouncedInstance {
                    needs: needs.clone(),
                    wave: (*wave > 0).then_some(*wave),
                    template: format!("{}", kind / 2),
                    ..announced(&format!("a{at}/s{kind}"), *count)
                }
            });
            let announced: Vec<AnnouncedInstance> = announced.collect();
            let paths: Vec<String> =
                announced.iter().map(|a| format!("{}/{}", a.id.account, a.id.stack)).collect();
            let operation = if destroys { Operation::Destroy } else { Operation::Apply };
            let first = Recording::started(operation, announced);
            steps.iter().fold(first, |run, (at, kind, ms)| {
                stepped(run.after_ms(*ms), &paths[at % paths.len()], *kind)
            })
        },
    )
}

fn stepped(run: Recording, path: &str, kind: usize) -> Recording {
    match kind {
        0 => run.begins(path, StackAction::Create),
        1 => run.begins(path, StackAction::Update),
        2 | 3 => run.resource(path, "R1", "CREATE_COMPLETE", None),
        4 => run.stack(path, "ROLLBACK_IN_PROGRESS"),
        5 => run.ends(path, Outcome::Created),
        6 => run.ends(path, Outcome::Unchanged),
        7 => run.ends(path, Outcome::Failed),
        _ => run.say(EventKind::PrecedentTimed { instance: id(path), took_ms: u64::MAX / 2 }),
    }
}

/// A run in which everything is a peer of everything, told until some of it has ended.
fn run_of_peers() -> impl Strategy<Value = (Vec<RunEvent>, usize)> {
    let fleet =
        (2usize..12, 1usize..40, prop::sample::select(vec![&[][..], &[1, 100], &[2, 3, 90]]));
    let moment = 0.0..1.0f64;
    (fleet, moment).prop_map(|((accounts, at_a_time, waves), moment)| {
        let stacks: &'static [(&'static str, usize)] = &[("a", 2), ("b", 2)];
        let fleet = Fleet { accounts, stacks, at_a_time, waves, ..Fleet::default() };
        let events = fleet.run().events;
        let told = 1 + ((events.len() - 1) as f64 * moment) as usize;
        (events, told)
    })
}

proptest! {
    #[test]
    fn a_forecast_is_finite_whatever_is_told(run in odd_run()) {
        let mut state = RunState::default();
        for event in &run.events {
            state.on(event);
            let now = event.at + SignedDuration::from_secs(3);
            let left = Forecast::of(&state, now).left(now);
            prop_assert!(left.is_none_or(|left| left < Duration::MAX));
            prop_assert!(Forecast::of(&state, Timestamp::UNIX_EPOCH).left(now).is_none_or(|left| left < Duration::MAX));
        }
    }

    #[test]
    fn what_ends_sooner_than_its_peers_never_puts_off_the_end(
        (events, told) in run_of_peers(),
        which in any::<prop::sample::Index>(),
    ) {
        let mut state = RunState::default();
        events[..told].iter().for_each(|event| state.on(event));
        let now = state.last_at.expect("the run began");
        let running: Vec<usize> = state.running.iter().copied().collect();
        let shortest = state.instances.iter().filter_map(|instance| match &instance.status {
            InstanceStatus::Finished(finished) => Some(finished.moved),
            InstanceStatus::Running(running) => super::peers::by_progress(running, now),
            InstanceStatus::Waiting => None,
        }).min();
        prop_assume!(!running.is_empty() && shortest.is_some());
        let ended = running[which.index(running.len())];
        let takes = match &state.instances[ended].status {
            InstanceStatus::Running(running) => {
                elapsed(running.moving_since.unwrap_or(running.since), now)
            }
            _ => unreachable!("it is among those that run"),
        };
        prop_assume!(shortest.is_some_and(|shortest| takes <= shortest));
        let before = Forecast::of(&state, now).left(now);
        let announced = &state.instances[ended].announced.id;
        let path = format!("{}/{}", announced.account, announced.stack);
        let end = crate::report::recorded::end(&path, Outcome::Created);
        let kind = EventKind::InstanceFinished { end };
        state.on(&RunEvent { sequence: told as u64 + 1, at: now, kind });
        if let (Some(before), Some(after)) = (before, Forecast::of(&state, now).left(now)) {
            prop_assert!(after <= before, "{:?} after {:?}", after, before);
        }
    }
}
