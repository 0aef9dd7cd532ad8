//! The critical path: what a run could not have been shorter than.
//!
//! It is read backwards, from the stack instance that ended last: what came before each is what it
//! needs, or the wave before its own (or the environment before, in a run that takes them in order),
//! whichever ended last. What waited for a place among those in
//! flight leaves a gap on the path; the path itself names only what had to be.

use jiff::{SignedDuration, Timestamp};

use super::lifecycle::{FinishedInstance, InstanceState, InstanceStatus};
use super::state::RunState;

/// When a stack instance was worked on.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

/// Returns the positions of the stack instances on the critical path, first to last.
///
/// What never started is not on it; what still runs has lasted until the last event.
pub fn critical_path(state: &RunState) -> Vec<usize> {
    let spans: Vec<_> = state.instances.iter().map(|instance| span(instance, state)).collect();
    let mut path: Vec<usize> = Vec::new();
    let mut step = last_ended(&spans, 0..spans.len());
    while let Some((position, span)) = step {
        path.push(position);
        let before = candidates(state, position).filter(|candidate| !path.contains(candidate));
        let ended = before.filter(|&at| spans[at].is_some_and(|other| other.to <= span.from));
        step = last_ended(&spans, ended);
    }
    path.reverse();
    path
}

fn span(instance: &InstanceState, state: &RunState) -> Option<Span> {
    match &instance.status {
        InstanceStatus::Waiting => None,
        InstanceStatus::Running(running) => {
            Some(Span { from: running.since, to: state.last_at?.max(running.since) })
        }
        InstanceStatus::Finished(FinishedInstance { since, duration, .. }) => {
            let from = (*since)?;
            let lasted = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
            Some(Span { from, to: from.saturating_add(lasted).unwrap_or(Timestamp::MAX) })
        }
    }
}

/// Returns what may have held up a stack instance: its needs, then the other waves of its
/// environment, and the other environments of a run that takes them in order. Only what comes before
/// it has ended when it starts.
fn candidates(state: &RunState, position: usize) -> impl Iterator<Item = usize> {
    let held_up = &state.instances[position].announced;
    let is_in_order = state.is_in_order();
    let is_other_wave = move |instance: &InstanceState| match instance.announced.id.environment
        == held_up.id.environment
    {
        true => instance.announced.wave != held_up.wave,
        false => is_in_order,
    };
    let waves = state.instances.iter().enumerate();
    let waves = waves.filter(move |(_, instance)| is_other_wave(instance)).map(|(at, _)| at);
    held_up.needs.iter().copied().filter(|need| *need < state.instances.len()).chain(waves)
}

/// Returns which of `positions` ended last; of several, the first.
fn last_ended(
    spans: &[Option<Span>],
    positions: impl Iterator<Item = usize>,
) -> Option<(usize, Span)> {
    let spans = positions.filter_map(|position| Some((position, spans[position]?)));
    spans.reduce(|last, next| if next.1.to > last.1.to { next } else { last })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::{AnnouncedInstance, Operation, Outcome, StackAction};
    use crate::report::recorded::{self, Recording, announced};

    fn needing(path: &str, needs: &[usize]) -> AnnouncedInstance {
        AnnouncedInstance { needs: needs.to_vec(), ..announced(path, 3) }
    }

    fn in_wave(path: &str, wave: usize) -> AnnouncedInstance {
        AnnouncedInstance { wave: Some(wave), ..announced(path, 3) }
    }

    fn path_of(recording: &Recording) -> Vec<String> {
        let state = recording.state();
        let name = |at: usize| {
            let id = &state.instances[at].announced.id;
            format!("{}/{}", id.account, id.stack)
        };
        critical_path(&state).into_iter().map(name).collect()
    }

    #[test]
    fn it_runs_through_the_need_that_ended_last() {
        let instances =
            vec![needing("dev/short", &[]), needing("dev/long", &[]), needing("dev/app", &[0, 1])];
        let run = Recording::started(Operation::Apply, instances)
            .begins("dev/short", StackAction::Create)
            .begins("dev/long", StackAction::Create)
            .after_ms(1_000)
            .ends("dev/short", Outcome::Created)
            .after_ms(5_000)
            .ends("dev/long", Outcome::Created)
            .begins("dev/app", StackAction::Create)
            .after_ms(2_000)
            .ends("dev/app", Outcome::Created);
        assert_eq!(path_of(&run), ["dev/long", "dev/app"]);
    }

    #[test]
    fn it_runs_through_the_wave_before_where_no_need_ended_later() {
        let instances = vec![in_wave("dev/app", 1), in_wave("test/app", 1), in_wave("a/app", 2)];
        let run = Recording::started(Operation::Apply, instances)
            .begins("dev/app", StackAction::Create)
            .begins("test/app", StackAction::Create)
            .after_ms(1_000)
            .ends("dev/app", Outcome::Created)
            .after_ms(1_000)
            .ends("test/app", Outcome::Created)
            .begins("a/app", StackAction::Create)
            .after_ms(1_000)
            .ends("a/app", Outcome::Created);
        assert_eq!(path_of(&run), ["test/app", "a/app"]);
    }

    #[test]
    fn a_wave_of_another_environment_holds_nothing_up() {
        let instances = vec![in_wave("stage/dev/app", 1), in_wave("prod/dev/app", 2)];
        let run = Recording::started(Operation::Apply, instances)
            .begins("stage/dev/app", StackAction::Create)
            .after_ms(1_000)
            .ends("stage/dev/app", Outcome::Created)
            .begins("prod/dev/app", StackAction::Create)
            .after_ms(1_000)
            .ends("prod/dev/app", Outcome::Created);
        assert_eq!(path_of(&run), ["dev/app"]);
    }

    #[test]
    fn the_environment_before_holds_up_the_next_where_they_go_in_order() {
        for operation in [Operation::Apply, Operation::Destroy] {
            let instances = vec![announced("stage/dev/app", 3), announced("prod/dev/web", 3)];
            let run = Recording::started(operation, instances)
                .in_order()
                .begins("stage/dev/app", StackAction::Create)
                .after_ms(1_000)
                .ends("stage/dev/app", Outcome::Created)
                .begins("prod/dev/web", StackAction::Create)
                .after_ms(1_000)
                .ends("prod/dev/web", Outcome::Created);
            assert_eq!(path_of(&run), ["dev/app", "dev/web"]);
        }
    }

    #[test]
    fn what_never_started_is_not_on_it() {
        assert_eq!(path_of(&recorded::failure()), ["dev/network"]);
        assert_eq!(path_of(&Recording::apply(&["dev/a"])), [""; 0]);
    }

    #[test]
    fn what_still_runs_ends_it() {
        let run = recorded::in_waves().after_ms(9_000).stack("b/app", "CREATE_IN_PROGRESS");
        assert_eq!(path_of(&run), ["dev/app", "a/app"]);
    }

    proptest! {
        /// Whatever the needs say, circles and positions that are not there included.
        #[test]
        fn each_step_starts_after_the_one_before_ended(
            lengths in prop::collection::vec((0i64..50, 0usize..4, prop::collection::vec(0usize..9, 0..3)), 1..8)
        ) {
            let path = |at: usize| format!("dev/s{at}");
            let instances = lengths.iter().enumerate().map(|(at, (_, wave, needs))| AnnouncedInstance {
                wave: Some(*wave),
                ..needing(&path(at), needs)
            });
            let mut run = Recording::started(Operation::Apply, instances.collect());
            for (at, (ms, ..)) in lengths.iter().enumerate() {
                run = run.begins(&path(at), StackAction::Create).after_ms(*ms);
                run = run.ends(&path(at), Outcome::Created);
            }
            let state = run.state();
            let spans: Vec<_> =
                critical_path(&state).iter().map(|&at| span(&state.instances[at], &state)).collect();
            prop_assert!(!spans.is_empty() && spans.len() <= lengths.len());
            for pair in spans.windows(2) {
                let (Some(before), Some(after)) = (pair[0], pair[1]) else { panic!("it started") };
                prop_assert!(before.to <= after.from);
            }
        }
    }
}
