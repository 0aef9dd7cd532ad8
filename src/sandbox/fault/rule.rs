//! Fault rules: what goes wrong, where, and how often.

use std::time::Duration;

use super::kind::FaultKind;
use super::random::SeededRandom;
use super::target::{TargetCall, TargetHandlerCall, TargetStep};
use crate::name::AccountId;
use crate::policy::matches;

/// What stands for the stack of a call that names none; no stack can be called so.
const NO_STACK: &str = "-";

/// One thing that goes wrong; [`str::parse`] reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// As it was written.
    pub(super) text: String,
    pub(super) account: Option<String>,
    pub(super) wave: Option<usize>,
    /// What `account` and `wave` come to, once somebody said so.
    pub(super) accounts: Option<Vec<AccountId>>,
    pub(super) region: Option<String>,
    pub(super) action: Option<String>,
    pub(super) stack: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) times: Option<u32>,
    pub(super) skip: u32,
    pub(super) probability: f64,
    pub(super) seed: u64,
    pub(super) after: Duration,
    pub(super) until: Option<Duration>,
}

impl FaultRule {
    /// Returns a fault that happens to everything, always.
    pub(super) fn everywhere(kind: FaultKind, text: &str) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            account: None,
            wave: None,
            accounts: None,
            region: None,
            action: None,
            stack: None,
            resource: None,
            times: None,
            skip: 0,
            probability: 1.0,
            seed: 0,
            after: Duration::ZERO,
            until: None,
        }
    }

    /// Returns the pattern of the accounts it happens in, as written.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Returns the wave it happens in, from 1; a sandbox knows of none, so that somebody who does must
    /// say which accounts are meant.
    pub fn wave(&self) -> Option<usize> {
        self.wave
    }

    /// Returns the fault, in these accounts only.
    pub fn in_accounts(self, accounts: Vec<AccountId>) -> Self {
        Self { accounts: Some(accounts), ..self }
    }

    fn is_in_account(&self, account: &str) -> bool {
        match &self.accounts {
            Some(accounts) => accounts.iter().any(|id| id.as_str() == account),
            None => self.wave.is_none() && fits(self.account.as_deref(), account),
        }
    }

    fn is_for_call(&self, call: &TargetCall) -> bool {
        let is_its_action = match (&self.kind, self.action.as_deref()) {
            (FaultKind::NoEntry | FaultKind::Elsewhere(_), _) => {
                call.full_action() == "sts:AssumeRole"
            }
            (FaultKind::Stale(_), _) if !call.is_look_at_stacks() => false,
            (_, Some(pattern)) if pattern.contains(':') => matches(pattern, &call.full_action()),
            (_, pattern) => fits(pattern, &call.action),
        };
        // Keys are those of who calls, also where it calls to enter another account; unless that call is asked for.
        let account = match &self.kind {
            FaultKind::Expire(_) if !self.is_of_entry() => &call.caller,
            _ => &call.account,
        };
        is_its_action
            && !self.kind.is_of_resources()
            && self.resource.is_none()
            && self.is_in_account(account)
            && fits(self.region.as_deref(), &call.region)
            && fits(self.stack.as_deref(), call.stack.as_deref().unwrap_or(NO_STACK))
    }

    /// Whether it names the call that enters an account.
    fn is_of_entry(&self) -> bool {
        matches!(self.action.as_deref(), Some("AssumeRole" | "sts:AssumeRole"))
    }

    /// Whether it refuses a call of CloudFormation's own: one of a service or a resource that it names.
    fn is_for_handler(&self, call: &TargetHandlerCall<'_>) -> bool {
        let (action, resource) = (self.action.as_deref(), self.resource.as_deref());
        let names_it = resource.is_some() || action.is_some_and(|pattern| pattern.contains(':'));
        let name = call.action.split(':').next_back().unwrap_or_default();
        let is_its_action = match action {
            Some(pattern) if pattern.contains(':') => matches(pattern, call.action),
            pattern => fits(pattern, name),
        };
        self.kind == FaultKind::Deny
            && names_it
            && is_its_action
            && self.is_in_account(call.account.as_str())
            && fits(self.region.as_deref(), call.region)
            && fits(self.stack.as_deref(), call.stack)
            && fits(resource, call.resource)
    }

    fn is_for_step(&self, step: &TargetStep<'_>) -> bool {
        let is_its_step = match &self.kind {
            FaultKind::Fail(steps) => steps.iter().any(|of_it| step.steps.contains(of_it)),
            kind => matches!(kind, FaultKind::Stall(_) | FaultKind::Drift(_)),
        };
        is_its_step
            && self.is_in_account(step.account.as_str())
            && fits(self.region.as_deref(), step.region)
            && fits(self.stack.as_deref(), step.stack)
            && fits(self.resource.as_deref(), step.resource)
    }
}

/// As it was written.
impl std::fmt::Display for FaultRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn fits(pattern: Option<&str>, text: &str) -> bool {
    pattern.is_none_or(|pattern| matches(pattern, text))
}

/// A fault, and how often it came to pass.
#[derive(Clone, Debug)]
pub struct ScheduledRule {
    pub fault: FaultRule,
    skipped: u32,
    hits: u32,
    random: SeededRandom,
}

impl ScheduledRule {
    /// Returns a fault that did not come to pass yet.
    pub fn new(fault: FaultRule) -> Self {
        Self { fault, skipped: 0, hits: 0, random: SeededRandom::default() }
    }

    /// Returns how often it came to pass.
    pub fn hits(&self) -> u32 {
        self.hits
    }

    /// Whether a call is one of its targets, `since` the start.
    pub fn is_for_call(&self, call: &TargetCall, since: Duration) -> bool {
        self.is_time(since) && self.fault.is_for_call(call)
    }

    /// Whether it comes to pass for this call, which counts.
    pub fn hits_call(&mut self, call: &TargetCall) -> bool {
        let stack = call.stack.as_deref().unwrap_or_default();
        self.hits_next(&format!("{}/{}/{stack}/{}", call.account, call.region, call.full_action()))
    }

    /// Whether it comes to pass for this step `since` the start, which counts if it is its step.
    pub fn hits_step(&mut self, step: &TargetStep<'_>, since: Duration) -> bool {
        let TargetStep { account, region, stack, resource, .. } = step;
        self.is_time(since)
            && self.fault.is_for_step(step)
            && self.hits_next(&format!("{account}/{region}/{stack}/{resource}"))
    }

    /// Whether it refuses this call of CloudFormation's own `since` the start, which counts if it is its call.
    pub fn hits_handler(&mut self, call: &TargetHandlerCall<'_>, since: Duration) -> bool {
        let TargetHandlerCall { account, region, stack, resource, action } = call;
        self.is_time(since)
            && self.fault.is_for_handler(call)
            && self.hits_next(&format!("{account}/{region}/{stack}/{resource}/{action}"))
    }

    fn is_time(&self, since: Duration) -> bool {
        since >= self.fault.after && self.fault.until.is_none_or(|until| since < until)
    }

    fn hits_next(&mut self, target: &str) -> bool {
        let fault = &self.fault;
        if self.skipped < fault.skip {
            self.skipped += 1;
            return false;
        }
        let is_left = fault.times.is_none_or(|times| self.hits < times);
        let is_hit = is_left && self.random.decide(fault.seed, fault.probability, target);
        self.hits += u32::from(is_hit);
        is_hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(account: &str, action: &str, stack: Option<&str>) -> TargetCall {
        TargetCall {
            account: account.into(),
            caller: account.into(),
            region: "eu-central-1".into(),
            service: "cloudformation".into(),
            action: action.into(),
            stack: stack.map(str::to_owned),
            role: None,
            key: "key".into(),
            signed: None,
        }
    }

    /// Returns whether each of some calls is hit, the first at second 0, each one second later.
    fn hits(fault: &str, calls: &[TargetCall]) -> String {
        let mut rule = ScheduledRule::new(fault.parse().expect("a fault"));
        let hit = |(second, call): (usize, &TargetCall)| {
            let since = Duration::from_secs(second as u64);
            if rule.is_for_call(call, since) && rule.hits_call(call) { 'x' } else { '.' }
        };
        calls.iter().enumerate().map(hit).collect()
    }

    #[test]
    fn a_fault_happens_to_what_all_its_words_fit() {
        let calls = [
            call("100000000001", "CreateStack", Some("app")),
            call("100000000001", "DescribeStacks", None),
            call("100000000002", "CreateStack", Some("network")),
        ];
        for (fault, hit) in [
            ("reset", "xxx"),
            ("reset,account=*1", "xx."),
            ("reset,action=CreateStack", "x.x"),
            ("reset,action=cloudformation:*Stack", "x.x"),
            ("reset,action=sts:*", "..."),
            ("reset,stack=a*", "x.."),
            ("reset,stack=*", "xxx"),
            ("reset,stack=-", ".x."),
            ("reset,region=eu-*", "xxx"),
            ("reset,region=us-east-1", "..."),
            ("reset,account=100000000002,action=Create*,stack=network", "..x"),
            ("stale=5s", ".x."),
            ("no-entry", "..."),
            ("fail", "..."),
            ("reset,wave=1", "..."),
        ] {
            assert_eq!(hits(fault, &calls), hit, "{fault}");
        }
    }

    #[test]
    fn keys_that_expire_are_the_callers_unless_the_entry_is_named() {
        let entry = TargetCall {
            caller: "999999999999".into(),
            service: "sts".into(),
            ..call("100000000001", "AssumeRole", None)
        };
        let calls = [entry, call("100000000001", "CreateStack", None)];
        for (fault, hit) in [
            ("expire=0s,account=100000000001", ".x"),
            ("expire=0s,account=999999999999", "x."),
            ("expire=0s,account=100000000001,action=AssumeRole", "x."),
            ("expire=0s,account=100000000001,action=sts:AssumeRole", "x."),
            ("expire=0s,account=100000000001,action=*", ".x"),
        ] {
            assert_eq!(hits(fault, &calls), hit, "{fault}");
        }
    }

    #[test]
    fn a_fault_skips_counts_and_keeps_its_time() {
        let calls: Vec<TargetCall> =
            (0..8).map(|_| call("100000000001", "CreateStack", None)).collect();
        for (fault, hit) in [
            ("reset,times=2", "xx......"),
            ("reset,skip=3,times=2", "...xx..."),
            ("reset,after=2s,until=5s", "..xxx..."),
            ("reset,after=2s,skip=1,times=1", "...x...."),
            ("reset,probability=0", "........"),
            ("reset,probability=1", "xxxxxxxx"),
        ] {
            assert_eq!(hits(fault, &calls), hit, "{fault}");
        }
        let some = hits("reset,probability=0.5,seed=3", &calls);
        assert_eq!(some, hits("reset,probability=0.5,seed=3", &calls));
        assert!(some.contains('x') && some.contains('.'), "{some}");
    }
}
