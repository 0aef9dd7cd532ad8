//! Whether a session may do what `apply` needs, and whether its Regions answer.
//!
//! What the stacks' own resources need is not known here: a template does not say which calls its
//! resources make.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_config::timeout::TimeoutConfig;
use serde_json::{Value as Json, json};

use super::super::connection::{few_retries, retry_partition};
use super::super::paced::{Paced, ThrottlingIsPaced};
use super::super::refusal::{CallError, ErrorOrigin};
use super::super::session::Session;
use super::caller::{Caller, CallerKind};
use super::case::one_or_many;
use super::iam::{Iam, asked, why};
use super::policy::Policy;
use super::{CALLS_PER_SECOND, WITHIN};
use crate::event::{Cause, Certainty, Change, Finding, Side};
use crate::name::{AccountId, Region};
use crate::plan::{Entry, Plan, Purpose, StackInstance};

/// The name of a stack that stands nowhere: asking for it changes nothing and shows nothing.
const NO_STACK: &str = "xdeploy-doctor-asks-for-no-stack";

/// What was found out about an account that was entered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkup {
    /// What keeps it from being deployed to.
    pub findings: Vec<Finding>,
    /// Why its permissions could not be read, if they could not.
    pub permissions_unread: Option<String>,
}

/// What `apply` does, by what it does it to.
type Needs = BTreeMap<String, BTreeSet<&'static str>>;

impl Session {
    /// Checks that the session may do what a plan wants in an account, given as a position in the
    /// plan's accounts, and that its Regions answer. Changes nothing.
    pub async fn checkup(&self, plan: &Plan, account: usize) -> Checkup {
        let target = &plan.accounts[account];
        let here = plan.instances.iter().filter(|instance| instance.account == account);
        let instances: Vec<&StackInstance> = here.collect();
        let regions: BTreeSet<&Region> = instances.iter().map(|one| &one.id.region).collect();
        let mut caller = Caller::of(&self.caller, &target.id);
        let mut session_policy = None;
        if let Entry::AssumeRole(entry) = &target.entry {
            caller.principal = entry.role.to_string();
            session_policy.clone_from(&entry.session_policy);
        }
        let needs = needs(&instances, &caller, &target.id);
        let (simulated, probed) = tokio::join!(
            tokio::time::timeout(WITHIN, self.simulated(&caller, &needs)),
            futures::future::join_all(
                regions.into_iter().map(|region| self.probe(region, &caller))
            ),
        );
        let simulated = simulated.unwrap_or_else(|_| Err("IAM does not answer in time".to_owned()));
        let mut checkup = Checkup::default();
        match simulated {
            Ok(missing) => checkup.findings.extend(may_not(&missing, &caller)),
            Err(why) => checkup.permissions_unread = Some(why),
        }
        checkup.findings.extend(narrowed(session_policy, &needs, target.name.as_str()));
        // Reading says more than a probe does.
        let is_explained = !checkup.findings.is_empty();
        let is_new = |one: &Finding| one.cause != Cause::MissingPermission || !is_explained;
        checkup.findings.extend(probed.into_iter().flatten().filter(is_new));
        checkup
    }

    /// Returns what the policies of the caller do not allow.
    async fn simulated(&self, caller: &Caller, needs: &Needs) -> Result<Needs, String> {
        match caller.kind {
            CallerKind::Root => return Ok(Needs::new()),
            CallerKind::Other => return Err("it is neither a user nor a role".to_owned()),
            CallerKind::User(_) | CallerKind::Role(_) => {}
        }
        let pace = Paced::new(CALLS_PER_SECOND, self.cloud.clock());
        let iam = Iam::of(&self.cloud, &self.settings, pace);
        let mut missing = Needs::new();
        for (resource, actions) in needs {
            let simulate = || {
                iam.client
                    .simulate_principal_policy()
                    .policy_source_arn(&caller.principal)
                    .set_action_names(Some(actions.iter().map(|&one| one.to_owned()).collect()))
                    .resource_arns(resource)
            };
            let reply = asked!(iam, "iam:SimulatePrincipalPolicy", simulate());
            let results =
                reply.map_err(|error| why(&error))?.evaluation_results.unwrap_or_default();
            let is_refused = |action: &&&str| {
                let mut of = results.iter().filter(|one| one.eval_action_name == **action);
                of.any(|one| one.eval_decision.as_str() != "allowed")
            };
            let refused: BTreeSet<&str> = actions.iter().filter(is_refused).copied().collect();
            if !refused.is_empty() {
                missing.insert(resource.clone(), refused);
            }
        }
        Ok(missing)
    }

    /// Asks a Region for a stack that stands nowhere; returns what keeps it from answering that.
    async fn probe(&self, region: &Region, caller: &Caller) -> Option<Finding> {
        let timeouts = TimeoutConfig::builder().operation_timeout(WITHIN).build();
        let config = aws_sdk_cloudformation::config::Builder::from(&self.settings)
            .region(aws_config::Region::new(region.to_string()))
            .retry_partition(retry_partition())
            .retry_config(few_retries())
            .timeout_config(timeouts)
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(self.cloud.calls())
            .build();
        let client = aws_sdk_cloudformation::Client::from_conf(config);
        let asked = client.describe_stacks().stack_name(NO_STACK).send().await;
        let error = CallError::of("cloudformation:DescribeStacks", &asked.err()?);
        probed(&error, region, caller)
    }
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
        let statement = statement(&BTreeSet::from([error.operation]), "*");
        return Some(allowing(found, caller, statement));
    }
    if error.is_about_keys() || error.has_code("OptInRequired") {
        let message = format!("{region} does not know account {account}: {said}");
        let (side, cause) = (Side::Target, Cause::RegionNotEnabled);
        let found = Finding::new(side, cause, Certainty::Likely, message);
        let text = format!("enable {region} in account {account}, or leave it out of `regions`");
        return Some(
            found.with_remedy(text, Change::EnableRegion { account, region: region.clone() }),
        );
    }
    let certainty = match error.origin {
        ErrorOrigin::Service => Certainty::Known,
        ErrorOrigin::Network | ErrorOrigin::Credentials | ErrorOrigin::Withdrawn => {
            Certainty::Likely
        }
    };
    let message = format!("{region} does not answer account {account}: {}", error.text);
    let found = Finding::new(Side::File, Cause::Unreachable, certainty, message);
    Some(found.with_remedy("check the Region's name and the network", Change::ByHand {}))
}

/// Returns what `apply` does to the stacks of an account.
fn needs(instances: &[&StackInstance], caller: &Caller, account: &AccountId) -> Needs {
    let mut needs = Needs::new();
    for instance in instances {
        let (partition, region) = (caller.partition(), &instance.id.region);
        let stack = format!(
            "arn:{partition}:cloudformation:{region}:{account}:stack/{}/*",
            instance.stack_name
        );
        let mut actions = BTreeSet::from(["cloudformation:DescribeStacks"]);
        if instance.purpose == Purpose::Deploy {
            actions.extend([
                "cloudformation:DescribeStackEvents",
                "cloudformation:CreateStack",
                "cloudformation:UpdateStack",
                "cloudformation:DeleteStack",
                "cloudformation:ContinueUpdateRollback",
            ]);
        }
        if instance.termination_protection.is_some() {
            actions.insert("cloudformation:UpdateTerminationProtection");
        }
        if instance.stack_policy.is_some() {
            actions.extend(["cloudformation:GetStackPolicy", "cloudformation:SetStackPolicy"]);
        }
        needs.entry(stack).or_default().extend(actions);
        if let Some(role) = instance.service_role.as_ref().and_then(|role| role.as_text()) {
            needs.entry(role).or_default().insert("iam:PassRole");
        }
        if let Some(bucket) = &instance.artifacts_bucket {
            let objects = format!("arn:{partition}:s3:::{bucket}/*");
            needs.entry(objects).or_default().insert("s3:PutObject");
        }
    }
    needs
}

fn missing_permission(message: String) -> Finding {
    Finding::new(Side::Target, Cause::MissingPermission, Certainty::Known, message)
}

fn statement(actions: &BTreeSet<&str>, resource: &str) -> Json {
    let actions: Vec<&str> = actions.iter().copied().collect();
    json!({ "Effect": "Allow", "Action": one_or_many(&actions), "Resource": resource })
}

fn allowing(finding: Finding, caller: &Caller, statement: Json) -> Finding {
    let text = format!("add this statement to a policy of {}", caller.principal);
    let change = Change::IdentityStatement {
        account: caller.account.clone(),
        principal: caller.principal.clone(),
        statement,
    };
    finding.with_remedy(text, change)
}

/// Returns a finding for each set of actions, with all resources that lack it.
fn may_not(missing: &Needs, caller: &Caller) -> Vec<Finding> {
    by_actions(missing)
        .into_iter()
        .map(|(actions, resources)| {
            let list: Vec<&str> = actions.iter().copied().collect();
            let message = format!(
                "the policies of {} do not allow {} on {}",
                caller.principal,
                list.join(", "),
                resources.join(", ")
            );
            let mut statement = statement(&actions, "*");
            statement["Resource"] = one_or_many(&resources);
            allowing(missing_permission(message), caller, statement)
        })
        .collect()
}

fn by_actions(needs: &Needs) -> BTreeMap<BTreeSet<&'static str>, Vec<&str>> {
    let mut by: BTreeMap<BTreeSet<&'static str>, Vec<&str>> = BTreeMap::new();
    for (resource, actions) in needs {
        by.entry(actions.clone()).or_default().push(resource);
    }
    by
}

/// Returns what the policy that narrows the session leaves out.
fn narrowed(policy: Option<Arc<str>>, needs: &Needs, target: &str) -> Option<Finding> {
    let document: Json = serde_json::from_str(&policy?).ok()?;
    let policy = Policy::read(&document);
    let is_left_out = |action: &str, resource: &str| {
        let mut about = policy.about(action, resource);
        // Conditions cannot be told from here: they are taken to be met.
        !about.any(|statement| !statement.is_deny)
    };
    let missing: Needs = needs
        .iter()
        .map(|(resource, actions)| {
            let left_out = actions.iter().filter(|action| is_left_out(action, resource));
            (resource.clone(), left_out.copied().collect::<BTreeSet<_>>())
        })
        .filter(|(_, actions)| !actions.is_empty())
        .collect();
    let (actions, resources) = by_actions(&missing).into_iter().next()?;
    let list: Vec<&str> = actions.iter().copied().collect();
    let message = format!(
        "the `session-policy` of `{target}` leaves out {} on {}",
        list.join(", "),
        resources.join(", ")
    );
    let mut statement = statement(&actions, "*");
    statement["Resource"] = one_or_many(&resources);
    let found = Finding::new(Side::File, Cause::MissingPermission, Certainty::Known, message);
    Some(found.with_remedy(
        "add this statement to the file that `session-policy` names",
        Change::SessionPolicyStatement { statement },
    ))
}
