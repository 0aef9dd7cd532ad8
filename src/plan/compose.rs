//! Stack instances with all that a create or an update of them sends.
//!
//! Until the order is known, stack instances and accounts are positions on the `Placements`.

use std::collections::BTreeSet;

use super::composer::Composer;
use super::desired_stack::{DesiredStack, ParameterValue, StackField};
use super::model::{Purpose, StackInstance};
use super::placements::Placement;
use super::shown_secret;
use super::stack_check::CheckedStack;
use super::value::PlannedValue;
use crate::document::{Fault, Place, quoted};
use crate::environment::StackSpec;
use crate::name::StackName;
use crate::template::TemplateParameter;

/// The most tags of a stack.
///
/// Source: the CloudFormation API reference, `CreateStack`, parameter `Tags`.
const MOST_TAGS: usize = 50;

/// A stack instance that has no place in the order yet, and why it needs what it needs.
pub(super) struct Candidate<'e> {
    /// The stack instance, whose needs are not known yet.
    pub instance: StackInstance,
    /// What it needs, and where that is said.
    pub needs: Vec<(usize, &'e Place)>,
    /// Those of its needs that it has only where a condition of its template holds.
    pub conditional_needs: BTreeSet<usize>,
}

impl<'e> Composer<'e, '_> {
    /// Returns the stack instance at a placement, to be deployed; nothing if it is faulty.
    pub fn deployed(&mut self, at: usize) -> Option<Candidate<'e>> {
        let placements = self.evaluator.placements;
        let placement = placements.all[at];
        let stack = placement.stack;
        let Some(shared) = self.shared(placement) else {
            self.check_values(placement);
            return None;
        };
        let Candidate { instance, mut needs, .. } = self.read(at)?;
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
            uploads: Default::default(),
            template: shared.template,
        };
        let instance = StackInstance { purpose: Purpose::Deploy(Box::new(desired)), ..instance };
        needs.sort_by_key(|(at, _)| *at);
        needs.dedup_by_key(|(at, _)| *at);
        Some(Candidate { instance, needs, conditional_needs: BTreeSet::new() })
    }

    /// Finds what is wrong with the values of a stack whose template cannot be read.
    fn check_values(&mut self, placement: Placement<'e>) {
        let mut needs = Vec::new();
        for &(_, text) in &self.evaluator.placements.values_of(&placement).parameters {
            self.value(placement, text, &mut needs);
        }
        self.stack_name(placement);
        self.tags(placement, &mut needs);
        self.service_role(placement, &mut needs);
        self.notification_arns(placement, &mut needs);
        self.rollback_alarms(placement);
    }

    /// Returns the stack instance at a placement, only to be read; nothing if it is faulty.
    pub fn read(&mut self, at: usize) -> Option<Candidate<'e>> {
        let placements = self.evaluator.placements;
        let placement = placements.all[at];
        let shared = self.shared(placement)?;
        let id = placements.id(&placement);
        let instance = StackInstance {
            id,
            account: placement.target,
            stack_name: self.stack_name(placement)?,
            purpose: Purpose::Read(shared.template),
            needs: Vec::new(),
        };
        Some(Candidate { instance, needs: Vec::new(), conditional_needs: BTreeSet::new() })
    }

    fn notification_arns(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<Vec<PlannedValue>> {
        let texts = placement.stack.settings.notification_arns.as_ref()?;
        let mut arns = Vec::with_capacity(texts.len());
        for text in texts {
            let Some(value) = self.value(placement, text, needs) else { continue };
            self.check_partition(placement, value.as_text().as_deref(), &text.place);
            self.check_field(placement, StackField::NotificationArn, &value, &text.place);
            arns.push(value);
        }
        Some(arns)
    }

    /// Returns the name of a stack in CloudFormation; nothing if it has none.
    pub fn stack_name(&mut self, placement: Placement<'e>) -> Option<StackName> {
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
        let given = &self.evaluator.placements.values_of(&placement).parameters;
        let mut parameters = Vec::with_capacity(given.len());
        for &(name, text) in given {
            // What stands in the file is needed, whatever the template is and declares.
            let Some(value) = self.value(placement, text, needs) else { continue };
            let Some(declared) = shared.template.parameters.get(&name.value) else { continue };
            let scope = self.scope(placement);
            let value = match declared.is_secret {
                // It knows then where it is read anew; what is wrong with it was told just now.
                true => self.evaluator.secret(text, scope).ok(),
                false => Some(value),
            };
            let Some(value) = value else { continue };
            let known = value.as_text();
            let fault = known
                .and_then(|it| objection(&name.value, declared, &it, &text.place))
                .or_else(|| shown_secret::in_parameter(&name.value, declared, &value, &text.place));
            if let Some(fault) = fault {
                self.fault(placement, fault);
            }
            let is_secret = declared.is_secret;
            parameters.push(ParameterValue { name: name.value.clone(), value, is_secret });
        }
        parameters
    }

    /// Refuses a value that CloudFormation does not take, as far as it is known yet.
    fn check_field(
        &mut self,
        placement: Placement<'e>,
        field: StackField<'_>,
        value: &PlannedValue,
        place: &Place,
    ) {
        if let Some(fault) = shown_secret::outside(&field.to_string(), value, place) {
            self.fault(placement, fault);
        }
        if field.is_one_arn()
            && let Some((key, instances)) = value.joined()
        {
            self.refuse_joined(placement, field, (key, instances), place);
        }
        let objection = value.as_text().and_then(|value| field.objection(&value));
        if let Some(objection) = objection {
            self.fault(placement, Fault::at(place, format!("{field} {objection}")));
        }
    }

    /// Refuses outputs of several stack instances in the place of one ARN.
    fn refuse_joined(
        &mut self,
        placement: Placement<'e>,
        field: StackField<'_>,
        (key, instances): (&str, &[usize]),
        place: &Place,
    ) {
        let placements = self.evaluator.placements;
        let first = placements.all[instances[0]];
        let account = &placements.targets[first.target].name;
        let (stack, region) = (&first.stack.key.value, first.region);
        let message = format!(
            "{field} is one ARN, and this joins the outputs of {} stack instances",
            instances.len()
        );
        let help = format!("name each by itself: `${{output:{stack}.{key}@{account}/{region}}}`");
        self.fault(placement, Fault::at(place, message).with_help(help));
    }

    /// Returns the tags by key; nothing if nobody says anything of tags.
    fn tags(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<Vec<(String, PlannedValue)>> {
        let placements = self.evaluator.placements;
        let merged = placements.tags(&placement, placements.values_of(&placement))?;
        if merged.len() > MOST_TAGS && self.needs_values() {
            let count = merged.len();
            let message =
                format!("the stack has {count} tags, and CloudFormation takes {MOST_TAGS}");
            let fault = Fault::at(&placement.stack.key.place, message);
            let help = "those of the file and of the account count as well";
            self.fault(placement, fault.with_help(help));
        }
        let mut tags = Vec::with_capacity(merged.len());
        for (key, text) in merged {
            let Some(value) = self.value(placement, text, needs) else { continue };
            self.check_field(placement, StackField::Tag(key), &value, &text.place);
            tags.push((key.to_owned(), value));
        }
        Some(tags)
    }

    fn service_role(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<PlannedValue> {
        let text = placement.stack.settings.service_role.as_ref()?;
        // A delete is sent with it as well.
        let value = self.value_as_sent(placement, text, needs)?;
        let arn = value.as_text();
        self.check_field(placement, StackField::ServiceRole, &value, &text.place);
        self.check_partition(placement, arn.as_deref(), &text.place);
        Some(value)
    }

    fn rollback_alarms(&mut self, placement: Placement<'e>) -> Option<Vec<String>> {
        let texts = placement.stack.settings.rollback_alarms.as_ref()?;
        if !self.needs_values() {
            return None;
        }
        let mut alarms = Vec::with_capacity(texts.len());
        for text in texts {
            let Some(alarm) = self.text(placement, text) else { continue };
            self.check_partition(placement, Some(&alarm), &text.place);
            if let Some(objection) = StackField::RollbackAlarm.objection(&alarm) {
                let message = format!("{} {objection}", StackField::RollbackAlarm);
                self.fault(placement, Fault::at(&text.place, message));
            }
            alarms.push(alarm);
        }
        Some(alarms)
    }
}

/// Says what is wrong with the value of a parameter.
pub(super) fn objection(
    name: &str,
    declared: &TemplateParameter,
    value: &str,
    place: &Place,
) -> Option<Fault> {
    let objection = declared.objection(value)?;
    let shown = if declared.is_secret { String::new() } else { format!("{} ", quoted(value)) };
    let message = format!("the value {shown}of `{name}` {objection}");
    Some(Fault::at(place, message).with_help(format!("the rule stands at {}", declared.place)))
}
