//! The keys that a person presses while a dashboard stands, read one by one.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use tokio::sync::mpsc;

use crate::report::dashboard::PressedKey;

/// How long a key is waited for before it is looked whether anybody still wants one.
const PATIENCE: Duration = Duration::from_millis(100);

/// The byte of the Escape key, and of what terminals send for keys that have no character.
const ESCAPE: char = '\u{1b}';

/// What reads keys while the terminal hands them over one by one.
#[derive(Clone, Debug, Default)]
pub struct KeyReader {
    is_ready: Arc<AtomicBool>,
}

impl KeyReader {
    /// Returns one if somebody is there to press keys.
    pub fn of_terminal() -> Option<Self> {
        io::stdin().is_terminal().then(Self::default)
    }

    /// Returns what has the terminal hand over keys one by one, unseen (`true`), and lines again (`false`). Ctrl-C and
    /// Ctrl-Z stay what they are.
    pub fn keeper_of_lines(&self) -> impl FnMut(bool) + use<> {
        let is_ready = self.is_ready.clone();
        let mut before: Option<Termios> = None;
        move |is_wanted| {
            is_ready.store(false, Ordering::Relaxed);
            let stdin = io::stdin();
            // What cannot be set is left: then no key is heeded.
            let Ok(mut settings) = tcgetattr(&stdin) else { return };
            match (is_wanted, before.take()) {
                (true, _) => {
                    let lines = settings.clone();
                    settings.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
                    settings.special_codes[SpecialCodeIndex::VMIN] = 0;
                    settings.special_codes[SpecialCodeIndex::VTIME] = 0;
                    if tcsetattr(&stdin, OptionalActions::Now, &settings).is_ok() {
                        before = Some(lines);
                        is_ready.store(true, Ordering::Relaxed);
                    }
                }
                (false, Some(lines)) => {
                    let of_lines = LocalModes::ICANON | LocalModes::ECHO;
                    settings.local_modes.remove(of_lines);
                    settings.local_modes.insert(lines.local_modes & of_lines);
                    for code in [SpecialCodeIndex::VMIN, SpecialCodeIndex::VTIME] {
                        settings.special_codes[code] = lines.special_codes[code];
                    }
                    let _ = tcsetattr(&stdin, OptionalActions::Now, &settings);
                }
                (false, None) => {}
            }
        }
    }

    /// Reads keys from now on, for as long as somebody wants them.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<PressedKey> {
        let reader = self.clone();
        let (pressed, keys) = mpsc::unbounded_channel();
        // A thread of its own, as reading blocks: it ends with the program at the latest.
        std::thread::spawn(move || {
            while !pressed.is_closed() {
                let Some(bytes) = reader.read() else { return };
                // Who listened is gone.
                for key in keys_of(&bytes) {
                    let _ = pressed.send(key);
                }
            }
        });
        keys
    }

    /// Returns what was pressed within a moment; nothing once the terminal is gone.
    fn read(&self) -> Option<Vec<u8>> {
        let stdin = io::stdin();
        let patience = Timespec { tv_sec: 0, tv_nsec: PATIENCE.subsec_nanos().into() };
        let mut wanted = [PollFd::new(&stdin, PollFlags::IN)];
        let is_pressed = poll(&mut wanted, Some(&patience)).is_ok_and(|ready| ready > 0);
        // Whoever reads in the background is stopped, and what is typed there is not for us.
        let is_ours = tcgetpgrp(&stdin).map_or(true, |foreground| foreground == getpgrp());
        if !is_pressed || !is_ours || !self.is_ready.load(Ordering::Relaxed) {
            if is_pressed {
                std::thread::sleep(PATIENCE);
            }
            return Some(Vec::new());
        }
        let is_gone = wanted[0].revents().intersects(PollFlags::HUP | PollFlags::ERR);
        let mut bytes = [0; 256];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(0) if is_gone => None,
            Ok(count) => Some(bytes[..count].to_vec()),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Some(Vec::new()),
            Err(_) => None,
        }
    }
}

/// Returns the keys that these bytes are; those that have no character are passed over.
fn keys_of(bytes: &[u8]) -> Vec<PressedKey> {
    let text = String::from_utf8_lossy(bytes);
    let mut characters = text.chars().peekable();
    let mut keys = Vec::new();
    while let Some(character) = characters.next() {
        match character {
            '\r' | '\n' => keys.push(PressedKey::Enter),
            '\u{7f}' | '\u{8}' => keys.push(PressedKey::Backspace),
            // An arrow, say: `ESC [ A`, `ESC O A`, `ESC [ 3 ~`.
            ESCAPE if matches!(characters.peek(), Some('[' | 'O')) => {
                characters.next();
                let _ = characters.find(|end| ('@'..='~').contains(end));
            }
            ESCAPE => keys.push(PressedKey::Escape),
            char::REPLACEMENT_CHARACTER => {}
            control if control.is_control() => {}
            character => keys.push(PressedKey::Character(character)),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_told_and_those_without_a_character_are_passed_over() {
        let of = |text: &str| keys_of(text.as_bytes());
        assert_eq!(of("pü"), [PressedKey::Character('p'), PressedKey::Character('ü')]);
        assert_eq!(
            of("\r\n\u{7f}\u{8}"),
            [PressedKey::Enter, PressedKey::Enter, PressedKey::Backspace, PressedKey::Backspace]
        );
        assert_eq!(of("\u{1b}"), [PressedKey::Escape]);
        for arrow in ["\u{1b}[A", "\u{1b}OB", "\u{1b}[3~", "\u{1b}[1;5C", "\t\0"] {
            assert_eq!(
                of(&format!("{arrow}q")).last(),
                Some(&PressedKey::Character('q')),
                "{arrow:?}"
            );
            assert!(of(arrow).is_empty(), "{arrow:?}");
        }
        assert_eq!(keys_of(b"\xffp"), [PressedKey::Character('p')]);
    }
}
