//! Text that wants to be more than text, and the rule that what is shown obeys.

/// What a hostile account, template or person writes: at a line's start, within one, wrapped anywhere,
/// with marks that comparisons pass over, and in every way that ends a line or moves a cursor.
pub const HOSTILE: &str = "x\n::set-output name=a::b\r\n  ::stop-commands::t ##[add-path]/tmp ##vso[task.x]y \
    \u{1b}[31mred\u{1b}[2J\u{1b}]0;title\u{7} \u{202e}turned\u{2066} \u{200b}::warning::w #\u{200b}#[group]g \
    \u{2028}::notice::n \u{85}::notice::n \u{b}::notice::n\u{c} \u{e0041} </script><script>alert(1)</script> \
    \ttab ::notice::a wrapped ::notice::b anywhere ::notice::c where ::notice::d it ::notice::e may ::notice::f \
    be ::notice::g put ::notice::h";

/// The same from its first character on, whose second line wants to be a row of its own.
pub const AT_ONCE: &str = "::error::x\nFORGED row\r::warning::y ##[add-path]/tmp \u{1b}[31mred \u{202e}turned \
    \u{2028}::notice::n ::notice::a wrapped ::notice::b anywhere ::notice::c where ::notice::d it ::notice::e may";

/// Checks a text as [`faults`] does.
#[track_caller]
pub fn check(place: &str, text: &str) {
    let faults = faults(text);
    assert!(faults.is_empty(), "{place} holds {faults:#?}:\n{text}");
}

/// Returns what in a text gives a command, as GitHub's runner and others read it, but for commands of our
/// own, what in it moves a terminal, and which rows are forged.
pub fn faults(text: &str) -> Vec<String> {
    let is_stray = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    let shown: String = text.chars().filter(|c| !is_stray(*c)).collect();
    let mut faults = Vec::new();
    for line in shown.lines() {
        let is_ours =
            ["::group::", "::endgroup::", "::error title="].iter().any(|own| line.starts_with(own));
        let is_command = (!is_ours && line.trim_start().starts_with("::"))
            || line.contains("##[")
            || line.contains("##vso[");
        if is_command {
            faults.push(format!("a command: {line}"));
        }
        if line.starts_with("FORGED") {
            faults.push(format!("a forged row: {line}"));
        }
    }
    let stray: String = text.chars().filter(|c| is_stray(*c)).collect();
    if !stray.is_empty() {
        faults.push(format!("stray characters: {stray:?}"));
    }
    faults
}
