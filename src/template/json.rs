//! The JSON that CloudFormation reads: a comma behind the last item is no error to it.
//!
//! Source: what users of tools that read such templates report: CloudFormation takes them, their JSON readers
//! do not (cfn_nag, issue 203; cf-to-tf, pull request 7).

use serde::de::IgnoredAny;

/// Where a text is no JSON, in bytes, and why.
pub(super) struct JsonFault {
    pub at: usize,
    pub message: String,
}

/// Returns where a comma stands behind the last item of a list or an object.
///
/// # Errors
/// Where the text is no JSON for another reason.
pub(super) fn last_commas(text: &str) -> Result<Vec<usize>, JsonFault> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(text) else { return Ok(Vec::new()) };
    let commas = commas_before_an_end(text);
    let mut without = text.as_bytes().to_vec();
    commas.iter().for_each(|&at| without[at] = b' ');
    match serde_json::from_slice::<IgnoredAny>(&without) {
        Ok(_) => Ok(commas),
        Err(other) if !commas.is_empty() => Err(fault(text, &other)),
        Err(_) => Err(fault(text, &error)),
    }
}

fn fault(text: &str, error: &serde_json::Error) -> JsonFault {
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line_start: usize = lines_before.map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    JsonFault { at, message }
}

/// Returns the commas that stand before a `}` or a `]`, outside of strings.
fn commas_before_an_end(text: &str) -> Vec<usize> {
    let (mut commas, mut last_comma) = (Vec::new(), None);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if is_in_string {
            is_in_string = is_escaped || c != '"';
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        match c {
            ',' => last_comma = Some(at),
            '}' | ']' => commas.extend(last_comma.take()),
            c if c.is_ascii_whitespace() => {}
            c => {
                is_in_string = c == '"';
                last_comma = None;
            }
        }
    }
    commas
}
