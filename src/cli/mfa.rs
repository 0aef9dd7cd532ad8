//! MFA: codes of the second factor, given with a flag, or asked for at the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use super::error::CommandError;
use super::{print, question};
use crate::foreign::one_line;
use crate::plan::Plan;

/// Returns a code for each MFA device that the plan's environments name, by its serial number.
///
/// # Errors
/// When one code is given for several devices, or what was given or typed is no code.
pub fn codes(plan: &Plan, given: Option<&str>) -> Result<BTreeMap<String, String>, CommandError> {
    let serials: BTreeSet<&String> = plan
        .environments
        .iter()
        .filter_map(|environment| environment.mfa_serial.as_ref())
        .collect();
    if given.is_some() && serials.is_empty() {
        print::note("note: --mfa-code is not used: no file names a device in `source.mfa-serial`");
    }
    if given.is_some() && serials.len() > 1 {
        let text = "--mfa-code is for one MFA device, but the files name several";
        return Err(CommandError::usage(text));
    }
    let mut codes = BTreeMap::new();
    for serial in serials {
        let code = match given {
            Some(code) => code.to_owned(),
            None if question::can_ask() => ask(serial),
            // The account that cannot be entered says what is missing.
            None => continue,
        };
        if !is_code(&code) {
            let text = "a code of an MFA device has 6 digits: nothing was touched";
            return Err(CommandError::usage(text));
        }
        codes.insert(serial.clone(), code);
    }
    Ok(codes)
}

fn ask(serial: &str) -> String {
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "Code of the MFA device {}: ", one_line(serial));
    let _ = stderr.flush();
    let mut line = String::new();
    // A line that cannot be read is an empty one: no code.
    let _ = std::io::stdin().lock().read_line(&mut line);
    line.trim().to_owned()
}

/// Source of the rule: the STS API reference, `GetSessionToken`, parameter `TokenCode`.
fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}
