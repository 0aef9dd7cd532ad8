//! A rehearsal, which is fault injection in the sandbox: which accounts its faults befall, in the words of
//! the files.
//!
//! The sandbox knows ids only. Names of accounts, and waves, are those of the plan.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::arguments::ProgressMode;
use super::error::CommandError;
use super::print;
use crate::document::did_you_mean;
use crate::foreign;
use crate::name::AccountId;
use crate::plan::{Plan, TargetAccount};
use crate::sandbox::{FaultKind, FaultRule, FaultSchedule};

/// The faults of every sandbox that this process opened.
static SCHEDULES: Mutex<Vec<FaultSchedule>> = Mutex::new(Vec::new());

/// Whether people were told of them.
static IS_ANNOUNCED: AtomicBool = AtomicBool::new(false);

/// Says that this is a rehearsal, and with what, unless nothing goes wrong on purpose or stderr is
/// for programs.
pub fn announce(faults: &[FaultRule], progress: ProgressMode) {
    if faults.is_empty() || !progress.is_for_people() {
        return;
    }
    IS_ANNOUNCED.store(true, Ordering::Relaxed);
    print::note("a rehearsal in the embedded sandbox: nothing reaches AWS");
    for fault in faults {
        print::note(&format!("  fault {fault}"));
    }
}

/// Returns the faults of a sandbox that stands in for the cloud of a plan.
///
/// # Errors
/// When one names an account or a wave that the plan has not.
pub fn faults(faults: &[FaultRule], plan: &Plan) -> Result<FaultSchedule, CommandError> {
    let schedule = all(faults, |fault| settled(fault, &plan.accounts))?;
    SCHEDULES.lock().unwrap_or_else(PoisonError::into_inner).push(schedule.clone());
    Ok(schedule)
}

/// Says of each announced fault that never came to pass what it was: it may name what no call and no stack has.
pub fn tell_what_never_happened() {
    if !IS_ANNOUNCED.load(Ordering::Relaxed) {
        return;
    }
    // Several sandboxes of one command have the same faults.
    let mut hits: BTreeMap<String, u32> = BTreeMap::new();
    for schedule in &*SCHEDULES.lock().unwrap_or_else(PoisonError::into_inner) {
        for (fault, count) in schedule.hits() {
            *hits.entry(fault).or_default() += count;
        }
    }
    for fault in hits.into_iter().filter_map(|(fault, count)| (count == 0).then_some(fault)) {
        print::note_line(&format!(
            "fault {fault} never came to pass: nothing that it fits was met"
        ));
    }
}

/// Returns the faults of a sandbox that is served on loopback, with the plan of its files if it
/// was given any.
///
/// # Errors
/// As [`faults`], and when one cannot be had on loopback.
pub fn served(faults: &[FaultRule], plan: Option<&Plan>) -> Result<FaultSchedule, CommandError> {
    all(faults, |fault| match (&fault.kind, plan) {
        (FaultKind::Dns, _) => {
            Err("a name that leads nowhere is not a server's to say; use `reset`".to_owned())
        }
        (_, Some(plan)) => settled(fault, &plan.accounts),
        (_, None) if fault.wave().is_some() => {
            Err("which accounts are a wave is told by a file: give one as well".to_owned())
        }
        (_, None) => settled(fault, &[]),
    })
}

fn all(
    faults: &[FaultRule],
    settle: impl Fn(&FaultRule) -> Result<FaultRule, String>,
) -> Result<FaultSchedule, CommandError> {
    let settled = faults.iter().map(|fault| {
        settle(fault)
            .map_err(|what| CommandError::usage(foreign::line(&format!("fault `{fault}`: {what}"))))
    });
    settled.collect::<Result<Vec<FaultRule>, CommandError>>().map(FaultSchedule::new)
}

/// Returns a fault in the accounts it means, by name, id or wave.
fn settled(fault: &FaultRule, accounts: &[TargetAccount]) -> Result<FaultRule, String> {
    let is_in_wave =
        |account: &&TargetAccount| fault.wave().is_none_or(|wave| account.wave + 1 == wave);
    let mut of_wave = accounts.iter().filter(is_in_wave).peekable();
    if let (Some(wave), None) = (fault.wave(), of_wave.peek()) {
        let last = accounts.iter().map(|account| account.wave + 1).max().unwrap_or_default();
        return Err(format!("there is no wave {wave}; the last is {last}"));
    }
    let Some(pattern) = fault.account() else {
        return Ok(match fault.wave() {
            Some(_) => {
                fault.clone().in_accounts(of_wave.map(|account| account.id.clone()).collect())
            }
            None => fault.clone(),
        });
    };
    let found: Vec<AccountId> = of_wave
        .filter(|account| fits(pattern, account))
        .map(|account| account.id.clone())
        .collect();
    let is_id = pattern.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '?'));
    match (found.is_empty(), fault.wave()) {
        (false, _) => Ok(fault.clone().in_accounts(found)),
        // The source account and others that the files only speak of.
        (true, None) if is_id => Ok(fault.clone()),
        (true, Some(wave)) => Err(format!("wave {wave} has no account `{pattern}`")),
        (true, None) => {
            let names = accounts.iter().map(|account| account.name.as_str());
            let help = did_you_mean(pattern, names)
                .unwrap_or_else(|| "give its name in the file, or its id".to_owned());
            Err(format!("there is no account `{pattern}`; {help}"))
        }
    }
}

fn fits(pattern: &str, account: &TargetAccount) -> bool {
    let glob = globset::Glob::new(pattern).map(|glob| glob.compile_matcher());
    glob.is_ok_and(|glob| {
        glob.is_match(account.name.as_str()) || glob.is_match(account.id.as_str())
    })
}
