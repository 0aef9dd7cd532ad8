//! The fault schedule of one sandbox, asked at each call and at each step of a resource.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::body::BodyFault;
use super::history::{StackHistory, StacksByArn};
use super::kind::{DriftKind, FaultKind};
use super::rule::{FaultRule, ScheduledRule};
use super::target::{TargetCall, TargetHandlerCall, TargetStep};
use crate::name::AccountId;

/// How far AWS lets the clock of a request be from its own.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);

/// What goes wrong in one sandbox, and what went wrong so far. Clones share both.
#[derive(Clone, Debug, Default)]
pub struct FaultSchedule(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<ScheduledRule>,
    started: Option<Timestamp>,
    first_calls: BTreeMap<String, Timestamp>,
    history: StackHistory,
}

/// What becomes of one call.
#[derive(Clone, Debug, PartialEq)]
pub enum InjectedFault {
    /// Its connection ends before it is seen.
    Reset,
    /// Its host's name leads nowhere.
    NoSuchHost,
    /// It is carried out, and its connection ends.
    LostReply,
    /// It is carried out, and its reply does not come as it should.
    FaultyBody(BodyFault),
    /// It is never answered.
    Hanging,
    /// It is seen this much later.
    Delayed(Duration),
    /// It gets another answer than it should.
    Answer(AnswerFault),
}

/// The answer that a call gets in place of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerFault {
    /// This HTTP status, in AWS's form.
    Error(u16),
    /// A refusal for coming too fast.
    Throttled,
    /// A refusal for want of permission.
    Denied,
    /// A refusal of its keys as expired.
    Expired,
    /// A refusal of its keys as unknown.
    Unknown,
    /// It is judged, and its answer dated, by another clock, on which it may be too old or too new.
    OtherClock {
        /// The time on that clock.
        now: Timestamp,
        /// When it was signed, if that is too far away.
        refused: Option<Timestamp>,
    },
    /// It is carried out, and a page comes in place of its reply.
    Garbled,
    /// The first page of a list, as one that a further one follows.
    RepeatedToken,
    /// A page of something in between, with this HTTP status.
    Html(u16),
    /// The state of this long ago.
    StaleRead(Duration),
    /// It is carried out, and the ARNs in its answer name another account.
    ForeignAnswer,
    /// The session it asks for is opened in this account.
    Elsewhere(AccountId),
}

impl FaultSchedule {
    /// Returns faults that happen together; for each call the first that is due counts.
    pub fn new(faults: impl IntoIterator<Item = FaultRule>) -> Self {
        let rules = faults.into_iter().map(ScheduledRule::new).collect();
        Self(Arc::new(Mutex::new(State { rules, ..State::default() })))
    }

    /// Adds a fault to those of a sandbox that runs.
    pub fn add(&self, fault: FaultRule) {
        self.state().rules.push(ScheduledRule::new(fault));
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// Whether nothing goes wrong at all.
    pub fn is_none(&self) -> bool {
        self.state().rules.is_empty()
    }

    /// Returns each fault as it was written, and how often it came to pass.
    pub fn hits(&self) -> Vec<(String, u32)> {
        let state = self.state();
        state.rules.iter().map(|rule| (rule.fault.to_string(), rule.hits())).collect()
    }

    /// Begins to count time, unless that was begun before.
    pub(in crate::sandbox) fn start(&self, now: Timestamp) {
        self.state().started.get_or_insert(now);
    }

    /// Returns what becomes of a call that arrives at `now`.
    pub(in crate::sandbox) fn on_call(
        &self,
        call: &TargetCall,
        now: Timestamp,
    ) -> Option<InjectedFault> {
        let mut state = self.state();
        let since = state.since_start(now);
        let State { rules, first_calls, .. } = &mut *state;
        if rules.is_empty() {
            return None;
        }
        let first_call = *first_calls.entry(call.key.clone()).or_insert(now);
        rules.iter_mut().filter(|rule| rule.is_for_call(call, since)).find_map(|rule| {
            let is_over = |after: Duration| now.duration_since(first_call).unsigned_abs() >= after;
            // Keys that are good yet do not count.
            if matches!(rule.fault.kind, FaultKind::Expire(after) if !is_over(after)) {
                return None;
            }
            if rule.hits_call(call) { injected(&rule.fault.kind, call, now) } else { None }
        })
    }

    /// Returns the fault that lets a step of a resource fail at `at`, as it was written.
    pub(in crate::sandbox) fn failure(
        &self,
        step: &TargetStep<'_>,
        at: Timestamp,
    ) -> Option<String> {
        let mut state = self.state();
        let since = state.since_start(at);
        state.rules.iter_mut().find_map(|rule| {
            let is_hit =
                matches!(rule.fault.kind, FaultKind::Fail(_)) && rule.hits_step(step, since);
            is_hit.then(|| rule.fault.to_string())
        })
    }

    /// Returns what became of a resource behind its stack's back, if a fault says so.
    pub(in crate::sandbox) fn drift(
        &self,
        resource: &TargetStep<'_>,
        at: Timestamp,
    ) -> Option<DriftKind> {
        let mut state = self.state();
        let since = state.since_start(at);
        state.rules.iter_mut().find_map(|rule| {
            let FaultKind::Drift(kind) = rule.fault.kind else { return None };
            rule.hits_step(resource, since).then_some(kind)
        })
    }

    /// Whether a call is refused that CloudFormation makes for a resource at `at`.
    pub(in crate::sandbox) fn denies_handler(
        &self,
        call: &TargetHandlerCall<'_>,
        at: Timestamp,
    ) -> bool {
        let mut state = self.state();
        let since = state.since_start(at);
        state.rules.iter_mut().any(|rule| rule.hits_handler(call, since))
    }

    /// Returns how much longer a step of a resource takes that begins at `at`.
    pub(in crate::sandbox) fn delay(&self, step: &TargetStep<'_>, at: Timestamp) -> Duration {
        let mut state = self.state();
        let since = state.since_start(at);
        let delay = |rule: &mut ScheduledRule| {
            let FaultKind::Stall(by) = rule.fault.kind else { return None };
            rule.hits_step(step, since).then_some(by)
        };
        state.rules.iter_mut().filter_map(delay).sum()
    }

    /// Remembers how an account's stacks stand, if a read may be behind.
    pub(in crate::sandbox) fn remember(
        &self,
        account: &AccountId,
        stacks: &StacksByArn,
        now: Timestamp,
    ) {
        let mut state = self.state();
        let ages = state.rules.iter().filter_map(|rule| match rule.fault.kind {
            FaultKind::Stale(by) => Some(by),
            _ => None,
        });
        if let Some(reach) = ages.max() {
            state.history.remember(account, stacks, now, reach);
        }
    }

    /// Returns how an account's stacks stood a while ago.
    pub(in crate::sandbox) fn before(
        &self,
        account: &AccountId,
        ago: Duration,
        now: Timestamp,
    ) -> Option<StacksByArn> {
        self.state().history.before(account, ago, now).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn since_start(&mut self, now: Timestamp) -> Duration {
        let started = *self.started.get_or_insert(now);
        Duration::try_from(now.duration_since(started)).unwrap_or_default()
    }
}

/// Returns what becomes of a call that is hit.
fn injected(kind: &FaultKind, call: &TargetCall, now: Timestamp) -> Option<InjectedFault> {
    let answer = |fault| Some(InjectedFault::Answer(fault));
    match *kind {
        FaultKind::Error(status) => answer(AnswerFault::Error(status)),
        FaultKind::Throttle => answer(AnswerFault::Throttled),
        FaultKind::Deny | FaultKind::NoEntry => answer(AnswerFault::Denied),
        FaultKind::Expire(_) => answer(AnswerFault::Expired),
        FaultKind::NotEnabled => answer(AnswerFault::Unknown),
        FaultKind::Skew(by) => {
            let theirs = now.saturating_add(by).unwrap_or(now);
            let is_refused =
                |signed: &Timestamp| theirs.duration_since(*signed).abs() > CLOCKS_APART;
            let refused = call.signed.filter(is_refused);
            answer(AnswerFault::OtherClock { now: theirs, refused })
        }
        FaultKind::Garble => answer(AnswerFault::Garbled),
        FaultKind::RepeatToken => answer(AnswerFault::RepeatedToken),
        FaultKind::Html(status) => answer(AnswerFault::Html(status)),
        FaultKind::Stale(by) => answer(AnswerFault::StaleRead(by)),
        FaultKind::Foreign => answer(AnswerFault::ForeignAnswer),
        FaultKind::Elsewhere(ref account) => answer(AnswerFault::Elsewhere(account.clone())),
        FaultKind::Reset => Some(InjectedFault::Reset),
        FaultKind::Dns => Some(InjectedFault::NoSuchHost),
        FaultKind::LoseReply => Some(InjectedFault::LostReply),
        FaultKind::Truncate => Some(InjectedFault::FaultyBody(BodyFault::Truncated)),
        FaultKind::StallBody => Some(InjectedFault::FaultyBody(BodyFault::Stalled)),
        FaultKind::Drip => Some(InjectedFault::FaultyBody(BodyFault::Dripping)),
        FaultKind::Huge => Some(InjectedFault::FaultyBody(BodyFault::Endless)),
        FaultKind::Hang => Some(InjectedFault::Hanging),
        FaultKind::Slow(by) => Some(InjectedFault::Delayed(by)),
        FaultKind::Fail(_) | FaultKind::Stall(_) | FaultKind::Drift(_) => None,
    }
}
