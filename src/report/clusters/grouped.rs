//! The failures of a run, gathered by their cause as they come.

use std::collections::BTreeMap;

use super::builder::{ClusterBuilder, FailureOrigin};
use super::cluster::Cluster;
use super::key::{CauseKey, normalised};
use super::reason::Reason;
use crate::event::{AnnouncedInstance, Failure, InstanceEnd};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId, StackName};

/// The failures of a run by their cause, kept up as they come.
///
/// Stack instances that were not started because another one failed, or because the rollout or a
/// person stopped the run, are no failures; nor are those that the run left moving, or whose update
/// it cancelled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    entries: Vec<ClusterBuilder>,
    positions: BTreeMap<CauseKey, usize>,
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
        self.add(failure, &FailureOrigin::account(environment, account, account_id));
    }

    /// Takes in how a stack instance ended.
    pub fn ended(&mut self, announced: &AnnouncedInstance, end: &InstanceEnd) {
        if let Some((failure, place)) = FailureOrigin::of_end(announced, end) {
            self.add(failure, &place);
        }
    }

    /// Takes in that a stack instance could not be looked at.
    pub fn failed(
        &mut self,
        (instance, account_id, stack_name): (&InstanceId, &AccountId, &StackName),
        failure: &Failure,
    ) {
        match failure.is_entry() {
            true => self.refused(&instance.environment, &instance.account, account_id, failure),
            false => {
                self.add(failure, &FailureOrigin::instance(instance, account_id, stack_name));
            }
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
        self.find(failure, &FailureOrigin::account(environment, account, account_id))
    }

    /// Returns the cause for which a stack instance failed, if it did and that was taken in.
    pub fn of_end(&self, announced: &AnnouncedInstance, end: &InstanceEnd) -> Option<&Cluster> {
        let (failure, place) = FailureOrigin::of_end(announced, end)?;
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

    fn find(&self, failure: &Failure, place: &FailureOrigin) -> Option<&Cluster> {
        let key = normalised(failure, &Reason::of(failure), &place.names(true));
        let position = *self.positions.get(&key)?;
        self.entries.get(position).map(|entry| &entry.cluster)
    }

    fn add(&mut self, failure: &Failure, place: &FailureOrigin) {
        let reason = Reason::of(failure);
        let key = normalised(failure, &reason, &place.names(true));
        let position = *self.positions.entry(key).or_insert(self.entries.len());
        if position == self.entries.len() {
            self.entries.push(ClusterBuilder::new(failure, &reason, place));
        }
        self.entries[position].add(failure, &reason, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, FailureKind, Outcome};
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
        let end = EventKind::InstanceFinished { end: InstanceEnd { failure, ..failed } };
        let run = Recording::default().say(end.clone()).say(end);
        run.events.iter().for_each(|event| state.on(event));
        assert_eq!(state.failures.ranked()[0].members[0].instances.len(), 1);
    }
}
