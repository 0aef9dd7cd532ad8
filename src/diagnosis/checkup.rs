//! Whether a session may do what `apply` needs, and whether its Regions answer.
//!
//! What the stacks' own resources need is not known here: a template does not say which calls its
//! resources make.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::caller::{Caller, CallerKind};
use super::limits::{IAM_CALLS_PER_SECOND, WITHIN};
use super::needs::{NeededActions, by_actions, is_certain, needs};
use super::session_policy::left_out_by;
use super::simulation::{Simulated, simulate};
use super::statement::statement;
use crate::cloud::{CallError, ErrorOrigin, Session, enable_region};
use crate::event::{Cause, Certainty, Finding, Fix, Side};
use crate::name::{Region, StackName};
use crate::plan::{AccountEntry, Plan, PlannedLookup, PlannedValue, StackInstance};

/// What was found out about an account that was entered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkup {
    /// What keeps it from being deployed to.
    pub findings: Vec<Finding>,
    /// Why its permissions could not be read, if they could not.
    pub permissions_unread: Option<String>,
    /// What it may not do and `apply` needs at times only.
    pub notes: Vec<String>,
}

impl Checkup {
    /// Checks that a session may do what a plan wants in its account, given as a position in the
    /// plan's accounts, and that its Regions answer. Changes nothing.
    pub async fn of(session: &Session, plan: &Plan, account: usize) -> Self {
        let target = &plan.accounts[account];
        let here = plan.instances.iter().filter(|instance| instance.account == account);
        let instances: Vec<&StackInstance> = here.collect();
        // One stack of each Region is asked for.
        let probes: BTreeMap<&Region, &StackName> =
            instances.iter().map(|one| (&one.id.region, &one.stack_name)).collect();
        let mut caller = Caller::of(session.caller(), &target.id);
        let mut session_policy = None;
        if let AccountEntry::AssumeRole(entry) = &target.entry {
            caller.principal = entry.role.to_string();
            session_policy.clone_from(&entry.session_policy);
        }
        let needs = needs(&instances, &lookups_in(plan, account), &caller, &target.id);
        let probes =
            probes.into_iter().map(|(region, stack)| probe(session, region, stack, &caller));
        let (simulated, probed) = tokio::join!(
            tokio::time::timeout(WITHIN, simulated(session, &caller, &needs)),
            futures::future::join_all(probes),
        );
        let simulated = simulated.unwrap_or_else(|_| Err("IAM does not answer in time".to_owned()));
        let mut checkup = Self::default();
        match simulated {
            Ok(simulated) => checkup.take_in(&simulated, &caller),
            Err(why) => checkup.permissions_unread = Some(why),
        }
        checkup.findings.extend(left_out_by(
            session_policy.as_deref(),
            &needs,
            target.name.as_str(),
        ));
        // Reading says more than a probe does.
        let is_explained = !checkup.findings.is_empty();
        let is_new = |one: &Finding| one.cause != Cause::MissingPermission || !is_explained;
        checkup.findings.extend(probed.into_iter().flatten().filter(is_new));
        checkup
    }
}

/// Returns what is looked up in an account, given as a position in the plan's, for stacks wherever they stand.
fn lookups_in(plan: &Plan, account: usize) -> BTreeSet<&PlannedLookup> {
    let desired = plan.instances.iter().filter_map(StackInstance::desired);
    let lookups = desired.flat_map(|desired| desired.values().flat_map(PlannedValue::lookups));
    lookups.filter(|lookup| lookup.account == account).collect()
}

/// Returns what the policies of the caller do not allow.
async fn simulated(
    session: &Session,
    caller: &Caller,
    needs: &NeededActions,
) -> Result<Simulated, String> {
    match caller.kind {
        CallerKind::Root => return Ok(Simulated::default()),
        CallerKind::Other => return Err("it is neither a user nor a role".to_owned()),
        CallerKind::User(_) | CallerKind::Role(_) => {}
    }
    let iam = session.iam(IAM_CALLS_PER_SECOND);
    simulate(&iam, caller, needs).await
}

/// Asks a Region for a stack, as `apply` does first; returns what keeps it from answering.
async fn probe(
    session: &Session,
    region: &Region,
    stack: &StackName,
    caller: &Caller,
) -> Option<Finding> {
    let error = session.probe(region, stack, WITHIN).await.err()?;
    probed(&error, region, caller)
}

fn probed(error: &CallError, region: &Region, caller: &Caller) -> Option<Finding> {
    if error.is_no_such_stack() || error.is_throttled() {
        return None;
    }
    let account = caller.account.clone();
    let said = error.code.as_deref().unwrap_or(&error.text);
    if error.is_access_denied() {
        let message = format!("{} may not call {} in {region}", caller.principal, error.operation);
        let found = missing_permission(message);
        let statement = statement(&BTreeSet::from([error.operation]), &["*"]);
        return Some(allowing(found, caller, statement));
    }
    if error.is_about_credentials() || error.is_region_disabled() {
        let message = format!("{region} does not know account {account}: {said}");
        let (side, cause) = (Side::Target, Cause::RegionNotEnabled);
        let found = Finding::new(side, cause, Certainty::Likely, message);
        let text = enable_region(region, &account);
        return Some(
            found.with_remedy(text, Fix::EnableRegion { account, region: region.clone() }),
        );
    }
    let certainty = match error.origin {
        ErrorOrigin::Service | ErrorOrigin::ForeignCredentials | ErrorOrigin::ForeignAnswer => {
            Certainty::Known
        }
        ErrorOrigin::Network
        | ErrorOrigin::Unreadable
        | ErrorOrigin::Credentials
        | ErrorOrigin::Unusable
        | ErrorOrigin::Fenced
        | ErrorOrigin::Withdrawn => Certainty::Likely,
    };
    let message = format!("{region} does not answer account {account}: {}", error.text);
    let found = Finding::new(Side::File, Cause::Unreachable, certainty, message);
    Some(found.with_remedy("check the Region's name and the network", Fix::ByHand {}))
}

impl Checkup {
    /// Takes in what the policies of the caller come to.
    fn take_in(&mut self, simulated: &Simulated, caller: &Caller) {
        let (certain, perhaps) = parted(&simulated.missing);
        self.findings.extend(may_not(&certain, caller));
        let (forbidden, perhaps_forbidden) = parted(&simulated.forbidden);
        self.findings.extend(forbids(&forbidden, caller));
        for (actions, _) in [by_actions(&perhaps), by_actions(&perhaps_forbidden)].iter().flatten()
        {
            let when = actions.iter().map(|action| format!("{action} ({})", needed_for(action)));
            let when: Vec<String> = when.collect();
            self.notes.push(format!("its policies do not allow {}", when.join(", ")));
        }
        let (actions, keys) = (listed(&simulated.unclear), listed(&simulated.keys));
        if !simulated.unclear.is_empty() {
            self.permissions_unread = Some(format!(
                "whether its policies allow {actions} may hang on {keys}, which cannot be told \
                 beforehand"
            ));
        }
    }
}

/// Returns what `apply` surely needs of all that is refused, and the rest.
fn parted(refused: &NeededActions) -> (NeededActions, NeededActions) {
    let (mut certain, mut perhaps) = (NeededActions::new(), NeededActions::new());
    for (place, actions) in refused {
        for action in actions {
            let to = if is_certain(action, actions) { &mut certain } else { &mut perhaps };
            to.entry(place.clone()).or_default().insert(action);
        }
    }
    (certain, perhaps)
}

fn needed_for(action: &str) -> &'static str {
    match action {
        "cloudformation:CreateStack" => "for a stack that does not stand yet",
        "cloudformation:UpdateStack" => "for a stack that stands",
        "cloudformation:DeleteStack" => "for a stack whose creation failed",
        "cloudformation:RollbackStack" => "for a stack whose update was left as it failed",
        "cloudformation:ContinueUpdateRollback" => "for a stack whose rollback failed",
        _ => "where that is to change",
    }
}

fn listed(texts: &BTreeSet<impl AsRef<str>>) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    texts.join(", ")
}

fn missing_permission(message: String) -> Finding {
    Finding::new(Side::Target, Cause::MissingPermission, Certainty::Known, message)
}

fn allowing(finding: Finding, caller: &Caller, statement: Json) -> Finding {
    let text = format!("add this statement to a policy of {}", caller.principal);
    let change = Fix::IdentityStatement {
        account: caller.account.clone(),
        principal: caller.principal.clone(),
        statement,
    };
    finding.with_remedy(text, change)
}

/// Returns a finding for each set of actions, with all resources that lack it.
fn may_not(missing: &NeededActions, caller: &Caller) -> Vec<Finding> {
    let may_not = |(actions, resources): (BTreeSet<&str>, Vec<&str>)| {
        let message = format!(
            "the policies of {} do not allow {} on {}",
            caller.principal,
            listed(&actions),
            resources.join(", ")
        );
        allowing(missing_permission(message), caller, statement(&actions, &resources))
    };
    by_actions(missing).into_iter().map(may_not).collect()
}

/// Returns a finding for each set of actions that a policy forbids.
fn forbids(forbidden: &NeededActions, caller: &Caller) -> Vec<Finding> {
    let forbids = |(actions, resources): (BTreeSet<&str>, Vec<&str>)| {
        let (actions, resources) = (listed(&actions), resources.join(", "));
        let message = format!("a policy of {} forbids {actions} on {resources}", caller.principal);
        let text = "except this from the statement that denies it, in a policy of the role, its \
                    boundary or the organization";
        missing_permission(message).with_remedy(text, Fix::ByHand {})
    };
    by_actions(forbidden).into_iter().map(forbids).collect()
}
