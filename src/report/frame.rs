//! The region under the lines that stay: how far the run is and what is running.

use std::time::Duration;

use jiff::Timestamp;

use super::running::Running;
use super::state::{Cancel, InstanceState, RunState, Standing, elapsed};
use super::{Counts, words};
use crate::clock::spoken;

/// What a name needs before anything else gets a column, unless it is shorter.
const LEAST_LABEL: usize = 24;

/// Returns the lines of the region at `now`, for a terminal of `width` columns and `height` rows:
/// at most half of its rows, none wider than it.
pub fn frame(state: &RunState, now: Timestamp, width: usize, height: usize) -> Vec<String> {
    let Some(start) = &state.start else { return Vec::new() };
    let mut running: Vec<(&InstanceState, &Running)> =
        state.instances.iter().filter_map(running_part).collect();
    // Stable: among those that started together, the plan's order stays.
    running.sort_by_key(|(_, running)| running.since);

    let rows = (height / 2).max(1) - 1;
    let shown = if running.len() <= rows { running.len() } else { rows.saturating_sub(1) };
    let mut lines = vec![head(state, wave(&running, state), elapsed(start.at, now))];
    lines.extend(table(&running[..shown], state, now, width));
    if rows > 0 && shown < running.len() {
        lines.push(format!("  and {} more running", running.len() - shown));
    }
    lines.into_iter().map(|line| cut(&line, width)).collect()
}

/// Returns the wave that runs, as `wave 2/3`, if there are several and no others beside it.
fn wave(running: &[(&InstanceState, &Running)], state: &RunState) -> Option<String> {
    let mut waves = running.iter().map(|(instance, _)| state.wave(&instance.announced));
    let (number, count) = waves.next()??;
    waves.all(|other| other == Some((number, count))).then(|| format!("wave {number}/{count}"))
}

/// Returns the line that says how far the run is.
fn head(state: &RunState, wave: Option<String>, since_start: Duration) -> String {
    let ended = state.instances.iter().filter_map(|instance| match &instance.standing {
        Standing::Finished(finished) => Some(finished.end.outcome),
        Standing::Waiting | Standing::Running(_) => None,
    });
    let counts = Counts::of(ended);
    let progress = format!("{}/{} done", counts.total(), state.instances.len());
    let trouble = (counts.not_good() > 0).then(|| {
        let bad = Counts { created: 0, updated: 0, deleted: 0, unchanged: 0, ..counts };
        bad.in_words()
    });
    let stopping = match state.cancel {
        Cancel::No => None,
        Cancel::Settling => Some("stopping".to_owned()),
        Cancel::AtOnce => Some("leaving".to_owned()),
    };
    let parts = [stopping, wave, Some(progress), trouble, Some(spoken(since_start))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn running_part(instance: &InstanceState) -> Option<(&InstanceState, &Running)> {
    match &instance.standing {
        Standing::Running(running) => Some((instance, running)),
        Standing::Waiting | Standing::Finished(_) => None,
    }
}

/// Returns a line for each running instance: its name, what is done, how far and for how long.
fn table(
    running: &[(&InstanceState, &Running)],
    state: &RunState,
    now: Timestamp,
    width: usize,
) -> Vec<String> {
    let rows: Vec<[String; 4]> = running
        .iter()
        .map(|(instance, running)| {
            [
                words::label(&instance.announced.id, state),
                words::doing(running).to_owned(),
                resources(running),
                spoken(elapsed(running.since, now)),
            ]
        })
        .collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let least = widest(0).min(LEAST_LABEL);
    // The time says most about what hangs, then how far it is; what is done goes first.
    let mut columns = vec![1, 2, 3];
    let taken = |columns: &[usize]| 2 + columns.iter().map(|&c| 2 + widest(c)).sum::<usize>();
    while !columns.is_empty() && taken(&columns) + least > width {
        columns.remove(0);
    }
    let label = widest(0).min(width.saturating_sub(taken(&columns)));
    let line = |row: &[String; 4]| {
        let mut line = format!("  {:label$}", cut_middle(&row[0], label));
        for &column in &columns {
            let (cell, width) = (&row[column], widest(column));
            let cell =
                if column == 1 { format!("{cell:width$}") } else { format!("{cell:>width$}") };
            line = line + "  " + &cell;
        }
        line
    };
    rows.iter().map(line).collect()
}

/// Returns `3/7` where the total is known, `3` where it is not, nothing before any resource moved.
fn resources(running: &Running) -> String {
    match (running.resources_done(), running.resources_total()) {
        (0, None | Some(0)) => String::new(),
        (done, Some(total)) => format!("{done}/{total}"),
        (done, None) => done.to_string(),
    }
}

/// Returns a name of at most `width` characters that keeps its beginning, the account, and its end,
/// the stack.
fn cut_middle(name: &str, width: usize) -> String {
    let kept = width.saturating_sub(2);
    if name.len() <= width {
        return name.to_owned();
    }
    // Names are ASCII, so that bytes are characters.
    format!("{}..{}", &name[..kept.div_ceil(2)], &name[name.len() - kept / 2..])
}

fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, if width > 8 { ".." } else { "" }).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::event::{Outcome, StackAction, What};
    use crate::report::recorded::{self, Recording};

    /// Twenty accounts at work, one done, one failed.
    fn busy() -> Recording {
        let accounts: Vec<String> =
            (1..=20).map(|n| format!("account-{n:02}/cross-account-role")).collect();
        let paths: Vec<&str> = accounts.iter().map(String::as_str).collect();
        let mut run = Recording::apply(&paths);
        for path in &paths {
            let action =
                if path.contains("05") { StackAction::Update } else { StackAction::Create };
            run = run.begins(path, action).after_ms(1_500);
        }
        run.resource(paths[2], "Role", "CREATE_COMPLETE", None)
            .stack(paths[3], "ROLLBACK_IN_PROGRESS")
            .ends(paths[0], Outcome::Created)
            .ends(paths[1], Outcome::Failed)
            .say(What::CancelRequested { at_once: false })
    }

    fn drawn(run: &Recording, width: usize, height: usize) -> String {
        let state = run.state();
        let now = state.last_at.expect("a time") + SignedDuration::from_secs(40);
        let lines = frame(&state, now, width, height);
        assert!(lines.len() <= (height / 2).max(1), "{lines:?}");
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= width), "{lines:?}");
        lines.join("\n")
    }

    #[test]
    fn a_frame_fits_80_by_24() {
        insta::assert_snapshot!(drawn(&busy(), 80, 24));
    }

    #[test]
    fn a_frame_fits_40_by_10() {
        insta::assert_snapshot!(drawn(&busy(), 40, 10));
    }

    #[test]
    fn a_frame_fits_any_terminal() {
        for run in [busy(), recorded::chain(), recorded::many()] {
            for (width, height) in [(1, 1), (8, 2), (20, 3), (33, 5), (200, 60), (0, 0)] {
                drawn(&run, width, height);
            }
        }
    }

    #[test]
    fn the_wave_that_runs_is_part_of_the_head() {
        let run = recorded::in_waves();
        assert!(
            drawn(&run, 80, 24).starts_with("wave 2/2, 2/4 done, 1m 40s"),
            "{}",
            drawn(&run, 80, 24)
        );
    }

    #[test]
    fn nothing_is_drawn_before_the_run_began() {
        assert!(frame(&RunState::default(), Timestamp::UNIX_EPOCH, 80, 24).is_empty());
    }
}
