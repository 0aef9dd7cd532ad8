//! The terminal that stderr is: whether and how a dashboard can be drawn on it.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};

use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

use crate::report::dashboard::{Size, Symbols};

/// The smallest terminal on which a dashboard says more than lines do.
const SMALLEST: Size = Size { columns: 20, rows: 4 };

/// Whether a dashboard can be drawn on stderr.
pub fn can_draw() -> bool {
    stderr().is_terminal() && !is_dumb() && size().is_some_and(is_large_enough)
}

/// Whether the terminal can do no more than print lines, or nobody says what it can do.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Returns the size of the terminal; nothing where it does not tell, or while it belongs to another
/// program: what is drawn from the background falls into what somebody is typing.
pub fn size_if_ours() -> Option<Size> {
    // A terminal that controls no jobs has no foreground, and nobody else's.
    let is_ours = tcgetpgrp(stderr()).map_or(true, |foreground| foreground == getpgrp());
    size().filter(|_| is_ours)
}

/// Returns the characters that the locale says the terminal can show.
pub fn symbols() -> Symbols {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    // The first one that is set decides (POSIX, Environment Variables, 8.2).
    let deciding = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(is_set);
    symbols_of(deciding.and_then(std::env::var_os), std::env::var_os("TERM"))
}

/// Returns what keeps the terminal from throwing away, at Ctrl-C and Ctrl-Z, what was written and has not reached the
/// screen yet: half a frame would stay there for good. `true` begins it and `false` ends it.
///
/// Source: POSIX, General Terminal Interface, `NOFLSH`.
pub fn keeper_of_output() -> impl FnMut(bool) {
    let mut is_ours = false;
    move |is_wanted| {
        // What cannot be set is left: at worst a line of a dashboard stays.
        let Ok(mut settings) = tcgetattr(stderr()) else { return };
        let is_set = settings.local_modes.contains(LocalModes::NOFLSH);
        if is_wanted == is_set || (!is_wanted && !is_ours) {
            return;
        }
        settings.local_modes.set(LocalModes::NOFLSH, is_wanted);
        is_ours = is_wanted && tcsetattr(stderr(), OptionalActions::Now, &settings).is_ok();
        if !is_wanted {
            let _ = tcsetattr(stderr(), OptionalActions::Now, &settings);
        }
    }
}

fn size() -> Option<Size> {
    let size = tcgetwinsize(stderr()).ok()?;
    // A terminal whose size nobody set is 0 by 0.
    let is_known = size.ws_col > 0 && size.ws_row > 0;
    is_known.then(|| Size { columns: size.ws_col.into(), rows: size.ws_row.into() })
}

fn is_large_enough(size: Size) -> bool {
    size.columns >= SMALLEST.columns && size.rows >= SMALLEST.rows
}

fn symbols_of(locale: Option<OsString>, term: Option<OsString>) -> Symbols {
    let locale = locale.map(|locale| locale.to_string_lossy().to_lowercase()).unwrap_or_default();
    // The fonts of the Linux console hold 512 signs at most, and no check marks.
    let is_console = term.is_some_and(|term| term == "linux");
    match locale.contains("utf-8") || locale.contains("utf8") {
        true if !is_console => Symbols::Unicode,
        _ => Symbols::Ascii,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_utf_8_locale_on_a_terminal_with_fonts_has_marks_outside_of_ascii() {
        let of = |locale: Option<&str>, term: &str| {
            symbols_of(locale.map(OsString::from), Some(OsString::from(term)))
        };
        for locale in ["de_DE.UTF-8", "C.utf8", "en_GB.UTF-8@euro", "UTF-8"] {
            assert_eq!(of(Some(locale), "xterm-256color"), Symbols::Unicode, "{locale}");
            assert_eq!(of(Some(locale), "linux"), Symbols::Ascii, "{locale}");
        }
        for locale in [None, Some("C"), Some("POSIX"), Some("de_DE.ISO-8859-1"), Some("de_DE")] {
            assert_eq!(of(locale, "xterm"), Symbols::Ascii, "{locale:?}");
        }
    }

    #[test]
    fn a_tiny_terminal_gets_lines() {
        let is_fit = |columns, rows| is_large_enough(Size { columns, rows });
        assert!(is_fit(20, 4) && is_fit(200, 60));
        assert!(!is_fit(19, 24) && !is_fit(80, 3));
    }
}
