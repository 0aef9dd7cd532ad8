//! Values that never appear: those of `NoEcho` parameters, wherever AWS or a template repeats them.
//!
//! A value is found however it is spelled: as JSON, XML or an address escape it, in base64, with its
//! lines joined, or cut short at a text's end. A value that is a mere word, such as `value`, is hidden
//! where data of users stands, and stays where AWS may have said it.

mod base64;
mod drift;
mod mask;
mod outputs;
mod preview;
mod search;
mod spelling;
mod unknown;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value as Json;

use self::mask::MASK;
use self::search::Search;
use self::unknown::UnknownSecrets;
pub(super) use self::unknown::unknown_parameters;
use super::past_run::PastRun;
use crate::event::{EventKind, Failure};
use crate::name::InstanceId;
use crate::plan::{Plan, PlannedValue, StackInstance};

/// A shorter value hides nothing and would black out half of every sentence.
const LEAST_LENGTH: usize = 4;
/// A shorter line of a value of several lines is not looked for by itself.
const LEAST_LINE: usize = 8;
/// The longest that a word of a language may be: letters alone that are more are no word.
const MOST_OF_WORD: usize = 14;
/// The longest number that may be one of AWS's own: a port, a limit, a year.
const MOST_OF_NUMBER: usize = 5;
/// The secret values that a run has sent or is about to.
#[derive(Default)]
pub(super) struct SecretValues {
    known: BTreeSet<String>,
    search: Search,
    unknown: UnknownSecrets,
}

/// Who wrote a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// AWS, around what users gave it.
    Aws,
    /// Users alone: the value of an output.
    Users,
}

impl SecretValues {
    /// Returns the secret values that stand in a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut secrets = Self::default();
        for desired in plan.instances.iter().filter_map(StackInstance::desired) {
            let given = desired.secrets().filter_map(PlannedValue::as_text);
            given.for_each(|value| secrets.keep(&value));
            desired.secret_defaults().for_each(|default| secrets.keep(default));
        }
        secrets
    }

    /// Returns the secret values that stand in the plan of a run, which withholds what may repeat one that is not known:
    /// of a run that only puts back whatever the plan does not know, as it sends none.
    pub fn of_run(plan: &Plan, only_goes_back: bool) -> Self {
        let unknown = match only_goes_back {
            true => UnknownSecrets::of_rollback(plan),
            false => UnknownSecrets::of_forward_run(plan),
        };
        Self { unknown, ..Self::of(plan) }
    }

    /// Returns the same for a run that is resumed, which has sent something for some stack instances; `unchanged` are the
    /// files that are as they were then.
    pub fn after(mut self, plan: &Plan, past: &PastRun, unchanged: &BTreeSet<PathBuf>) -> Self {
        let touched = past.touched().map(|(instance, _)| instance).collect();
        self.unknown.sent_before(plan, &touched, unchanged);
        self
    }

    /// Returns the names of the parameters of a stack instance whose secret is not known.
    pub fn unknown_of(&self, instance: &InstanceId) -> BTreeSet<String> {
        self.unknown.parameters(instance)
    }

    /// Takes in that what AWS keeps for a stack instance is known.
    pub fn learn(&mut self, instance: &InstanceId) {
        self.unknown.learn(instance);
    }

    /// Takes in one more, and what a JSON document holds.
    pub fn keep(&mut self, value: &str) {
        let value = value.trim();
        if value.chars().count() < LEAST_LENGTH || !self.known.insert(value.to_owned()) {
            return;
        }
        if value.starts_with(['{', '[']) {
            serde_json::from_str(value).iter().for_each(|json| self.keep_members(json));
        }
        self.search.add(value, is_word(value));
        if value.contains(['\n', '\r']) {
            let lines = value.lines().map(str::trim);
            self.search.add(&lines.clone().collect::<String>(), false);
            for line in lines.filter(|line| line.chars().count() >= LEAST_LINE) {
                self.search.add(line, is_word(line));
            }
        }
        // CloudFormation answers `?` for what is outside ASCII; of a value without a letter in ASCII nothing is
        // left to hide then.
        let answered: String = value.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        if answered != value && answered.contains(|c: char| c.is_ascii_alphanumeric()) {
            self.keep(&answered);
        }
    }

    fn keep_members(&mut self, json: &Json) {
        match json {
            Json::String(text) => self.keep(text),
            Json::Number(number) => self.keep(&number.to_string()),
            Json::Array(items) => items.iter().for_each(|item| self.keep_members(item)),
            Json::Object(members) => members.values().for_each(|it| self.keep_members(it)),
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// Hides the secrets in everything that AWS or a template had a say in.
    pub fn hide_in(&self, kind: &mut EventKind) {
        self.unknown.withhold_in(kind);
        if self.search.is_empty() {
            return;
        }
        match kind {
            EventKind::AccountRefused { failure, .. } => self.hide_in_failure(failure),
            EventKind::StackChanged { reason, .. } | EventKind::ResourceChanged { reason, .. } => {
                *reason = reason.take().map(|reason| self.hide(reason));
            }
            // A program that gives credentials may say anything.
            EventKind::LoginEnded { reason, .. } | EventKind::StackUnseen { reason, .. } => {
                *reason = self.hide(std::mem::take(reason));
            }
            EventKind::InstanceFinished { end } => {
                end.outputs = self.hidden(std::mem::take(&mut end.outputs));
                end.failure.iter_mut().for_each(|failure| self.hide_in_failure(failure));
                end.preview.iter_mut().for_each(|preview| self.hide_in_preview(preview));
            }
            EventKind::RunStarted { .. }
            | EventKind::AccountEntered { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::LoginRenewed { .. }
            | EventKind::InstanceStarted { .. }
            | EventKind::ValueRead { .. }
            | EventKind::RunResumed { .. }
            | EventKind::RollbackStarted { .. }
            | EventKind::RollbackPostponed { .. }
            | EventKind::ActionIntended { .. }
            | EventKind::ActionStarted { .. }
            | EventKind::PrecedentTimed { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. }
            | EventKind::GateReached { .. }
            | EventKind::GateOpened { .. }
            | EventKind::RunFinished { refusal: None, .. } => {}
            EventKind::RunFinished { refusal: Some(refusal), .. } => {
                refusal.message = self.hide(std::mem::take(&mut refusal.message));
            }
        }
    }

    /// Whether a text holds what stands in the place of a secret.
    pub fn is_masked(text: &str) -> bool {
        text.contains(MASK)
    }

    fn hide_in_failure(&self, failure: &mut Failure) {
        failure.message = self.hide(std::mem::take(&mut failure.message));
        failure.help = failure.help.take().map(|help| self.hide(help));
        for finding in &mut failure.findings {
            finding.message = self.hide(std::mem::take(&mut finding.message));
        }
    }

    fn hide(&self, text: String) -> String {
        self.hide_in_text(text, Of::Aws)
    }

    fn hide_in_text(&self, text: String, of: Of) -> String {
        if self.search.is_empty() {
            return text;
        }
        let text = self.without_base64(text);
        let (mut shown, mut kept) = (String::new(), 0);
        let mut at = 0;
        while at < text.len() {
            match self.end_of_secret(&text, at, of) {
                Some(end) => {
                    shown.push_str(&text[kept..at]);
                    shown.push_str(MASK);
                    (at, kept) = (end, end);
                }
                None => at = text.ceil_char_boundary(at + 1),
            }
        }
        if kept == 0 { text } else { shown + &text[kept..] }
    }

    /// Returns where the longest secret ends that stands at a place, if one does.
    fn end_of_secret(&self, text: &str, at: usize, of: Of) -> Option<usize> {
        let found = self.search.at(text, at);
        let is_secret = |end, is_word: bool| !is_word || is_of_users(text, at..end, of);
        found.iter().rev().find(|found| is_secret(found.end, found.is_word)).map(|found| found.end)
    }

    /// Returns a text without the groups of base64 that hold a secret.
    fn without_base64(&self, mut text: String) -> String {
        let mut hidden = Vec::new();
        for run in base64::decoded(&text) {
            let places = 0..run.text.len();
            for at in places.filter(|at| run.text.is_char_boundary(*at)) {
                if let Some(end) = self.end_of_secret(&run.text, at, Of::Users) {
                    hidden.push(run.place(at..end));
                }
            }
        }
        hidden.sort_by_key(|place| (place.start, place.end));
        let mut whole: Vec<std::ops::Range<usize>> = Vec::new();
        for place in hidden {
            match whole.last_mut() {
                Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
                _ => whole.push(place),
            }
        }
        whole.into_iter().rev().for_each(|place| text.replace_range(place, MASK));
        text
    }
}

/// Whether a value may as well be a word or a number of AWS's own.
fn is_word(value: &str) -> bool {
    let letters = value.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(value);
    let is_one_case = letters.bytes().all(|byte| byte.is_ascii_lowercase())
        || value.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    (is_one_case && value.len() <= MOST_OF_WORD) || (is_number && value.len() <= MOST_OF_NUMBER)
}

/// Whether a word stands by itself where users' data stands: quoted, in brackets, behind `=`, or alone.
fn is_of_users(text: &str, place: std::ops::Range<usize>, of: Of) -> bool {
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let (last, next) = (before.chars().next_back(), after.chars().next());
    if [last, next].into_iter().flatten().any(char::is_alphanumeric) {
        return false;
    }
    let is_quoted = last.is_none_or(|c| "'\"`([{<=;:,/|".contains(c))
        && next.is_none_or(|c| "'\"`)]}>&\\;,/|".contains(c));
    let is_behind_sign = last == Some('=');
    // AWS lists what it was given in square brackets.
    let is_listed = before.rfind('[') > before.rfind(']');
    of == Of::Users || is_quoted || is_behind_sign || is_listed
}

#[cfg(test)]
mod tests;
