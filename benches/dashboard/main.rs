//! What it costs to show a run of 2,000 accounts with five stacks each while it goes on.
//!
//! Everything is measured on one thread of this process: taking in an event, drawing a frame at the
//! worst moment (everything is told, every account is at work), and the forecast that is made once
//! a second. Nothing here passes or fails; `README.md` beside this folder keeps the figures.

mod fleet;

use std::hint::black_box;
use std::time::{Duration, Instant};

use fleet::Trouble;
use xdeploy::event::RunEvent;
use xdeploy::report::dashboard::{Size, Symbols, Theme, View, frame};
use xdeploy::report::{Forecast, Palette, RunState};

/// How often something is done; the median is shown.
const TIMES: usize = 201;
/// The most frames that are drawn in a second.
const FRAMES_A_SECOND: u32 = 10;

fn main() {
    for trouble in [Trouble::OneCause, Trouble::ACauseEach] {
        println!("{trouble:?}");
        measure(&fleet::events(trouble));
    }
}

fn measure(events: &[RunEvent]) {
    let mut state = RunState::default();
    let began = Instant::now();
    events.iter().for_each(|event| state.on(event));
    let fold = began.elapsed() / u32::try_from(events.len()).expect("so many fit");
    println!("{} accounts x {} stacks, {} events", fleet::ACCOUNTS, fleet::STACKS, events.len());
    println!("  {} causes of failures", state.failures.ranked().len());
    println!("  event    {fold:>10.1?}  to take in");

    let now = state.last_at.expect("the run began");
    let forecast = median(|| Forecast::of(&state, now));
    println!("  forecast {forecast:>10.1?}  once a second");
    let known = Forecast::of(&state, now);
    println!("           {:>10.1?}  left, it says", known.left(now).unwrap_or_default());
    for palette in [Palette::Plain, Palette::Color] {
        let look = Theme { palette, symbols: Symbols::Unicode };
        for (columns, rows) in [(40, 10), (80, 24), (120, 40), (200, 60)] {
            let size = Size { columns, rows };
            let drawn = median(|| frame(&state, &known, now, (size, look), &View::default()));
            let bytes: usize = frame(&state, &known, now, (size, look), &View::default())
                .iter()
                .map(String::len)
                .sum();
            let a_second = drawn * FRAMES_A_SECOND + forecast;
            let share = a_second.as_secs_f64() * 100.0;
            println!(
                "  frame    {drawn:>10.1?}  {columns}x{rows} {palette:?}, {bytes} bytes: \
                 {share:.2} % of a core at {FRAMES_A_SECOND} a second with the forecast"
            );
        }
    }
}

/// Returns how long something takes, in the median.
fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut took: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[TIMES / 2]
}
