//! The permissions that `apply` needs for the stacks of an account, surely or at times.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::Caller;
use super::reads;
use crate::cloud::MOST_BODY_BYTES;
use crate::name::{AccountId, Region};
use crate::plan::{PlannedLookup, StackInstance};

/// What something is done to, and what the conditions of policies can see of that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionTarget {
    /// The ARN of the resource, which may end in a star.
    pub resource: String,
    /// The Region that is asked.
    pub region: Region,
    /// The role that CloudFormation is to assume, if the file names one.
    pub service_role: Option<String>,
}

/// What `apply` does, by what it does it to.
pub type NeededActions = BTreeMap<ActionTarget, BTreeSet<&'static str>>;

/// Returns what `apply` does in an account: to its stacks, and to look up values for whichever stacks.
pub fn needs(
    instances: &[&StackInstance],
    lookups: &BTreeSet<&PlannedLookup>,
    caller: &Caller,
    account: &AccountId,
) -> NeededActions {
    let mut needs = NeededActions::new();
    for lookup in lookups {
        let (resource, action) = reads::of_lookup(lookup, caller.partition());
        let target = ActionTarget { resource, region: lookup.region.clone(), service_role: None };
        needs.entry(target).or_default().insert(action);
    }
    for instance in instances {
        let (partition, region) = (caller.partition(), &instance.id.region);
        let desired = instance.desired();
        let service_role = desired
            .and_then(|desired| desired.service_role.as_ref())
            .and_then(|role| role.as_text());
        let place = |resource| ActionTarget {
            resource,
            region: region.clone(),
            service_role: service_role.clone(),
        };
        let name = &instance.stack_name;
        let stack = format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/*");
        needs.entry(place(stack)).or_default().extend(of_stack(instance));
        if let Some(role) = &service_role {
            needs.entry(place(role.clone())).or_default().insert("iam:PassRole");
        }
        // With a service role, that one reads what the template names.
        if let (Some(desired), None) = (desired, &service_role) {
            for (resource, action) in reads::of_template(desired, partition, region, account) {
                needs.entry(place(resource)).or_default().insert(action);
            }
        }
        if let Some(bucket) = desired.and_then(|desired| desired.artifacts.as_ref()) {
            let objects = format!("arn:{partition}:s3:::{}/*", bucket.name);
            needs.entry(place(objects)).or_default().extend(of_bucket(instance));
        }
    }
    needs
}

/// Returns what is done to the objects of a stack's bucket.
fn of_bucket(instance: &StackInstance) -> BTreeSet<&'static str> {
    let template = instance.template();
    match (template.local_paths.is_empty(), template.file.text.len() > MOST_BODY_BYTES) {
        // Lambda and CloudFormation read what was uploaded with the same permissions.
        (false, _) => BTreeSet::from(["s3:GetObject", "s3:PutObject"]),
        (true, true) => BTreeSet::from(["s3:PutObject"]),
        (true, false) => BTreeSet::new(),
    }
}

fn of_stack(instance: &StackInstance) -> BTreeSet<&'static str> {
    let mut actions = BTreeSet::from(["cloudformation:DescribeStacks"]);
    let Some(desired) = instance.desired() else { return actions };
    actions.extend([
        "cloudformation:DescribeStackEvents",
        "cloudformation:CreateStack",
        "cloudformation:UpdateStack",
        "cloudformation:DeleteStack",
        "cloudformation:ContinueUpdateRollback",
        "cloudformation:RollbackStack",
    ]);
    if desired.termination_protection.is_some() {
        actions.insert("cloudformation:UpdateTerminationProtection");
    }
    if desired.stack_policy.is_some() {
        actions.extend(["cloudformation:GetStackPolicy", "cloudformation:SetStackPolicy"]);
    }
    actions
}

/// Whether `apply` surely fails without an action, given all that are refused on the same stack. A
/// stack is created or updated, and what failed before is repaired only where something did.
pub fn is_certain(action: &str, refused: &BTreeSet<&str>) -> bool {
    match action {
        "cloudformation:CreateStack" => refused.contains("cloudformation:UpdateStack"),
        "cloudformation:UpdateStack" => refused.contains("cloudformation:CreateStack"),
        "cloudformation:DeleteStack"
        | "cloudformation:ContinueUpdateRollback"
        | "cloudformation:RollbackStack"
        | "cloudformation:UpdateTerminationProtection"
        | "cloudformation:GetStackPolicy"
        | "cloudformation:SetStackPolicy" => false,
        _ => true,
    }
}

/// Returns the resources by the actions that are needed on them, each once.
pub fn by_actions(needs: &NeededActions) -> BTreeMap<BTreeSet<&'static str>, Vec<&str>> {
    let mut by: BTreeMap<BTreeSet<&'static str>, Vec<&str>> = BTreeMap::new();
    for (place, actions) in needs {
        let resources = by.entry(actions.clone()).or_default();
        if !resources.contains(&place.resource.as_str()) {
            resources.push(&place.resource);
        }
    }
    by
}
