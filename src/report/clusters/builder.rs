//! A cluster in the making: who joins it, and how much of its words they share.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Cluster, Member};
use super::mask::Names;
use super::reason::Reason;
use super::title::{CauseTitle, cause_title};
use crate::event::{AnnouncedInstance, Failure, FailureKind, InstanceEnd, Outcome, OutcomeKind};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId, StackName};

/// Where a failure happened.
pub struct FailureOrigin<'a> {
    environment: &'a EnvironmentName,
    account: &'a AccountName,
    account_id: &'a AccountId,
    instance: Option<&'a InstanceId>,
    stack: &'a str,
}

impl<'a> FailureOrigin<'a> {
    /// Returns the whole of an account.
    pub fn account(
        environment: &'a EnvironmentName,
        account: &'a AccountName,
        account_id: &'a AccountId,
    ) -> Self {
        Self { environment, account, account_id, instance: None, stack: "" }
    }

    /// Returns a stack instance.
    pub fn instance(
        instance: &'a InstanceId,
        account_id: &'a AccountId,
        stack_name: &'a StackName,
    ) -> Self {
        let account = Self::account(&instance.environment, &instance.account, account_id);
        Self { instance: Some(instance), stack: stack_name.as_str(), ..account }
    }

    /// Returns a stack instance's failure and where it happened, if it is one of its own.
    pub fn of_end(
        announced: &'a AnnouncedInstance,
        end: &'a InstanceEnd,
    ) -> Option<(&'a Failure, Self)> {
        let failure = end.failure.as_ref().filter(|failure| is_own(failure, end.outcome))?;
        let AnnouncedInstance { id, account_id, stack_name, .. } = announced;
        let place = Self::instance(id, account_id, stack_name);
        // The failure of an account is that of its stack instances, word by word.
        let stack = if failure.is_entry() { "" } else { place.stack };
        Some((failure, Self { stack, ..place }))
    }

    /// Returns the names that belong to it.
    pub fn names(&self, masks_stack: bool) -> Names<'_> {
        Names {
            account: self.account.as_str(),
            account_id: self.account_id.as_str(),
            region: self.instance.map_or("", |id| id.region.as_str()),
            stack: self.stack,
            masks_stack,
        }
    }

    /// Returns `failure` in a few words.
    fn told(&self, failure: &Failure, reason: &Reason, masking: Masking) -> CauseTitle {
        // The names of most stacks are the same in every account and worth reading.
        let varies = [self.account.as_str(), self.account_id.as_str()]
            .iter()
            .any(|n| self.stack.contains(n));
        match masking {
            Masking::None => cause_title(failure, reason, None),
            Masking::Account => cause_title(failure, reason, Some(&self.names(varies))),
            Masking::Stack => cause_title(failure, reason, Some(&self.names(true))),
        }
    }
}

/// What is masked in the words of a cluster: no more than what differs among its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Masking {
    None,
    Account,
    Stack,
}

const MASKINGS: [Masking; 3] = [Masking::None, Masking::Account, Masking::Stack];

/// A cluster in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterBuilder {
    /// What is known of it so far.
    pub cluster: Cluster,
    /// The words of the first member, masked more and more.
    words: [CauseTitle; 3],
    /// Which of them every member shares: for the title, and for the help.
    title: usize,
    help: usize,
    /// The first member's stack name, and the help as it came.
    stack: String,
    first_help: Option<String>,
    positions: BTreeMap<(EnvironmentName, AccountName), usize>,
    account_ids: BTreeSet<AccountId>,
}

impl ClusterBuilder {
    /// Returns a cluster of which that failure tells, still without members.
    pub fn new(failure: &Failure, reason: &Reason, place: &FailureOrigin) -> Self {
        let words = MASKINGS.map(|masking| place.told(failure, reason, masking));
        let CauseTitle { title, is_whole, help } = words[0].clone();
        let cluster = Cluster {
            title,
            kind: failure.kind,
            resource: failure.resource.clone(),
            message: failure.message.clone(),
            help,
            accounts: 0,
            members: Vec::new(),
            is_whole,
        };
        let (positions, account_ids) = (BTreeMap::new(), BTreeSet::new());
        let (stack, first_help) = (place.stack.to_owned(), failure.help.clone());
        Self { cluster, words, title: 0, help: 0, stack, first_help, positions, account_ids }
    }

    /// Takes in one more failure of the same key.
    pub fn add(&mut self, failure: &Failure, reason: &Reason, place: &FailureOrigin) {
        self.mask(failure, reason, place);
        let key = (place.environment.clone(), place.account.clone());
        let members = &mut self.cluster.members;
        let position = *self.positions.entry(key).or_insert(members.len());
        if position == members.len() {
            members.push(Member {
                environment: place.environment.clone(),
                account: place.account.clone(),
                account_id: place.account_id.clone(),
                is_refused: false,
                instances: Vec::new(),
            });
        }
        match place.instance {
            Some(instance) => members[position].instances.push(instance.clone()),
            None => members[position].is_refused = true,
        }
        self.account_ids.insert(place.account_id.clone());
        self.cluster.accounts = self.account_ids.len();
    }

    /// Masks in the words what differs from those of one more failure.
    fn mask(&mut self, failure: &Failure, reason: &Reason, place: &FailureOrigin) {
        let cause_title = |masking: usize| place.told(failure, reason, MASKINGS[masking]);
        let last = MASKINGS.len() - 1;
        // Whose stack has the same name has the same title once the account is masked: the keys are
        // the same.
        let enough = if self.stack == place.stack { last - 1 } else { last };
        while self.title < enough && cause_title(self.title).title != self.words[self.title].title {
            self.title += 1;
        }
        let differs = failure.help != self.first_help;
        while differs
            && self.help < last
            && cause_title(self.help).help != self.words[self.help].help
        {
            self.help += 1;
        }
        self.cluster.title.clone_from(&self.words[self.title].title);
        self.cluster.help.clone_from(&self.words[self.help].help);
    }
}

/// Whether a failure is one of the stack instance's own: neither a consequence nor left moving.
pub fn is_own(failure: &Failure, outcome: Outcome) -> bool {
    match outcome.kind() {
        OutcomeKind::Failed => !matches!(
            failure.kind,
            FailureKind::StillMoving | FailureKind::Cancelled | FailureKind::NeedFailed
        ),
        OutcomeKind::Skipped => failure.is_entry(),
        OutcomeKind::Changed | OutcomeKind::Unchanged => false,
    }
}
