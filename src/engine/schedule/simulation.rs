//! Schedules played to their end, by hand and at random, with every promise checked on the way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::environment::{ConcurrencyMode, OnFailure};

const FREE: ScheduleWave = ScheduleWave {
    follows: Follows::Nothing,
    has_gate: false,
    max_concurrent: None,
    failure_tolerance: 0,
    concurrency_mode: ConcurrencyMode::Soft,
    on_failure: OnFailure::Continue,
};

/// Returns entries of one wave, each in an account of its own.
fn entries(needs: &[&[usize]]) -> Vec<ScheduleEntry> {
    let entry = |(account, needs): (usize, &&[usize])| {
        let needs = needs.iter().copied().map(EntryIndex).collect();
        ScheduleEntry { needs, wave: 0, account }
    };
    needs.iter().enumerate().map(entry).collect()
}

/// Returns entries without needs from the wave and account of each.
fn spread(places: &[(usize, usize)]) -> Vec<ScheduleEntry> {
    places
        .iter()
        .map(|&(wave, account)| ScheduleEntry { needs: Vec::new(), wave, account })
        .collect()
}

fn skip(index: usize, because: SkipCause) -> ScheduleDecision {
    ScheduleDecision::Skip { index: EntryIndex(index), because }
}

use ScheduleDecision::Start;

fn start(index: usize) -> ScheduleDecision {
    Start(EntryIndex(index))
}

#[test]
fn each_starts_the_moment_its_needs_are_done() {
    let mut schedule = Schedule::new(&entries(&[&[], &[], &[0], &[1]]), &[FREE], None);
    assert_eq!(schedule.begin(), [start(0), start(1)]);
    assert_eq!(schedule.finished(EntryIndex(1), true), [start(3)]);
    assert_eq!(schedule.finished(EntryIndex(0), true), [start(2)]);
}

#[test]
fn a_failed_need_skips_its_dependents_only_if_the_run_continues() {
    let mut schedule = Schedule::new(&entries(&[&[], &[0], &[1], &[]]), &[FREE], None);
    schedule.begin();
    assert_eq!(
        schedule.finished(EntryIndex(0), false),
        [
            skip(1, SkipCause::NeedFailed { need: EntryIndex(0) }),
            skip(2, SkipCause::NeedFailed { need: EntryIndex(1) }),
        ]
    );
    assert!(!schedule.is_over());
    schedule.finished(EntryIndex(3), true);
    assert!(schedule.is_over());
}

#[test]
fn nothing_starts_after_a_cancel() {
    let mut schedule = Schedule::new(&entries(&[&[], &[0]]), &[FREE], None);
    schedule.begin();
    assert_eq!(schedule.cancel(), [skip(1, SkipCause::Cancelled)]);
    assert!(schedule.finished(EntryIndex(0), true).is_empty());
    assert!(schedule.is_over());
}

#[test]
fn nothing_starts_while_it_is_held_and_what_may_does_once_it_is_not() {
    let waves = [FREE, ScheduleWave { follows: Follows::Wave(0), ..FREE }];
    let mut schedule = Schedule::new(&spread(&[(0, 0), (1, 1), (1, 2)]), &waves, None);
    schedule.begin();
    assert_eq!(schedule.hold(), []);
    assert_eq!(schedule.finished(EntryIndex(0), true), []);
    assert_eq!(schedule.release(), [start(1), start(2)]);
}

#[test]
fn a_wave_begins_when_the_one_before_has_ended() {
    let waves = [FREE, ScheduleWave { follows: Follows::Wave(0), ..FREE }];
    let mut schedule = Schedule::new(&spread(&[(0, 0), (0, 1), (1, 2)]), &waves, None);
    assert_eq!(schedule.begin(), [start(0), start(1)]);
    assert_eq!(schedule.finished(EntryIndex(0), true), []);
    assert_eq!(schedule.finished(EntryIndex(1), true), [start(2)]);
}

#[test]
fn one_failure_more_than_the_tolerance_stops_everything() {
    let bounded = ScheduleWave { failure_tolerance: 1, on_failure: OnFailure::Stop, ..FREE };
    let most = NonZeroUsize::new(3);
    let waves = [
        ScheduleWave { max_concurrent: most, ..bounded.clone() },
        ScheduleWave { follows: Follows::Wave(0), ..bounded },
    ];
    let places = [(0, 0), (0, 0), (0, 1), (0, 2), (1, 3)];
    let mut schedule = Schedule::new(&spread(&places), &waves, None);
    assert_eq!(schedule.begin(), [start(0), start(1), start(2)]);
    assert_eq!(schedule.finished(EntryIndex(0), false), [start(3)], "one account may fail");
    assert_eq!(schedule.finished(EntryIndex(1), false), [], "it is the same account");
    let because = SkipCause::WaveStopped { wave: 0, failed: EntryIndex(2) };
    assert_eq!(schedule.finished(EntryIndex(2), false), [skip(4, because)]);
    assert_eq!(schedule.finished(EntryIndex(3), true), []);
    assert!(schedule.is_over());
}

#[test]
fn tolerated_failures_do_not_keep_the_next_wave_from_beginning() {
    let bounded = ScheduleWave { failure_tolerance: 1, on_failure: OnFailure::Stop, ..FREE };
    let waves = [bounded.clone(), ScheduleWave { follows: Follows::Wave(0), ..bounded }];
    let mut schedule = Schedule::new(&spread(&[(0, 0), (1, 1)]), &waves, None);
    schedule.begin();
    assert_eq!(schedule.finished(EntryIndex(0), false), [start(1)]);
}

#[test]
fn strict_has_no_more_accounts_in_flight_than_may_fail_and_one() {
    let wave =
        ScheduleWave { failure_tolerance: 1, concurrency_mode: ConcurrencyMode::Strict, ..FREE };
    let places = [(0, 0), (0, 0), (0, 1), (0, 2), (0, 3)];
    let mut schedule = Schedule::new(&spread(&places), &[wave], None);
    assert_eq!(schedule.begin(), [start(0), start(1), start(2)], "two accounts, three stacks");
    assert_eq!(
        schedule.finished(EntryIndex(2), false),
        [],
        "one account is still in flight, none may fail"
    );
    assert_eq!(schedule.finished(EntryIndex(0), true), []);
    assert_eq!(schedule.finished(EntryIndex(1), true), [start(3)]);
    assert_eq!(schedule.finished(EntryIndex(3), false), [start(4)]);
}

#[test]
fn what_is_to_follow_upon_success_is_skipped_without_it() {
    let waves = [
        FREE,
        ScheduleWave { follows: Follows::Success(0), ..FREE },
        ScheduleWave { follows: Follows::Wave(1), ..FREE },
        ScheduleWave { follows: Follows::Success(2), ..FREE },
    ];
    let mut schedule = Schedule::new(&spread(&[(0, 0), (1, 1), (2, 2), (3, 3)]), &waves, None);
    schedule.begin();
    let because = SkipCause::NotSucceeded { wave: 0 };
    assert_eq!(
        schedule.finished(EntryIndex(0), false),
        [skip(1, because), skip(2, because), skip(3, because)]
    );
    assert!(schedule.is_over());
}

#[test]
fn a_wave_with_a_gate_begins_once_it_is_let_and_is_left_with_all_that_follows_if_it_is_not() {
    let waves = [
        FREE,
        ScheduleWave { has_gate: true, follows: Follows::Wave(0), ..FREE },
        ScheduleWave { has_gate: true, follows: Follows::Wave(1), ..FREE },
        FREE,
    ];
    let mut entries = spread(&[(0, 0), (1, 1), (2, 2), (3, 3)]);
    entries[3].needs.push(EntryIndex(1));
    let at_gate = |wave| ScheduleDecision::AtGate { wave };
    let mut schedule = Schedule::new(&entries, &waves, None);
    assert_eq!(schedule.begin(), [start(0)]);
    assert_eq!(schedule.finished(EntryIndex(0), true), [at_gate(1)]);
    let mut left = schedule.clone();
    assert_eq!(schedule.open_gate(1), [start(1)]);
    assert_eq!(schedule.finished(EntryIndex(1), true), [at_gate(2), start(3)]);
    let because = SkipCause::NotApproved { wave: 1 };
    let need = SkipCause::NeedFailed { need: EntryIndex(1) };
    assert_eq!(left.close_gate(1), [skip(1, because), skip(2, because), skip(3, need)]);
    assert!(left.is_over());
}

#[test]
fn waves_side_by_side_take_turns() {
    let places = [(0, 0), (0, 1), (0, 2), (1, 3), (1, 4)];
    let mut schedule = Schedule::new(&spread(&places), &[FREE, FREE], NonZeroUsize::new(1));
    assert_eq!(schedule.begin(), [start(0)]);
    assert_eq!(schedule.finished(EntryIndex(0), true), [start(3)]);
    assert_eq!(schedule.finished(EntryIndex(3), true), [start(1)]);
}

#[test]
fn ten_thousand_are_decided_in_a_moment() {
    let wave = ScheduleWave { max_concurrent: NonZeroUsize::new(50), ..FREE };
    let waves = [wave.clone(), ScheduleWave { follows: Follows::Wave(0), ..wave }];
    let entry = |index: usize| {
        let needs = if index.is_multiple_of(5) { Vec::new() } else { vec![EntryIndex(index - 1)] };
        ScheduleEntry { needs, wave: usize::from(index >= 5_000), account: index / 5 }
    };
    let entries: Vec<ScheduleEntry> = (0..10_000).map(entry).collect();
    let began = std::time::Instant::now();
    let mut schedule = Schedule::new(&entries, &waves, None);
    let mut open = schedule.begin();
    while let Some(Start(index)) = open.pop() {
        open.extend(schedule.finished(index, true));
    }
    assert!(schedule.is_over());
    // Without optimization and on a busy machine; what is quadratic takes ten times as long.
    assert!(began.elapsed().as_secs() < 1, "{:?}", began.elapsed());
}

#[derive(Clone, Debug)]
struct World {
    entries: Vec<ScheduleEntry>,
    waves: Vec<ScheduleWave>,
    overall: Option<usize>,
    bad: Vec<bool>,
    order: Vec<usize>,
    cancel_at: Option<usize>,
    /// Whether each wave is let begin, if somebody is asked.
    let_begin: Vec<bool>,
}

prop_compose! {
    /// Waves in chains: each follows the one before, upon success or however it ended, or none.
    fn waves()(drawn in prop::collection::vec(
        (0u8..4, prop::option::of(1usize..4), 0usize..3, any::<bool>(), any::<bool>(), prop::bool::weighted(0.3)), 1..6,
    )) -> Vec<ScheduleWave> {
        drawn.into_iter().enumerate().map(|(at, (follows, most, tolerance, strict, stops, has_gate))| ScheduleWave {
            has_gate,
            follows: match (follows, at.checked_sub(1)) {
                (0, _) | (_, None) => Follows::Nothing,
                (1, Some(before)) => Follows::Success(before),
                (_, Some(before)) => Follows::Wave(before),
            },
            max_concurrent: most.and_then(NonZeroUsize::new),
            failure_tolerance: tolerance,
            concurrency_mode: if strict { ConcurrencyMode::Strict } else { ConcurrencyMode::Soft },
            on_failure: if stops { OnFailure::Stop } else { OnFailure::Continue },
        }).collect()
    }
}

/// Whether `later` is `wave` or follows it, directly or not.
fn is_at_or_after(waves: &[ScheduleWave], wave: usize, later: usize) -> bool {
    wave == later
        || waves[later].follows.wave().is_some_and(|before| is_at_or_after(waves, wave, before))
}

prop_compose! {
    fn worlds()(count in 1usize..40, waves in waves())(
        needs in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), count),
        places in prop::collection::vec((0..waves.len(), 0usize..4), count),
        bad in prop::collection::vec(prop::bool::weighted(0.15), count),
        order in prop::collection::vec(any::<usize>(), count),
        overall in prop::option::of(1usize..5),
        cancel_at in prop::option::weighted(0.2, 0usize..30),
        let_begin in prop::collection::vec(any::<bool>(), waves.len()),
        waves in Just(waves),
    ) -> World {
        let entries = needs.iter().enumerate().map(|(index, needs)| {
            let (wave, account) = places[index];
            let earlier = |need: &usize| is_at_or_after(&waves, places[*need].0, wave);
            let needs: BTreeSet<usize> = match index {
                0 => BTreeSet::new(),
                _ => needs.iter().map(|need| need.index(index)).filter(earlier).collect(),
            };
            let needs = needs.into_iter().map(EntryIndex).collect();
            ScheduleEntry { needs, wave, account: wave * 4 + account }
        }).collect();
        World { entries, waves, overall, bad, order, cancel_at, let_begin }
    }
}

/// What has happened in a world so far.
struct Played<'w> {
    world: &'w World,
    ended: Vec<Option<bool>>,
    running: Vec<usize>,
    failed: Vec<usize>,
    is_cancelled: bool,
    /// The waves that somebody was asked about, with the answer.
    asked: BTreeMap<usize, Option<bool>>,
}

impl Played<'_> {
    fn members(&self, wave: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.ended.len()).filter(move |&index| self.world.entries[index].wave == wave)
    }

    fn failed_accounts(&self, wave: usize) -> usize {
        let failed = self.failed.iter().map(|&index| &self.world.entries[index]);
        failed.filter(|entry| entry.wave == wave).map(|e| e.account).collect::<BTreeSet<_>>().len()
    }

    fn accounts_in_flight(&self, wave: usize) -> BTreeSet<usize> {
        let running = self.running.iter().map(|&index| &self.world.entries[index]);
        running.filter(|entry| entry.wave == wave).map(|entry| entry.account).collect()
    }

    fn has_ended(&self, wave: usize) -> bool {
        self.members(wave).all(|index| self.ended[index].is_some())
            && self.world.waves[wave].follows.wave().is_none_or(|before| self.has_ended(before))
    }

    fn has_succeeded(&self, wave: usize) -> bool {
        self.members(wave).all(|index| self.ended[index] == Some(true))
            && self.world.waves[wave].follows.wave().is_none_or(|before| self.has_succeeded(before))
    }

    fn is_barred(&self, wave: usize) -> bool {
        match self.world.waves[wave].follows {
            Follows::Nothing => false,
            Follows::Wave(before) => self.is_barred(before),
            Follows::Success(before) => !self.has_succeeded(before),
        }
    }

    fn is_stopped(&self) -> bool {
        self.world.waves.iter().enumerate().any(|(at, wave)| {
            wave.on_failure == OnFailure::Stop && self.failed_accounts(at) > wave.failure_tolerance
        })
    }

    /// Whether nothing in the world keeps one from being started now.
    fn may_start(&self, index: usize) -> bool {
        let ScheduleEntry { needs, wave, account } = &self.world.entries[index];
        let bounds = &self.world.waves[*wave];
        let in_wave = self.running.iter().filter(|&&i| self.world.entries[i].wave == *wave).count();
        let accounts = self.accounts_in_flight(*wave);
        let may_fail = bounds.failure_tolerance.saturating_sub(self.failed_accounts(*wave));
        !self.is_cancelled
            && !self.is_stopped()
            && needs.iter().all(|need| self.ended[need.0] == Some(true))
            && bounds.follows.wave().is_none_or(|before| self.has_ended(before))
            && !self.is_barred(*wave)
            && (!bounds.has_gate || self.asked.get(wave) == Some(&Some(true)))
            && bounds.max_concurrent.is_none_or(|most| in_wave < most.get())
            && self.world.overall.is_none_or(|most| self.running.len() < most)
            && (bounds.concurrency_mode == ConcurrencyMode::Soft
                || accounts.contains(account)
                || accounts.len() < may_fail + 1)
    }

    fn obey(&mut self, decision: &ScheduleDecision) {
        match *decision {
            Start(EntryIndex(index)) => {
                assert!(self.ended[index].is_none() && !self.running.contains(&index));
                assert!(self.may_start(index), "{index} starts too early or too late");
                self.running.push(index);
            }
            ScheduleDecision::Skip { index: EntryIndex(index), because } => {
                assert!(self.ended[index].is_none() && !self.running.contains(&index));
                self.ended[index] = Some(false);
                match because {
                    SkipCause::NeedFailed { need } => assert_eq!(self.ended[need.0], Some(false)),
                    SkipCause::WaveStopped { wave, failed } => {
                        assert!(self.is_stopped() && self.failed.contains(&failed.0));
                        assert_eq!(self.world.entries[failed.0].wave, wave);
                    }
                    SkipCause::NotSucceeded { wave } => assert!(!self.has_succeeded(wave)),
                    SkipCause::NotApproved { wave } => {
                        assert_eq!(self.asked.get(&wave), Some(&Some(false)));
                    }
                    SkipCause::Cancelled => assert!(self.is_cancelled),
                }
            }
            ScheduleDecision::AtGate { wave } => {
                assert!(self.world.waves[wave].has_gate && !self.is_barred(wave));
                let before = self.world.waves[wave].follows.wave();
                assert!(before.is_none_or(|before| self.has_ended(before)));
                assert_eq!(self.asked.insert(wave, None), None, "it is asked once");
            }
        }
    }
}

/// Plays a world to its end and checks every promise on the way.
fn play(world: &World) {
    let most = world.overall.and_then(NonZeroUsize::new);
    let mut schedule = Schedule::new(&world.entries, &world.waves, most);
    let count = world.entries.len();
    let mut played = Played {
        world,
        ended: vec![None; count],
        running: Vec::new(),
        failed: Vec::new(),
        is_cancelled: false,
        asked: BTreeMap::new(),
    };
    let mut decisions = schedule.begin();
    for step in 0.. {
        decisions.iter().for_each(|decision| played.obey(decision));
        for index in (0..count).filter(|i| played.ended[*i].is_none()) {
            assert!(played.running.contains(&index) || !played.may_start(index), "{index} idles");
        }
        if world.cancel_at == Some(step) && !played.is_cancelled {
            played.is_cancelled = true;
            decisions = schedule.cancel();
            continue;
        }
        let open = played.asked.iter().find(|(_, answer)| answer.is_none()).map(|(&wave, _)| wave);
        if let Some(wave) = open
            && (played.running.is_empty() || world.order[step % count].is_multiple_of(2))
        {
            played.asked.insert(wave, Some(world.let_begin[wave]));
            decisions = match world.let_begin[wave] {
                true => schedule.open_gate(wave),
                false => schedule.close_gate(wave),
            };
            continue;
        }
        if played.running.is_empty() {
            break;
        }
        let at = world.order[step % count] % played.running.len();
        let index = played.running.swap_remove(at);
        played.ended[index] = Some(!world.bad[index]);
        played.failed.extend(world.bad[index].then_some(index));
        decisions = schedule.finished(EntryIndex(index), !world.bad[index]);
    }
    assert!(played.ended.iter().all(Option::is_some), "every one ends exactly once");
    assert!(schedule.is_over());
    for (at, wave) in world.waves.iter().enumerate() {
        let is_bounded =
            wave.concurrency_mode == ConcurrencyMode::Strict && wave.on_failure == OnFailure::Stop;
        assert!(!is_bounded || played.failed_accounts(at) <= wave.failure_tolerance + 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_order_the_waves_the_limits_and_the_ends_hold_in_every_world(world in worlds()) {
        play(&world);
    }
}

#[test]
fn what_was_under_way_is_taken_up_whatever_stopped_meanwhile() {
    let stops = ScheduleWave { on_failure: OnFailure::Stop, ..FREE };
    let mut schedule = Schedule::new(&entries(&[&[], &[0], &[], &[]]), &[stops], None);
    schedule.recall_ended(EntryIndex(0), true);
    schedule.recall_ended(EntryIndex(2), false);
    schedule.recall_under_way(EntryIndex(1));
    let stopped = SkipCause::WaveStopped { wave: 0, failed: EntryIndex(2) };
    assert_eq!(schedule.begin(), [start(1), skip(3, stopped)]);
    assert!(schedule.finished(EntryIndex(1), true).is_empty());
    assert!(schedule.is_over());
}

#[test]
fn what_ended_before_is_not_started_again_and_lets_its_dependents_start() {
    let waves = [FREE, ScheduleWave { follows: Follows::Wave(0), ..FREE }];
    let mut entries = spread(&[(0, 0), (0, 1), (1, 2)]);
    entries[1].needs.push(EntryIndex(0));
    let mut schedule = Schedule::new(&entries, &waves, None);
    schedule.recall_ended(EntryIndex(0), true);
    assert_eq!(schedule.begin(), [start(1)]);
    assert_eq!(schedule.finished(EntryIndex(1), false), [start(2)]);
    let mut schedule = Schedule::new(&entries, &waves, None);
    schedule.recall_ended(EntryIndex(0), false);
    assert_eq!(
        schedule.begin(),
        [skip(1, SkipCause::NeedFailed { need: EntryIndex(0) }), start(2)]
    );
}
