//! The bytes that draw a dashboard: whole frames, few of them, and not many bytes.

use std::num::NonZeroU16;

use super::{apply, fleet, heads};
use crate::support::tmux::{Manner, Pane};

const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";

/// Returns the bytes of a run at 80 by 24, and how many seconds it took.
fn recorded(accounts: usize, seconds: f64) -> Option<(String, f64)> {
    let pane = Pane::open(fleet(accounts), Manner::sized(80, 24))?;
    pane.record("sent");
    let begin = std::time::Instant::now();
    apply(&pane, seconds);
    pane.until("the end", |screen| screen.ends_with("\n$") && screen.contains("Applied"));
    let took = begin.elapsed().as_secs_f64();
    let read = || std::fs::read_to_string(pane.folder().join("sent")).unwrap_or_default();
    pane.until("the copy", |_| read().contains("Applied") && read().ends_with("$ "));
    Some((read(), took))
}

#[test]
fn frames_are_whole_and_few_and_small() {
    let Some((sent, took)) = recorded(300, 3.0) else { return };
    let mut screen = vt100::Parser::new(some(24), some(80), 0);
    let (mut frames, mut bytes, mut lines) = (0, 0, Vec::new());
    let (before, rest) = sent.split_once(BEGIN).expect("a first frame");
    screen.process(before.as_bytes());
    for part in rest.split(BEGIN) {
        let (frame, between) = part.split_once(END).expect("every frame has an end");
        screen.process(frame.as_bytes());
        let text = screen.screen().contents();
        lines.push(heads(&text, 300).len());
        screen.process(between.as_bytes());
        (frames, bytes) = (frames + 1, bytes + frame.len());
    }
    // The last frame wipes the dashboard, and every other shows it.
    assert_eq!(lines.pop(), Some(0));
    assert!(lines.iter().all(|&heads| heads == 1), "{lines:?}");
    assert!(frames as f64 <= 10.0 * took + 1.0, "{frames} frames in {took} s");
    let rate = bytes as f64 / took;
    assert!(rate < 20_000.0, "{rate} bytes a second");
    println!("{frames} frames in {took:.1} s, {rate:.0} bytes a second");
}

fn some(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has rows and columns")
}
