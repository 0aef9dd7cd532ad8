//! The failures of a run, gathered by their cause as they come.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::key::{Key, normalised};
use super::masked::Names;
use super::reason::Reason;
use super::title::{Told, told};
use crate::event::{Announced, Failure, FailureKind, InstanceEnd, Outcome};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId};
use crate::report::words;

/// Failures with one cause.
///
/// As JSON it names every stack instance, as `environment/account/region/stack`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The cause in a few words, on one line; what differs among its members is masked.
    pub title: String,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// The resource that failed first, by its name in the template.
    pub resource: Option<String>,
    /// The whole message of the first member.
    pub message: String,
    /// What mends it.
    pub help: Option<String>,
    /// How many accounts share it.
    pub accounts: usize,
    /// Who shares it, in the order in which they failed.
    pub members: Vec<Member>,
    /// Whether the title leaves out nothing of the message but ids.
    pub is_whole: bool,
}

/// An account of an environment, with what failed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The environment whose file names the account.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// Whether the account itself could not be entered, so that everything in it failed.
    pub is_refused: bool,
    /// The stack instances that failed.
    pub instances: Vec<InstanceId>,
}

impl Member {
    /// Returns the names that a person reads: the account that was refused, or else each stack
    /// instance; with the environment in front if `with_environment`.
    pub fn names(&self, with_environment: bool) -> Vec<String> {
        let Self { environment, account, account_id, .. } = self;
        let front = if with_environment { format!("{environment}/") } else { String::new() };
        if self.is_refused {
            return vec![format!("account {front}{account} ({account_id})")];
        }
        self.instances.iter().map(|id| format!("{front}{id}")).collect()
    }
}

impl Cluster {
    /// Returns the cause with its resource, unless the title names it.
    pub fn cause(&self) -> String {
        words::with_resource(&self.title, self.resource.as_deref())
    }

    /// Returns the entry's head: `212 accounts: iam:CreateRole denied by …`.
    pub fn headline(&self) -> String {
        format!("{}: {}", words::counted(self.accounts, "account"), self.cause())
    }

    /// Returns the first member's message without what AWS wraps around that of a resource.
    pub fn example(&self) -> String {
        let failure = Failure::new(self.kind, self.message.clone());
        let reason = Reason::of(&Failure { resource: self.resource.clone(), ..failure });
        match reason.operation {
            Some(_) => words::one_line(&self.message),
            None => reason.text,
        }
    }

    /// Returns the names of all members; see [`Member::names`].
    pub fn names(&self, with_environment: bool) -> Vec<String> {
        self.members.iter().flat_map(|member| member.names(with_environment)).collect()
    }
}

impl Serialize for Cluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let instances = self.members.iter().flat_map(|member| &member.instances);
        let instances: Vec<String> =
            instances.map(|id| format!("{}/{id}", id.environment)).collect();
        let refused = self.members.iter().filter(|member| member.is_refused);
        let refused: Vec<String> =
            refused.map(|member| format!("{}/{}", member.environment, member.account)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("cause", &self.title)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("resource", &self.resource)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("help", &self.help)?;
        map.serialize_entry("accounts", &self.accounts)?;
        map.serialize_entry("stack_instances", &instances)?;
        map.serialize_entry("refused_accounts", &refused)?;
        map.end()
    }
}

/// The failures of a run by their cause, kept up as they come.
///
/// Stack instances that were not started because another one failed, or because the rollout or a
/// person stopped the run, are no failures; nor are those that the run left moving.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    entries: Vec<Entry>,
    positions: BTreeMap<Key, usize>,
}

impl Clusters {
    /// Takes in that an account could not be entered.
    pub fn refused(
        &mut self,
        environment: &EnvironmentName,
        account: &AccountName,
        account_id: &AccountId,
        failure: &Failure,
    ) {
        self.add(failure, &Place::account(environment, account, account_id));
    }

    /// Takes in how a stack instance ended.
    pub fn ended(&mut self, announced: &Announced, end: &InstanceEnd) {
        if let Some((failure, place)) = Place::of_end(announced, end) {
            self.add(failure, &place);
        }
    }

    /// Returns the cause for which an account could not be entered, if that was taken in.
    pub fn of_refusal(
        &self,
        environment: &EnvironmentName,
        account: &AccountName,
        account_id: &AccountId,
        failure: &Failure,
    ) -> Option<&Cluster> {
        self.find(failure, &Place::account(environment, account, account_id))
    }

    /// Returns the cause for which a stack instance failed, if it did and that was taken in.
    pub fn of_end(&self, announced: &Announced, end: &InstanceEnd) -> Option<&Cluster> {
        let (failure, place) = Place::of_end(announced, end)?;
        self.find(failure, &place)
    }

    /// Whether nothing failed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns each cause, those of most accounts first, then those seen first.
    pub fn ranked(&self) -> Vec<&Cluster> {
        let mut ranked: Vec<&Cluster> = self.entries.iter().map(|entry| &entry.cluster).collect();
        ranked.sort_by_key(|cluster| std::cmp::Reverse(cluster.accounts));
        ranked
    }

    fn find(&self, failure: &Failure, place: &Place) -> Option<&Cluster> {
        let position = *self.positions.get(&normalised(failure, &place.names(true)))?;
        self.entries.get(position).map(|entry| &entry.cluster)
    }

    fn add(&mut self, failure: &Failure, place: &Place) {
        let key = normalised(failure, &place.names(true));
        let position = *self.positions.entry(key).or_insert(self.entries.len());
        if position == self.entries.len() {
            self.entries.push(Entry::new(failure, place));
        }
        self.entries[position].add(failure, place);
    }
}

/// Where a failure happened.
struct Place<'a> {
    environment: &'a EnvironmentName,
    account: &'a AccountName,
    account_id: &'a AccountId,
    instance: Option<&'a InstanceId>,
    stack: &'a str,
}

impl<'a> Place<'a> {
    fn account(
        environment: &'a EnvironmentName,
        account: &'a AccountName,
        account_id: &'a AccountId,
    ) -> Self {
        Self { environment, account, account_id, instance: None, stack: "" }
    }

    /// Returns a stack instance's failure and where it happened, if it is one of its own.
    fn of_end(announced: &'a Announced, end: &'a InstanceEnd) -> Option<(&'a Failure, Self)> {
        let failure = end.failure.as_ref().filter(|failure| is_own(failure, end.outcome))?;
        let Announced { id, account_id, stack_name, .. } = announced;
        // The failure of an account is that of its stack instances, word by word.
        let stack = if failure.kind.is_entry() { "" } else { stack_name.as_str() };
        let account = Self::account(&id.environment, &id.account, account_id);
        Some((failure, Self { instance: Some(id), stack, ..account }))
    }

    fn names(&self, masks_stack: bool) -> Names<'_> {
        Names {
            account: self.account.as_str(),
            account_id: self.account_id.as_str(),
            region: self.instance.map_or("", |id| id.region.as_str()),
            stack: self.stack,
            masks_stack,
        }
    }

    /// Returns `failure` in a few words.
    fn told(&self, failure: &Failure, masking: Masking) -> Told {
        // The names of most stacks are the same in every account and worth reading.
        let varies = [self.account.as_str(), self.account_id.as_str()]
            .iter()
            .any(|n| self.stack.contains(n));
        match masking {
            Masking::None => told(failure, None),
            Masking::Account => told(failure, Some(&self.names(varies))),
            Masking::Stack => told(failure, Some(&self.names(true))),
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
struct Entry {
    cluster: Cluster,
    /// The words of the first member, masked more and more.
    words: [Told; 3],
    /// Which of them every member shares: for the title, and for the help.
    title: usize,
    help: usize,
    positions: BTreeMap<(EnvironmentName, AccountName), usize>,
    account_ids: BTreeSet<AccountId>,
}

impl Entry {
    fn new(failure: &Failure, place: &Place) -> Self {
        let words = MASKINGS.map(|masking| place.told(failure, masking));
        let Told { title, is_whole, help } = words[0].clone();
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
        Self { cluster, words, title: 0, help: 0, positions, account_ids }
    }

    fn add(&mut self, failure: &Failure, place: &Place) {
        let told = |masking: usize| place.told(failure, MASKINGS[masking]);
        let last = MASKINGS.len() - 1;
        while self.title < last && told(self.title).title != self.words[self.title].title {
            self.title += 1;
        }
        while self.help < last && told(self.help).help != self.words[self.help].help {
            self.help += 1;
        }
        self.cluster.title.clone_from(&self.words[self.title].title);
        self.cluster.help.clone_from(&self.words[self.help].help);
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
}

/// Whether a failure is one of the stack instance's own: neither a consequence nor left moving.
pub fn is_own(failure: &Failure, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Failed | Outcome::RolledBack => failure.kind != FailureKind::StillMoving,
        Outcome::Skipped => failure.kind.is_entry(),
        Outcome::Created | Outcome::Updated | Outcome::Deleted | Outcome::Unchanged => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::report::recorded::{self, Recording, end};

    fn clusters(recording: &Recording) -> Vec<Cluster> {
        recording.state().failures.ranked().into_iter().cloned().collect()
    }

    #[test]
    fn failures_with_one_cause_are_one_entry() {
        let clusters = clusters(&recorded::denials(21));
        assert_eq!(clusters.len(), 1);
        let by = "iam:CreateRole denied by the service control policy p-kfhxcsd9";
        assert_eq!(clusters[0].headline(), format!("21 accounts: {by} (Role)"));
        let help = "let the organization's service control policy p-kfhxcsd9 allow iam:CreateRole, or \
                    except the role deployer, then apply again: the stack is deleted and created \
                    anew";
        assert_eq!(clusters[0].help.as_deref(), Some(help));
        assert_eq!(clusters[0].names(false)[20], "team-020/eu-central-1/app");
    }

    #[test]
    fn the_cause_of_most_accounts_comes_first() {
        let failure = |text| Failure::new(FailureKind::Refused, text);
        let run = Recording::apply(&["dev/a", "dev/b", "test/a", "prod/a"])
            .fails("dev/a", Outcome::Failed, failure("rare"))
            .fails("dev/b", Outcome::Failed, failure("often"))
            .fails("test/a", Outcome::Failed, failure("often"))
            .fails("prod/a", Outcome::Failed, failure("rare as well"));
        let titles: Vec<String> = clusters(&run).into_iter().map(|c| c.title).collect();
        assert_eq!(titles, ["often", "rare", "rare as well"]);
    }

    #[test]
    fn only_what_differs_is_masked() {
        let failure = |account: &str| {
            let text = format!("artifacts-{account} in app-x already exists");
            Failure::new(FailureKind::Refused, text).with_help(format!("look into {account}-x"))
        };
        let run = Recording::apply(&["t-1/app", "t-2/app"]).fails(
            "t-1/app",
            Outcome::Failed,
            failure("t-1"),
        );
        assert_eq!(clusters(&run)[0].title, "artifacts-t-1 in app-x already exists");
        let run = run.fails("t-2/app", Outcome::Failed, failure("t-2"));
        let both = &clusters(&run)[0];
        assert_eq!(both.title, "artifacts-{account} in app-x already exists");
        assert_eq!(both.help.as_deref(), Some("look into {account}-x"));
    }

    #[test]
    fn a_refused_account_and_its_stack_instances_are_one_member() {
        let clusters = clusters(&recorded::refusal());
        assert_eq!(clusters.len(), 1);
        assert_eq!(clusters[0].names(false), ["account test (100000021145)"]);
        let json = serde_json::to_value(&clusters[0]).expect("JSON");
        assert_eq!(json["stack_instances"], serde_json::json!(["prod/test/eu-central-1/network"]));
        assert_eq!(json["refused_accounts"], serde_json::json!(["prod/test"]));
    }

    #[test]
    fn consequences_are_no_failures() {
        for run in [recorded::cancelled(), recorded::left_at_once(), recorded::chain()] {
            assert!(run.state().failures.is_empty());
        }
        assert_eq!(clusters(&recorded::stopped_wave()).len(), 1);
        assert_eq!(clusters(&recorded::failure()).len(), 1);
    }

    #[test]
    fn an_instance_counts_once() {
        let run = Recording::apply(&["dev/a"]);
        let mut state = run.state();
        let failed = end("dev/a", Outcome::Failed);
        let failure = Some(Failure::new(FailureKind::Refused, "no"));
        let end = What::InstanceFinished { end: InstanceEnd { failure, ..failed } };
        let run = Recording::default().say(end.clone()).say(end);
        run.events.iter().for_each(|event| state.on(event));
        assert_eq!(state.failures.ranked()[0].members[0].instances.len(), 1);
    }
}
