//! The columns of the rows that are shown: as much of each row as the terminal's width holds.

use super::line::{FrameLine, cut_middle};
use super::row::{Cell, Row};
use super::theme::Theme;
use crate::report::text::mark::Mark;
use crate::report::text::tone::Tone;

/// What a name gets before anything else does, unless it is shorter.
const LEAST_NAME: usize = 16;

/// How wide a time may become within the hour: `1m 05s`, nearly always.
const LEAST_TIME: usize = 6;

/// What is left of a Region that is cut, so that no two look alike: `eu-c…al-1`, `us-east-1`.
const LEAST_REGION: usize = 9;

/// With more stacks than this, they are counted where they cannot be named.
const LONGEST_STRIP: usize = 12;

/// How much is said of the stacks of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stacks {
    /// Each by its mark and name, below each other from row to row.
    Named,
    /// A mark for each, and the name and progress of the one that the row is about.
    Focused,
    /// A mark for each, and the progress of the one that the row is about.
    Counted,
    /// A mark for each.
    Marked,
}

/// How rows are laid out.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    name: usize,
    region: usize,
    stacks: Stacks,
    /// The widest strip of marks.
    strip: usize,
    /// The names of all stacks, each with the width of its cell.
    named: Vec<(String, usize)>,
    focus: usize,
    progress: usize,
    doing: usize,
    time: usize,
}

impl Columns {
    /// Returns the columns that say most of `rows` within `width`.
    ///
    /// What is dropped first is said by a mark as well; the account and the time stay longest.
    pub fn fit(rows: &[&Row], width: usize) -> Self {
        let widest = |of: fn(&Row) -> usize| rows.iter().map(|row| of(row)).max().unwrap_or(0);
        let full = Self {
            name: widest(|row| row.name.len()),
            region: widest(|row| row.region.as_ref().map_or(0, String::len)),
            stacks: Stacks::Named,
            strip: widest(|row| strip_width(&row.stacks)),
            named: named(rows),
            focus: widest(|row| row.focus.len()),
            progress: widest(|row| row.progress.len()),
            doing: widest(|row| row.doing.len()),
            time: widest(
                |row| if row.time.is_empty() { 0 } else { row.time.len().max(LEAST_TIME) },
            ),
        };
        let columns =
            |stacks, doing, focus, region| Self { stacks, doing, focus, region, ..full.clone() };
        let Self { doing, focus, region, .. } = full;
        let short = focus.min(LEAST_NAME);
        let ever_less = [
            columns(Stacks::Named, doing, focus, region),
            columns(Stacks::Named, 0, focus, region),
            columns(Stacks::Focused, doing, focus, region),
            columns(Stacks::Focused, 0, focus, region),
            columns(Stacks::Focused, 0, short, region),
            // Rows of one account differ by their Region only, so it outlives what marks say as well.
            columns(Stacks::Counted, 0, 0, region),
            columns(Stacks::Counted, 0, 0, region.min(LEAST_REGION)),
            columns(Stacks::Marked, 0, 0, region.min(LEAST_REGION)),
            Self { strip: 0, ..columns(Stacks::Marked, 0, 0, region.min(LEAST_REGION)) },
            Self { strip: 0, ..columns(Stacks::Marked, 0, 0, 0) },
        ];
        // Kept free while nothing is slow, so that nothing moves when something becomes it.
        let slow = if full.time > 0 { " slow".len() } else { 0 };
        let least = full.name.min(LEAST_NAME);
        let fits = |columns: &Self| columns.width_but_name() + slow + least <= width;
        let most = ever_less.iter().position(fits).unwrap_or(ever_less.len() - 1);
        let room = width.saturating_sub(ever_less[most].width_but_name() + slow);
        Self { name: full.name.min(room.max(1)), ..ever_less[most].clone() }
    }

    fn width_but_name(&self) -> usize {
        let stacks = match self.stacks {
            Stacks::Named => self.named.iter().map(|(_, width)| 2 + width).sum(),
            Stacks::Focused => gap(self.strip) + gap(self.focus),
            Stacks::Counted => gap(self.strip) + gap(self.progress),
            Stacks::Marked => gap(self.strip),
        };
        2 + gap(self.region) + stacks + gap(self.doing) + gap(self.time)
    }

    /// Returns a row in these columns.
    pub fn line(&self, row: &Row, theme: Theme) -> FrameLine {
        let mut line = FrameLine::default();
        line.push(row.mark.tone(), format!("{} ", row.mark.symbol(theme.symbols)));
        line.push(row.tone(), cut_middle(&row.name, self.name, theme));
        let mut column = 2 + self.name;
        line.fill_to(column);
        if self.region > 0 {
            let region = row.region.as_deref().unwrap_or_default();
            line.push(Tone::Faint, "  ");
            line.push(Tone::Faint, cut_middle(region, self.region, theme));
            column += gap(self.region);
            line.fill_to(column);
        }
        match self.stacks {
            Stacks::Named => self.push_named(&mut line, row, theme),
            Stacks::Focused => {
                self.push_marks(&mut line, row, theme);
                push_padded(&mut line, &cut_middle(&row.focus, self.focus, theme), self.focus);
            }
            Stacks::Counted => {
                self.push_marks(&mut line, row, theme);
                push_padded(&mut line, &row.progress, self.progress);
            }
            Stacks::Marked => self.push_marks(&mut line, row, theme),
        }
        if self.doing > 0 {
            let doing = format!("  {:width$}", row.doing, width = self.doing);
            line.push(doing_tone(row.mark), doing);
        }
        if self.time > 0 {
            line.push(Tone::Plain, "  ");
            line.push_right(Tone::Plain, &row.time, self.time);
        }
        if row.is_slow {
            line.push(Tone::Caution, " slow");
        }
        line
    }

    fn push_named(&self, line: &mut FrameLine, row: &Row, theme: Theme) {
        for (name, width) in &self.named {
            let end = line.width() + 2 + width;
            line.push(Tone::Plain, "  ");
            if let Some(cell) = row.stacks.iter().find(|cell| cell.name == *name) {
                line.push(cell.mark.tone(), cell.mark.symbol(theme.symbols).to_string());
                line.push(name_tone(cell.mark), format!(" {name}"));
                line.push(Tone::Plain, format!(" {}", cell.progress));
            }
            line.fill_to(end);
        }
    }

    fn push_marks(&self, line: &mut FrameLine, row: &Row, theme: Theme) {
        let end = line.width() + gap(self.strip);
        if self.strip > 0 {
            line.push(Tone::Plain, "  ");
            match row.stacks.len() > LONGEST_STRIP {
                true => line.push(Tone::Plain, tally(&row.stacks)),
                false => {
                    for cell in &row.stacks {
                        line.push(cell.mark.tone(), cell.mark.symbol(theme.symbols).to_string());
                    }
                }
            }
        }
        line.fill_to(end);
    }
}

/// Adds text in a column of its own, if that has any width.
fn push_padded(line: &mut FrameLine, text: &str, width: usize) {
    let end = line.width() + gap(width);
    if width > 0 {
        line.push(Tone::Plain, format!("  {text}"));
    }
    line.fill_to(end);
}

/// Returns what a column takes with the gap in front of it; nothing if there is none.
fn gap(width: usize) -> usize {
    if width == 0 { 0 } else { 2 + width }
}

/// Returns every stack of the rows once, in the order in which they are first named, each with the
/// widest that its cell can become, so that columns do not move with what runs.
fn named(rows: &[&Row]) -> Vec<(String, usize)> {
    let mut named: Vec<(String, usize)> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.stacks) {
        let width = 2 + cell.name.len() + 1 + cell.widest_progress;
        match named.iter_mut().find(|(name, _)| *name == cell.name) {
            Some((_, widest)) => *widest = width.max(*widest),
            None => named.push((cell.name.clone(), width)),
        }
    }
    named
}

fn strip_width(stacks: &[Cell]) -> usize {
    if stacks.len() > LONGEST_STRIP { tally(stacks).len() } else { stacks.len() }
}

/// Returns how many stacks ended, of how many.
fn tally(stacks: &[Cell]) -> String {
    let is_open = |mark| matches!(mark, Mark::Waiting | Mark::Running | Mark::RollingBack);
    let ended = stacks.iter().filter(|cell| !is_open(cell.mark)).count();
    format!("{ended}/{}", stacks.len())
}

fn name_tone(mark: Mark) -> Tone {
    match mark {
        Mark::Running | Mark::RollingBack => Tone::Plain,
        Mark::Failed | Mark::RolledBack => Tone::Bad,
        Mark::Waiting | Mark::Done | Mark::Unchanged | Mark::Skipped => Tone::Faint,
    }
}

fn doing_tone(mark: Mark) -> Tone {
    match mark {
        Mark::Failed | Mark::RolledBack => Tone::Bad,
        Mark::RollingBack => Tone::Caution,
        Mark::Running => Tone::Plain,
        Mark::Waiting | Mark::Done | Mark::Unchanged | Mark::Skipped => Tone::Faint,
    }
}
