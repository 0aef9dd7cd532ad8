//! Past states of each account's stacks, for stale reads (eventual consistency).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::name::AccountId;
use crate::sandbox::cloudformation::StoredStack;

/// The stacks of one account, by ARN.
pub type StacksByArn = BTreeMap<String, StoredStack>;

/// What each account looked like after the calls of the last while.
#[derive(Debug, Default)]
pub struct StackHistory(BTreeMap<AccountId, VecDeque<(Timestamp, StacksByArn)>>);

impl StackHistory {
    /// Remembers how an account's stacks stand at `now`; what is older than `reach` is forgotten but
    /// for the last.
    pub fn remember(
        &mut self,
        account: &AccountId,
        stacks: &StacksByArn,
        now: Timestamp,
        reach: Duration,
    ) {
        let states = self.0.entry(account.clone()).or_default();
        if states.back().is_none_or(|(_, last)| last != stacks) {
            states.push_back((now, stacks.clone()));
        }
        let is_past = |(at, _): &(Timestamp, StacksByArn)| is_over(*at, reach, now);
        while states.get(1).is_some_and(is_past) {
            states.pop_front();
        }
    }

    /// Returns an account's stacks as they stood `ago`, or as they were first seen since.
    pub fn before(
        &self,
        account: &AccountId,
        ago: Duration,
        now: Timestamp,
    ) -> Option<&StacksByArn> {
        let states = self.0.get(account)?;
        let old = states.iter().rev().find(|(at, _)| is_over(*at, ago, now));
        old.or(states.front()).map(|(_, stacks)| stacks)
    }
}

/// Whether `at` lies at least so long before `now`.
fn is_over(at: Timestamp, ago: Duration, now: Timestamp) -> bool {
    now.duration_since(at).unsigned_abs() >= ago && at <= now
}
