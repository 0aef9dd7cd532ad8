//! Runs carried out without a cloud, by hand and at random, however often they are left unfinished.

mod session;
mod world;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use proptest::prelude::*;

use self::session::{AtWork, SimulatedSession, ToldEvents, asked};
use self::world::{Drawn, Sitting, World, plan, worlds};
use super::*;
use crate::clock::Clock;
use crate::engine::position::PlanIndex;
use crate::engine::{Approval, Limits, instance_end};
use crate::environment::{OnFailure, Share, WaveLimits};
use crate::event::{Failure, FailureKind, InstanceEnd, Operation, Outcome, StackAction};
use crate::name::{InstanceId, RunId};

fn run(operation: Operation, limits: Limits) -> Run {
    let id = RunId::new(jiff::Timestamp::UNIX_EPOCH, 0);
    Run::new(id, operation, limits, Clock::System)
}

/// Carries a run out as often as the world wants it, and checks every promise on the way.
fn play(world: &World) {
    let mut told = ToldEvents::default();
    for (at, sitting) in world.sessions.iter().enumerate() {
        let limits = Limits { max_concurrent: world.max_concurrent, ..Limits::default() };
        let past = (at > 0).then(|| told.past.clone());
        let goes_back = at > 0 && sitting.goes_back;
        let gates = told.past.gates();
        let is_approved = sitting.approves && !goes_back && !gates.is_empty();
        let approval = is_approved.then_some(Approval { gates, caller: None });
        let run = Run { past, goes_back, approval, ..run(world.operation, limits) };
        let mut session = SimulatedSession::begin(&world.plan, &run, &world.secret, &mut told);
        carry_out(&mut session, sitting);
        if matches!(session.result, Some(RunResult::Succeeded | RunResult::RolledBack)) {
            return;
        }
    }
}

fn carry_out(session: &mut SimulatedSession<'_>, sitting: &Sitting) {
    let Sitting { killed_after, is_disturbed, draws, .. } = sitting;
    for step in 0.. {
        if session.result.is_some() {
            session.on(Input::Stop(Stop::AtOnce));
            return;
        }
        if *killed_after == Some(step) {
            return;
        }
        // So that the same numbers do not make the same thing happen for ever.
        let draw = draws[step % draws.len()].rotate_left(u32::try_from(step % 64).unwrap_or(0));
        session.step(draw, *is_disturbed);
        assert!(step < 10_000, "the run does not end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn every_promise_holds_in_every_run_however_often_it_is_killed(world in worlds()) {
        play(&world);
    }
}

fn drawn(needs: &[usize], account: usize) -> Drawn {
    Drawn { needs: needs.to_vec(), account, is_only_read: false }
}

fn wave_limits(on_failure: OnFailure) -> WaveLimits {
    WaveLimits { on_failure, ..WaveLimits::default() }
}

/// Ends the first task that is at work: well, or badly if it is on the way forward in `bad`.
fn end_first(session: &mut SimulatedSession<'_>, plan: &Plan, bad: usize) {
    let (&index, &kind) = session.at_work.first_key_value().expect("something is at work");
    let id = &plan.instances[index.0].id;
    let end = match kind {
        AtWork::Forward if index.0 == bad => failed(id, FailureKind::ResourceFailed),
        AtWork::Forward => created(id),
        AtWork::Back | AtWork::Read => instance_end::bare(id, Outcome::RolledBack),
    };
    session.on(Input::Ended(index, Box::new(end)));
}

fn created(id: &InstanceId) -> InstanceEnd {
    let outputs = BTreeMap::from([(world::OUTPUT.to_owned(), "value".to_owned())]);
    InstanceEnd { outputs, ..instance_end::bare(id, Outcome::Created) }
}

fn failed(id: &InstanceId, kind: FailureKind) -> InstanceEnd {
    instance_end::failed(id, Failure::new(kind, "it failed"), None)
}

/// Carries out a run in which the fourth stack instance fails, with two wishes to stop, each after so
/// many ends; returns what was said, how the run ended, and after how many ends.
fn stopped(plan: &Arc<Plan>, wishes: [(usize, Stop); 2]) -> (Vec<EventKind>, RunResult, usize) {
    let mut told = ToldEvents::default();
    let run = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(plan, &run, &[], &mut told);
    for step in 0..100 {
        for (_, stop) in wishes.iter().filter(|(at, _)| *at == step) {
            session.on(Input::Stop(*stop));
        }
        match session.result {
            Some(result) => return (session.said, result, step),
            None if session.is_aborting => session.on(Input::Aborted),
            None => end_first(&mut session, plan, 3),
        }
    }
    panic!("the run does not end");
}

#[test]
fn every_pair_of_stops_at_every_two_moments_ends_the_run_once() {
    let drawn = [drawn(&[], 0), drawn(&[], 0), drawn(&[], 1), drawn(&[], 2), drawn(&[], 3)];
    let most =
        WaveLimits { max_concurrent: Some(Share::Count(2)), ..wave_limits(OnFailure::RollbackRun) };
    let plan = Arc::new(plan(&drawn, 1, most));
    let (_, result, moments) = stopped(&plan, [(0, Stop::No), (0, Stop::No)]);
    assert_eq!(result, RunResult::RolledBack);
    for first in 0..moments {
        for second in first..moments {
            for wishes in [
                [Stop::Settle, Stop::Settle],
                [Stop::Settle, Stop::AtOnce],
                [Stop::AtOnce, Stop::Settle],
                [Stop::AtOnce, Stop::AtOnce],
            ] {
                let (said, result, _) = stopped(&plan, [(first, wishes[0]), (second, wishes[1])]);
                let wish =
                    said.iter().position(|kind| matches!(kind, EventKind::CancelRequested { .. }));
                let after = &said[wish.expect("the first wish comes before the end")..];
                let is_start = |kind: &EventKind| matches!(kind, EventKind::InstanceStarted { .. });
                assert!(!after.iter().any(is_start), "{wishes:?} {first} {second} {said:?}");
                assert_ne!(result, RunResult::Succeeded);
            }
        }
    }
}

/// Carries out a run in which the fourth stack instance fails, paused after so many ends and gone on with after so
/// many more inputs, or once nothing is at work; returns how each ended, the result, and after how many ends.
fn paused(plan: &Arc<Plan>, moments: (usize, usize)) -> (Vec<Outcome>, RunResult, usize) {
    let mut told = ToldEvents::default();
    let run = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(plan, &run, &[], &mut told);
    for step in 0..100 {
        if step == moments.0 {
            session.on(asked(Control::Pause));
        }
        if step == moments.1 || (session.result.is_none() && session.at_work.is_empty()) {
            session.on(asked(Control::Continue));
        }
        if let Some(result) = session.result {
            let ends = session.told.ended.values().map(|end| end.outcome).collect();
            return (ends, result, step);
        }
        end_first(&mut session, plan, 3);
    }
    panic!("the run does not end");
}

#[test]
fn a_run_ends_as_without_a_pause_whenever_it_is_paused_and_gone_on_with() {
    let drawn = [drawn(&[], 0), drawn(&[0], 0), drawn(&[], 1), drawn(&[], 2), drawn(&[3, 1], 3)];
    for (on_failure, result) in
        [(OnFailure::Continue, RunResult::Failed), (OnFailure::RollbackRun, RunResult::RolledBack)]
    {
        let plan = Arc::new(plan(&drawn, 1, wave_limits(on_failure)));
        let (ends, without, moments) = paused(&plan, (100, 100));
        assert_eq!(without, result);
        for first in 0..moments {
            for second in first..=moments {
                let (with_pause, ended, _) = paused(&plan, (first, second));
                assert_eq!(ended, result, "{on_failure:?} {first} {second}");
                // Of a run that goes back, what had begun when it failed differs.
                if on_failure == OnFailure::Continue {
                    assert_eq!(with_pause, ends, "{first} {second}");
                }
            }
        }
    }
}

#[test]
fn a_cancel_ends_a_paused_run_and_says_who_wanted_it() {
    let plan = Arc::new(plan(&[drawn(&[], 0), drawn(&[0], 0)], 1, wave_limits(OnFailure::Stop)));
    let mut told = ToldEvents::default();
    let begun = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
    session.on(asked(Control::Pause));
    session.on(asked(Control::Pause));
    end_first(&mut session, &plan, 3);
    assert_eq!((session.result, session.at_work.len()), (None, 0), "it is paused");
    session.on(asked(Control::Cancel));
    assert_eq!(session.result, Some(RunResult::Cancelled));
    let told = session.said.iter().filter_map(|kind| match kind {
        EventKind::RunPaused { .. } => Some("paused"),
        EventKind::CancelRequested { at_once: false, owner: Some(_) } => Some("cancelled"),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), ["paused", "cancelled"]);
}

#[test]
fn what_a_stop_left_owed_goes_back_once_the_run_is_resumed() {
    let plan = plan(&[drawn(&[], 0), drawn(&[], 1)], 1, wave_limits(OnFailure::RollbackRun));
    let plan = Arc::new(plan);
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let mut told = ToldEvents::default();
    let begun = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
    session.on(Input::Ended(PlanIndex(1), Box::new(failed(&ids[1], FailureKind::ResourceFailed))));
    session.on(Input::Stop(Stop::Settle));
    session.on(Input::Ended(PlanIndex(0), Box::new(created(&ids[0]))));
    assert_eq!(session.result, Some(RunResult::Cancelled));
    assert!(session.said.contains(&EventKind::RollbackPostponed { unknown: Vec::new() }));
    let resumed = Run { past: Some(told.past.clone()), ..run(Operation::Apply, Limits::default()) };
    let mut session = SimulatedSession::begin(&plan, &resumed, &[], &mut told);
    assert_eq!(session.at_work.get(&PlanIndex(0)), Some(&AtWork::Back));
    let back = instance_end::bare(&ids[0], Outcome::RolledBack);
    session.on(Input::Ended(PlanIndex(0), Box::new(back)));
    assert_eq!(session.result, Some(RunResult::RolledBack));
}

#[test]
fn a_wish_for_no_more_than_before_is_not_said_again() {
    let plan = Arc::new(plan(&[drawn(&[], 0)], 1, wave_limits(OnFailure::Stop)));
    for (wishes, said) in [
        ([Stop::Settle, Stop::Settle], vec![false]),
        ([Stop::Settle, Stop::AtOnce], vec![false, true]),
        ([Stop::AtOnce, Stop::Settle], vec![true]),
        ([Stop::No, Stop::Settle], vec![false]),
    ] {
        let (heard, ..) = stopped(&plan, [(0, wishes[0]), (0, wishes[1])]);
        let requested = heard.iter().filter_map(|kind| match kind {
            EventKind::CancelRequested { at_once, .. } => Some(*at_once),
            _ => None,
        });
        assert_eq!(requested.collect::<Vec<_>>(), said, "{wishes:?}");
    }
}

#[test]
fn what_ended_on_the_way_back_does_not_end_again_once_the_run_is_resumed() {
    let plan = Arc::new(plan(
        &[drawn(&[], 0), drawn(&[0], 0), drawn(&[], 1)],
        1,
        wave_limits(OnFailure::RollbackRun),
    ));
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let mut told = ToldEvents::default();
    let mut session =
        SimulatedSession::begin(&plan, &run(Operation::Apply, Limits::default()), &[], &mut told);
    end_first(&mut session, &plan, 2);
    end_first(&mut session, &plan, 2);
    end_first(&mut session, &plan, 2);
    assert!(
        matches!(session.said.last(), Some(EventKind::InstanceStarted { .. })),
        "it turns back"
    );
    // What it retains stays: that is told of one that went back, and may be tried again.
    let retained = Failure::new(FailureKind::CannotGoBack, "what it retains stays");
    let end =
        InstanceEnd { failure: Some(retained), ..instance_end::bare(&ids[1], Outcome::RolledBack) };
    session.on(Input::Ended(PlanIndex(1), Box::new(end)));
    session.on(Input::Ended(PlanIndex(0), Box::new(failed(&ids[0], FailureKind::ResourceFailed))));
    assert_eq!(session.result, Some(RunResult::Failed));
    let resumed = Run { past: Some(told.past.clone()), ..run(Operation::Apply, Limits::default()) };
    let mut session = SimulatedSession::begin(&plan, &resumed, &[], &mut told);
    session.on(Input::Ended(PlanIndex(1), Box::new(failed(&ids[1], FailureKind::RoleRefused))));
    assert_eq!(session.result, Some(RunResult::Failed));
}

#[test]
fn a_stop_leaves_a_resumed_run_rolled_back_if_what_is_under_way_is_all_that_was_left() {
    let drawn = [drawn(&[], 0), drawn(&[], 0), drawn(&[], 1)];
    let plan = Arc::new(plan(&drawn, 1, wave_limits(OnFailure::RollbackRun)));
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let one_by_one = Limits { max_concurrent: NonZeroUsize::new(1), ..Limits::default() };
    let mut told = ToldEvents::default();
    let begun = run(Operation::Apply, one_by_one.clone());
    let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
    let ends = [created(&ids[0]), created(&ids[1]), failed(&ids[2], FailureKind::ResourceFailed)];
    for (index, end) in ends.into_iter().enumerate() {
        session.on(Input::Ended(PlanIndex(index), Box::new(end)));
    }
    let (&first, _) = session.at_work.first_key_value().expect("it turns back");
    let left = failed(&ids[first.0], FailureKind::StillMoving);
    session.on(Input::Ended(first, Box::new(left)));
    let (&second, _) = session.at_work.first_key_value().expect("the other one follows");
    let back = |at: PlanIndex| Box::new(instance_end::bare(&ids[at.0], Outcome::RolledBack));
    session.on(Input::Ended(second, back(second)));
    assert_eq!(session.result, Some(RunResult::Failed));
    let past = Some(told.past.clone());
    let resumed = Run { past, ..run(Operation::Apply, one_by_one) };
    let mut session = SimulatedSession::begin(&plan, &resumed, &[], &mut told);
    session.on(Input::Stop(Stop::Settle));
    session.on(Input::Ended(first, back(first)));
    assert_eq!(session.result, Some(RunResult::RolledBack));
}

#[test]
fn what_was_under_way_on_the_way_back_is_followed_first_once_the_run_is_resumed() {
    let drawn = [drawn(&[], 0), drawn(&[], 0), drawn(&[], 0), drawn(&[], 1)];
    let plan = Arc::new(plan(&drawn, 1, wave_limits(OnFailure::RollbackRun)));
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let two = Limits { max_concurrent: NonZeroUsize::new(2), ..Limits::default() };
    let mut told = ToldEvents::default();
    let begun = run(Operation::Apply, two.clone());
    let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
    for _ in &ids {
        end_first(&mut session, &plan, 3);
    }
    let before: Vec<PlanIndex> = session.at_work.keys().copied().collect();
    let refused = failed(&ids[before[0].0], FailureKind::RoleRefused);
    session.on(Input::Ended(before[0], Box::new(refused)));
    let third = session.at_work.keys().copied().find(|index| !before.contains(index));
    let third = third.expect("the next one starts");
    let (action, instance) = (StackAction::TakeBack, ids[third.0].clone());
    let intended = EventKind::ActionIntended { instance, action, stack_id: None };
    session.on(Input::Intended(Box::new(intended)));
    let resumed = Run { past: Some(told.past.clone()), ..run(Operation::Apply, two) };
    let session = SimulatedSession::begin(&plan, &resumed, &[], &mut told);
    assert_eq!(session.at_work.len(), 2);
    assert_eq!(session.at_work.get(&third), Some(&AtWork::Back));
}

#[test]
fn nothing_goes_back_while_what_was_sent_before_the_run_was_resumed_can_not_be_followed() {
    let plan = Arc::new(plan(
        &[drawn(&[], 0), drawn(&[0], 0), drawn(&[], 1)],
        1,
        wave_limits(OnFailure::RollbackRun),
    ));
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let mut told = ToldEvents::default();
    let secret = [true, false, false];
    let begun = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(&plan, &begun, &secret, &mut told);
    session.on(Input::Ended(PlanIndex(0), Box::new(created(&ids[0]))));
    let (action, instance) = (StackAction::Create, ids[1].clone());
    let intended = EventKind::ActionIntended { instance, action, stack_id: None };
    session.on(Input::Intended(Box::new(intended)));
    let resumed = Run { past: Some(told.past.clone()), ..run(Operation::Apply, Limits::default()) };
    let mut session = SimulatedSession::begin(&plan, &resumed, &secret, &mut told);
    assert_eq!(session.at_work[&PlanIndex(0)], AtWork::Read, "its outputs are not kept");
    session.on(Input::Ended(PlanIndex(2), Box::new(created(&ids[2]))));
    let unread = Failure::new(FailureKind::RoleRefused, "it cannot be entered");
    session.on(Input::Read(PlanIndex(0), Box::new(Err(unread))));
    let postponed = EventKind::RollbackPostponed { unknown: vec![ids[1].clone()] };
    assert!(session.said.contains(&postponed), "{:?}", session.said);
    assert_eq!(session.result, Some(RunResult::Failed));
}

#[test]
fn what_goes_back_after_a_cancelled_update_is_found_by_its_token_once_the_run_is_resumed() {
    let plan =
        Arc::new(plan(&[drawn(&[], 0), drawn(&[0], 0)], 1, wave_limits(OnFailure::RollbackRun)));
    let ids: Vec<_> = plan.instances.iter().map(|instance| instance.id.clone()).collect();
    let mut told = ToldEvents::default();
    let begun = run(Operation::Apply, Limits::default());
    let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
    for action in [StackAction::Update, StackAction::CancelUpdate] {
        let intended =
            EventKind::ActionIntended { instance: ids[0].clone(), action, stack_id: None };
        session.on(Input::Intended(Box::new(intended)));
    }
    let resumed = Run { past: Some(told.past.clone()), ..run(Operation::Apply, Limits::default()) };
    let mut session = SimulatedSession::begin(&plan, &resumed, &[], &mut told);
    let updated = InstanceEnd { outcome: Outcome::Updated, ..created(&ids[0]) };
    session.on(Input::Ended(PlanIndex(0), Box::new(updated)));
    session.on(Input::Ended(PlanIndex(1), Box::new(failed(&ids[1], FailureKind::ResourceFailed))));
    assert_eq!(session.at_work[&PlanIndex(0)], AtWork::Back, "its update is brought back");
}

/// Returns the end of one whose own rollback failed.
fn stuck(id: &InstanceId, message: &str) -> InstanceEnd {
    let failure = Failure::new(FailureKind::StackStuck, message);
    let status = Some(crate::status::StackStatus::UpdateRollbackFailed);
    InstanceEnd { status, ..instance_end::failed(id, failure, None) }
}

/// Has the only stack instance of a plan get stuck on the way forward.
fn get_stuck(session: &mut SimulatedSession<'_>, id: &InstanceId) {
    let (action, instance, stack_id) = (StackAction::Update, id.clone(), Some("arn".to_owned()));
    let started = EventKind::ActionStarted { instance, action, found: None, stack_id };
    session.on(Input::Told(Box::new(started)));
    session.on(Input::Ended(PlanIndex(0), Box::new(stuck(id, "the quota is used up"))));
}

fn last_failure(session: &SimulatedSession<'_>) -> Option<Failure> {
    let ends = session.said.iter().rev().find_map(|kind| match kind {
        EventKind::InstanceFinished { end } => Some(end.failure.clone()),
        _ => None,
    });
    ends.expect("one has ended")
}

#[test]
fn a_rollback_that_is_resumed_tells_no_more_than_one_that_was_not_interrupted() {
    let plan = Arc::new(plan(&[drawn(&[], 0)], 1, wave_limits(OnFailure::Stop)));
    let id = plan.instances[0].id.clone();
    for is_interrupted in [false, true] {
        let mut told = ToldEvents::default();
        let begun = run(Operation::Apply, Limits::default());
        get_stuck(&mut SimulatedSession::begin(&plan, &begun, &[], &mut told), &id);
        let sittings = if is_interrupted { vec![true, false] } else { vec![true] };
        for (at, &goes_back) in sittings.iter().enumerate() {
            let past = Some(told.past.clone());
            let run = Run { past, goes_back, ..run(Operation::Apply, Limits::default()) };
            let mut session = SimulatedSession::begin(&plan, &run, &[], &mut told);
            assert_eq!(session.at_work.get(&PlanIndex(0)), Some(&AtWork::Back));
            if at + 1 == sittings.len() {
                let back = instance_end::bare(&id, Outcome::RolledBack);
                session.on(Input::Ended(PlanIndex(0), Box::new(back)));
                assert_eq!(session.result, Some(RunResult::RolledBack));
                assert_eq!(last_failure(&session), None, "{is_interrupted}");
            }
        }
    }
}

#[test]
fn a_way_back_that_fails_unasked_tells_the_first_cause_however_it_ends() {
    let plan = Arc::new(plan(&[drawn(&[], 0)], 1, wave_limits(OnFailure::RollbackRun)));
    let id = plan.instances[0].id.clone();
    for (is_left, kind) in [(false, FailureKind::StackStuck), (true, FailureKind::StillMoving)] {
        let mut told = ToldEvents::default();
        let begun = run(Operation::Apply, Limits::default());
        let mut session = SimulatedSession::begin(&plan, &begun, &[], &mut told);
        get_stuck(&mut session, &id);
        if is_left {
            session.on(Input::Stop(Stop::AtOnce));
            session.on(Input::Aborted);
        } else {
            session.on(Input::Ended(PlanIndex(0), Box::new(stuck(&id, "stuck again"))));
        }
        let failure = last_failure(&session).expect("it failed");
        // The kind is the way back's, so that it can be resumed.
        assert_eq!(failure.kind, kind);
        assert!(
            failure.message.starts_with("the quota is used up; on the way back: "),
            "{failure:?}"
        );
    }
}
