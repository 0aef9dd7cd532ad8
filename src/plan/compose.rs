//! Stack instances with all that a create or an update of them sends.
//!
//! Until the order is known, stack instances and accounts are positions on the `Placements`.

use std::collections::BTreeMap;

use super::composer::Composer;
use super::desired_stack::{ArtifactsBucket, DesiredStack, ParameterValue};
use super::model::{Purpose, StackInstance};
use super::placements::Placement;
use super::stack_check::CheckedStack;
use super::value::PlannedValue;
use crate::document::{Fault, Place, quoted};
use crate::environment::{Piece, Reference, StackSpec, Text};
use crate::name::{InstanceId, RoleArn, StackName};
use crate::template::{Template, TemplateParameter};

/// A stack instance that has no place in the order yet, and why it needs what it needs.
pub(super) struct Candidate<'e> {
    /// The stack instance, whose needs are not known yet.
    pub instance: StackInstance,
    /// What it needs, and where that is said.
    pub needs: Vec<(usize, &'e Place)>,
}

impl<'e> Composer<'e, '_> {
    /// Returns the stack instance at a placement, to be deployed; nothing if it is faulty.
    pub fn deployed(&mut self, at: usize) -> Option<Candidate<'e>> {
        let Candidate { instance, mut needs } = self.read(at)?;
        let placements = self.evaluator.placements;
        let placement = placements.all[at];
        let stack = placement.stack;
        let shared = self.shared(placement)?;
        let parameters = self.parameters(placement, &shared, &mut needs);
        let tags = self.tags(placement, &mut needs);
        for need in &stack.depends_on {
            let beside = placements.find(placement.target, placement.region, &need.value);
            needs.extend(beside.map(|beside| (beside, &need.place)));
        }
        let timeout = stack.settings.timeout;
        let desired = DesiredStack {
            parameters,
            tags,
            capabilities: shared.capabilities,
            termination_protection: stack.settings.termination_protection,
            service_role: self.service_role(placement, &mut needs),
            stack_policy: shared.stack_policy.as_deref().map(str::to_owned),
            notification_arns: self.notification_arns(placement, &mut needs),
            timeout_minutes: timeout
                .map(|timeout| u32::try_from(timeout.as_secs().div_ceil(60)).unwrap_or(u32::MAX)),
            on_create_failure: stack.settings.on_create_failure,
            rollback_alarms: self.rollback_alarms(placement),
            deployment_mode: stack.settings.deployment_mode,
            artifacts: self.artifacts(placement, &shared.template),
            template: shared.template,
        };
        let instance = StackInstance { purpose: Purpose::Deploy(Box::new(desired)), ..instance };
        needs.sort_by_key(|(at, _)| *at);
        needs.dedup_by_key(|(at, _)| *at);
        Some(Candidate { instance, needs })
    }

    /// Returns the stack instance at a placement, only to be read; nothing if it is faulty.
    pub fn read(&mut self, at: usize) -> Option<Candidate<'e>> {
        let placements = self.evaluator.placements;
        let placement = placements.all[at];
        let target = &placements.targets[placement.target];
        let shared = self.shared(placement)?;
        let environment = &placements.environments[target.environment];
        let id = InstanceId {
            environment: environment.name.value.clone(),
            account: target.name.clone(),
            region: placement.region.clone(),
            stack: placement.stack.key.value.clone(),
        };
        let instance = StackInstance {
            id,
            account: placement.target,
            stack_name: self.stack_name(placement)?,
            purpose: Purpose::Read(shared.template),
            needs: Vec::new(),
        };
        Some(Candidate { instance, needs: Vec::new() })
    }

    fn notification_arns(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Vec<PlannedValue> {
        let mut arns = Vec::with_capacity(placement.stack.settings.notification_arns.len());
        for text in &placement.stack.settings.notification_arns {
            let Some(value) = self.value(placement, text, needs) else { continue };
            self.check_partition(placement, value.as_text().as_deref(), &text.place);
            arns.push(value);
        }
        arns
    }

    fn stack_name(&mut self, placement: Placement<'e>) -> Option<StackName> {
        let StackSpec { key, stack_name, .. } = placement.stack;
        let (place, name) = match stack_name {
            Some(text) => (&text.place, self.text(placement, text)?),
            None => (&key.place, key.value.to_string()),
        };
        let parsed: Result<StackName, _> = name.parse();
        parsed
            .map_err(|error| {
                let fault = Fault::at(place, error.to_string());
                let is_default = stack_name.is_none();
                let help = is_default.then(|| "give the stack a `stack-name`".to_owned());
                self.fault(placement, Fault { help, ..fault });
            })
            .ok()
    }

    fn parameters(
        &mut self,
        placement: Placement<'e>,
        shared: &CheckedStack,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Vec<ParameterValue<PlannedValue>> {
        let mut parameters = Vec::with_capacity(placement.stack.parameters.len());
        for (name, text) in &placement.stack.parameters {
            let Some(declared) = shared.template.parameters.get(&name.value) else { continue };
            let Some(value) = self.value(placement, text, needs) else { continue };
            if let Some(fault) = objection(&name.value, declared, &value, &text.place) {
                self.fault(placement, fault);
            }
            let is_secret = declared.is_secret;
            parameters.push(ParameterValue { name: name.value.clone(), value, is_secret });
        }
        parameters
    }

    /// Returns the tags by key: the file's, under the account's, under the stack's own.
    fn tags(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Vec<(String, PlannedValue)> {
        let placements = self.evaluator.placements;
        let target = &placements.targets[placement.target];
        let environment = &placements.environments[target.environment];
        let of_account = target.account.map_or(&[][..], |account| &account.tags);
        let all = environment.tags.iter().chain(of_account).chain(&placement.stack.tags);
        let merged: BTreeMap<&str, &Text> = all.map(|(key, text)| (key.as_str(), text)).collect();
        let valued = merged.into_iter().filter_map(|(key, text)| {
            self.value(placement, text, needs).map(|value| (key.to_owned(), value))
        });
        valued.collect()
    }

    fn service_role(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<PlannedValue> {
        let text = placement.stack.settings.service_role.as_ref()?;
        let value = self.value(placement, text, needs)?;
        let arn = value.as_text();
        if let Some(Err(error)) = arn.as_ref().map(|arn| arn.parse::<RoleArn>()) {
            self.fault(placement, Fault::at(&text.place, error.to_string()));
        }
        self.check_partition(placement, arn.as_deref(), &text.place);
        Some(value)
    }

    fn rollback_alarms(&mut self, placement: Placement<'e>) -> Vec<String> {
        let mut alarms = Vec::with_capacity(placement.stack.settings.rollback_alarms.len());
        for text in &placement.stack.settings.rollback_alarms {
            let Some(alarm) = self.text(placement, text) else { continue };
            self.check_partition(placement, Some(&alarm), &text.place);
            alarms.push(alarm);
        }
        alarms
    }

    fn artifacts(
        &mut self,
        placement: Placement<'e>,
        template: &Template,
    ) -> Option<ArtifactsBucket> {
        let placements = self.evaluator.placements;
        let environment = &placements.environments[placements.environment_of(&placement)];
        let artifacts = environment.artifacts.as_ref().filter(|_| template.needs_bucket())?;
        let name = self.text(placement, &artifacts.bucket)?;
        let target = &placements.targets[placement.target];
        let owner = match &artifacts.owner {
            Some(text) => {
                let owner = self.text(placement, text)?;
                let parsed = owner.parse().map_err(|_| {
                    let message = format!("`owner`: {} is not an account id", quoted(&owner));
                    let fault = Fault::at(&text.place, message).with_label("12 digits are needed");
                    self.fault(placement, fault);
                });
                Some(parsed.ok()?)
            }
            None if is_of_one_target(&artifacts.bucket, &target.variables, 0) => {
                Some(target.id.clone())
            }
            None => environment.source.account.as_ref().map(|id| id.value.clone()),
        };
        Some(ArtifactsBucket { name, owner })
    }
}

/// Whether a text is another one in each account, or in each Region.
fn is_of_one_target(text: &Text, variables: &BTreeMap<&str, &Text>, level: usize) -> bool {
    // Those that name each other for ever are a fault of the file.
    const MOST_LEVELS: usize = 64;
    text.pieces.iter().any(|piece| match piece {
        Piece::Reference(Reference::AccountId | Reference::AccountName | Reference::Region) => true,
        Piece::Reference(Reference::Variable(name)) if level < MOST_LEVELS => variables
            .get(name.as_str())
            .is_some_and(|text| is_of_one_target(text, variables, level + 1)),
        Piece::Reference(_) | Piece::Literal(_) => false,
    })
}

/// Says what is wrong with the value of a parameter, as far as it is known yet.
fn objection(
    name: &str,
    declared: &TemplateParameter,
    value: &PlannedValue,
    place: &Place,
) -> Option<Fault> {
    let value = value.as_text()?;
    let objection = declared.objection(&value)?;
    let shown = if declared.is_secret { String::new() } else { format!("{} ", quoted(&value)) };
    let message = format!("the value {shown}of `{name}` {objection}");
    Some(Fault::at(place, message).with_help(format!("the rule stands at {}", declared.place)))
}
