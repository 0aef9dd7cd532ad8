//! The bottom of the dashboard, for a person whose keys are heeded: what of the run is shown, and which keys do
//! what.

use super::line::FrameLine;
use super::scene::Scene;
use crate::event::Control;
use crate::report::text::prose;
use crate::report::text::tone::Tone;

/// On fewer rows below the head there is none.
const LEAST_ROWS: usize = 4;

/// What each key does, in sentences.
const HELP: &str = "p: nothing more is started until p again, or `xdeploy resume` of the run; what runs settles. \
                    c: as Ctrl-C where the run is carried out, nothing more is started and the run ends. \
                    f: only what failed. /: only what has these letters in the name of an account, Region, environment \
                    or stack; Enter keeps the filter, Esc takes it away. q: leaves, and the run goes on.";

/// Returns the lines of the footer, where the head leaves so many rows: at least one is left to the run.
pub(super) fn lines(scene: Scene<'_>, rows: usize) -> Vec<FrameLine> {
    if !scene.view.has_keys || rows < LEAST_ROWS {
        return Vec::new();
    }
    let mut lines: Vec<FrameLine> = standing(scene).into_iter().collect();
    if scene.view.shows_help {
        let help = prose::wrapped(HELP, scene.columns.max(1)).into_iter();
        let help = help.map(|text| FrameLine::default().with(Tone::Plain, text));
        lines.extend(help.take(rows - lines.len() - 2));
    }
    lines.push(keys(scene));
    lines
}

/// Returns what of the run is shown and what is waited for, where that is to be said.
fn standing(scene: Scene<'_>) -> Option<FrameLine> {
    let view = scene.view;
    let mut parts: Vec<(Tone, String)> = Vec::new();
    parts.extend(view.trouble.iter().map(|trouble| (Tone::Bad, prose::one_line(trouble))));
    let awaited = view.awaited(scene.state).map(|asked| match asked {
        Control::Pause => "asked to pause",
        Control::Continue => "asked to go on",
        Control::Cancel => "asked to cancel",
    });
    parts.extend(awaited.map(|text| (Tone::Caution, text.to_owned())));
    if view.failures_only {
        parts.push((Tone::Strong, "failures only".to_owned()));
    }
    if let (Some(filter), None) = (view.filter(), view.typed()) {
        parts.push((Tone::Strong, format!("filter {filter}: {}", shown(scene))));
    }
    (!parts.is_empty()).then(|| joined(parts, scene))
}

/// Returns how much of the run the filter holds.
fn shown(scene: Scene<'_>) -> String {
    let places = &scene.state.places;
    let held = places.iter().filter(|place| scene.view.holds(place, scene.state)).count();
    let noun = if scene.has_several_regions { "place" } else { "account" };
    format!("{held} of {}", prose::counted(places.len(), noun))
}

/// Returns the keys, or the filter that is being typed.
fn keys(scene: Scene<'_>) -> FrameLine {
    if let Some(typed) = scene.view.typed() {
        let line = FrameLine::default().with(Tone::Strong, format!("/{typed}_"));
        let told = format!("  {}, Enter keeps it, Esc takes it away", shown(scene));
        return line.with(Tone::Faint, told);
    }
    let pause = if scene.state.paused_by.is_some() { "p go on" } else { "p pause" };
    let failures = if scene.view.failures_only { "f all" } else { "f failures only" };
    let keys = [pause, "c cancel", failures, "/ filter", "q leave", "? help"];
    joined(keys.map(|key| (Tone::Faint, key.to_owned())).into(), scene)
}

fn joined(parts: Vec<(Tone, String)>, scene: Scene<'_>) -> FrameLine {
    let mut line = FrameLine::default();
    for (position, (tone, text)) in parts.into_iter().enumerate() {
        if position > 0 {
            line.push(Tone::Faint, scene.theme.separator());
        }
        line.push(tone, text);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::{PressedKey, Size, Symbols, Theme, View, frame};
    use crate::event::{EventKind, Failure, FailureKind, Outcome, Owner, StackAction};
    use crate::report::recorded::Recording;
    use crate::report::{Forecast, Palette};

    const PLAIN: Theme = Theme { palette: Palette::Plain, symbols: Symbols::Unicode };

    /// A run in which one account fails, some run and some wait.
    fn run() -> Recording {
        let paths = [
            "pay-dev/app",
            "pay-prod/app",
            "hub/trust",
            "search/app",
            "search/index",
            "team-1/app",
            "team-2/app",
        ];
        let denied = Failure::new(FailureKind::ResourceFailed, "the quota of queues is used up");
        Recording::apply(&paths)
            .begins("hub/trust", StackAction::Create)
            .begins("pay-dev/app", StackAction::Create)
            .begins("pay-prod/app", StackAction::Update)
            .begins("search/app", StackAction::Create)
            .after_ms(65_000)
            .ends("hub/trust", Outcome::Created)
            .fails("pay-prod/app", Outcome::Failed, denied)
    }

    fn drawn(run: &Recording, keys: &str, (columns, rows): (usize, usize)) -> String {
        let (state, mut view) = (run.state(), View::with_keys());
        for character in keys.chars() {
            let key = if character == '\n' {
                PressedKey::Enter
            } else {
                PressedKey::Character(character)
            };
            view.press(key, &state);
        }
        let now = state.last_at.expect("it began");
        let look = (Size { columns, rows }, PLAIN);
        let lines = frame(&state, &Forecast::of(&state, now), now, look, &view);
        assert!(lines.len() <= rows.saturating_sub(2).max(1));
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= columns));
        lines.join("\n")
    }

    fn drawn_at_80_and_120(run: &Recording, keys: &[&str]) -> String {
        let each = keys.iter().flat_map(|keys| {
            [(80, 24), (120, 40)].map(|size| {
                let ruler = format!("== {:?} at {} columns", keys, size.0);
                format!("{ruler}\n{}", drawn(run, keys, size))
            })
        });
        each.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_keys_stand_below_the_run_and_what_is_left_out_is_said() {
        let keys = ["", "f", "/pay", "/pay\n", "/pay\nf", "/nobody\n", "?"];
        insta::assert_snapshot!(drawn_at_80_and_120(&run(), &keys));
    }

    #[test]
    fn what_was_asked_of_the_run_is_said_until_it_is_so() {
        let owner = Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
        let paused = run().say(EventKind::RunPaused { owner });
        let asked = drawn_at_80_and_120(&run(), &["p", "c"]);
        let heeded = drawn_at_80_and_120(&paused, &["", "p"]);
        insta::assert_snapshot!(format!("{asked}\n{heeded}"));
    }

    #[test]
    fn a_footer_fits_any_terminal() {
        for columns in [0, 1, 7, 20, 33, 57, 79, 101] {
            for rows in [0, 1, 2, 4, 6, 7, 8, 9, 11, 30] {
                for keys in ["", "f", "/pay", "/pay\nf?", "p?"] {
                    drawn(&run(), keys, (columns, rows));
                }
            }
        }
    }
}
