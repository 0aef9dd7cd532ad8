//! Stack instances with all that a create or an update of them sends.
//!
//! Until the order is known, stack instances and accounts are positions on the [`Ground`].

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::desired_stack::{ArtifactsBucket, DesiredStack, ParameterValue};
use super::evaluate::{EnvVariables, Evaluator, Scope};
use super::fault_book::FaultBook;
use super::files::Files;
use super::ground::{Ground, Placement};
use super::model::{Purpose, StackInstance};
use super::redact::Secrets;
use super::regions::of_other_partition;
use super::stack_check::{self, Shared};
use super::value::{Value, ValuePiece};
use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::environment::{Piece, Reference, Stack, Text};
use crate::foreign;
use crate::name::{InstanceId, RoleArn, StackName};
use crate::template::{Template, TemplateParameter};

/// A stack instance and why it needs what it needs.
pub(super) struct Draft<'e> {
    /// The instance.
    pub instance: StackInstance,
    /// What it needs, and where that is said.
    pub needs: Vec<(usize, &'e Place)>,
}

/// Makes stack instances and keeps what is wrong with them.
pub(super) struct Composer<'e, 'v> {
    /// Gives texts their values.
    pub evaluator: Evaluator<'e, 'v>,
    /// What was wrong so far.
    pub faults: FaultBook,
    /// What the instances of each stack share, by environment and key; nothing if it is faulty.
    shared: HashMap<(usize, &'e str), Option<Shared>>,
}

impl<'e, 'v> Composer<'e, 'v> {
    /// Returns a composer for what stands on `ground`.
    pub fn new(ground: &'e Ground<'e>, variables: &'v EnvVariables<'v>, faults: FaultBook) -> Self {
        Self::within(None, ground, variables, faults)
    }

    /// Returns the same, which reads no file outside of `root`.
    pub fn within(
        root: Option<&Path>,
        ground: &'e Ground<'e>,
        variables: &'v EnvVariables<'v>,
        faults: FaultBook,
    ) -> Self {
        let evaluator = Evaluator { ground, files: Files::within(root), variables };
        Self { evaluator, faults, shared: HashMap::new() }
    }

    /// Returns the stack instance at a placement, to be deployed; nothing if it is faulty.
    pub fn deployed(&mut self, at: usize) -> Option<Draft<'e>> {
        let Draft { instance, mut needs } = self.read(at)?;
        let ground = self.evaluator.ground;
        let placement = ground.placements[at];
        let stack = placement.stack;
        let shared = self.shared(placement)?;
        let parameters = self.parameters(placement, &shared, &mut needs);
        let tags = self.tags(placement, &mut needs);
        for need in &stack.depends_on {
            let beside = ground.standing_at(placement.target, placement.region, &need.value);
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
        Some(Draft { instance, needs })
    }

    /// Returns the stack instance at a placement, only to be read; nothing if it is faulty.
    pub fn read(&mut self, at: usize) -> Option<Draft<'e>> {
        let ground = self.evaluator.ground;
        let placement = ground.placements[at];
        let target = &ground.targets[placement.target];
        let shared = self.shared(placement)?;
        let environment = &ground.environments[target.environment];
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
        Some(Draft { instance, needs: Vec::new() })
    }

    /// Returns where secret values stand in the files of all stacks looked at so far.
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for (&(environment, key), shared) in &self.shared {
            let Some(Shared { template, .. }) = shared else { continue };
            let environment = &self.evaluator.ground.environments[environment];
            let stack = environment.stacks.iter().find(|stack| stack.key.value.as_str() == key);
            for (name, text) in stack.iter().flat_map(|stack| &stack.parameters) {
                if template.parameters.get(&name.value).is_some_and(|declared| declared.is_secret) {
                    secrets.add(environment, text);
                }
            }
        }
        secrets
    }

    /// Enters a fault that was met for the account of a placement.
    fn fault(&mut self, placement: Placement<'e>, fault: Fault) {
        let name = self.evaluator.ground.targets[placement.target].name.as_str();
        self.faults.enter_for(name, placement.target, fault);
    }

    fn shared(&mut self, placement: Placement<'e>) -> Option<Shared> {
        let ground = self.evaluator.ground;
        let environment = ground.environment_of(&placement);
        let stack = placement.stack;
        let key = (environment, stack.key.value.as_str());
        if let Some(known) = self.shared.get(&key) {
            return known.clone();
        }
        let files = &mut self.evaluator.files;
        let shared = stack_check::check(ground, environment, stack, files, &mut self.faults);
        self.shared.insert(key, shared.clone());
        shared
    }

    fn scope(&self, placement: Placement<'e>) -> Scope<'e> {
        let environment = self.evaluator.ground.environment_of(&placement);
        Scope { environment, target: Some(placement.target), region: Some(placement.region) }
    }

    /// Returns the value of a text without outputs.
    fn text(&mut self, placement: Placement<'e>, text: &Text) -> Option<String> {
        let scope = self.scope(placement);
        self.evaluator.text(text, scope).map_err(|fault| self.fault(placement, fault)).ok()
    }

    /// Returns the value of a text that may hold outputs, whose stacks become needs.
    fn value(
        &mut self,
        placement: Placement<'e>,
        text: &'e Text,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<Value> {
        let scope = self.scope(placement);
        let found = self.evaluator.value(text, scope);
        let value = found.map_err(|fault| self.fault(placement, fault)).ok()?;
        for piece in &value.pieces {
            if let ValuePiece::Output { instances, key } = piece {
                self.check_output(instances[0], key, &text.place);
            }
        }
        needs.extend(value.needs().map(|at| (at, &text.place)));
        Some(value)
    }

    fn notification_arns(
        &mut self,
        placement: Placement<'e>,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Vec<Value> {
        let mut arns = Vec::with_capacity(placement.stack.settings.notification_arns.len());
        for text in &placement.stack.settings.notification_arns {
            let Some(value) = self.value(placement, text, needs) else { continue };
            self.check_partition(placement, value.as_text().as_deref(), &text.place);
            arns.push(value);
        }
        arns
    }

    /// Refuses an ARN of another partition than the Region of the placement, as far as it is known.
    fn check_partition(&mut self, placement: Placement<'e>, arn: Option<&str>, place: &Place) {
        let fault = arn.and_then(|arn| of_other_partition(arn, placement.region, place));
        if let Some(fault) = fault {
            self.fault(placement, fault);
        }
    }

    /// Refuses an output that the template of the stack at placement `at` does not declare.
    fn check_output(&mut self, at: usize, key: &str, place: &Place) {
        let placement = self.evaluator.ground.placements[at];
        let Some(Shared { template, .. }) = self.shared(placement) else { return };
        if template.may_add_outputs || template.outputs.contains_key(key) {
            return;
        }
        let path = foreign::path(&template.file.path);
        let fault = Fault::at(place, format!("`{path}` declares no output {}", quoted(key)))
            .with_label("unknown output");
        let known = template.outputs.keys().map(String::as_str);
        self.faults.enter(Fault { help: did_you_mean(key, known), ..fault });
    }

    fn stack_name(&mut self, placement: Placement<'e>) -> Option<StackName> {
        let Stack { key, stack_name, .. } = placement.stack;
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
        shared: &Shared,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Vec<ParameterValue<Value>> {
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
    ) -> Vec<(String, Value)> {
        let ground = self.evaluator.ground;
        let target = &ground.targets[placement.target];
        let environment = &ground.environments[target.environment];
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
    ) -> Option<Value> {
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
        let ground = self.evaluator.ground;
        let environment = &ground.environments[ground.environment_of(&placement)];
        let artifacts = environment.artifacts.as_ref().filter(|_| template.needs_bucket())?;
        let name = self.text(placement, &artifacts.bucket)?;
        let target = &ground.targets[placement.target];
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
    value: &Value,
    place: &Place,
) -> Option<Fault> {
    let value = value.as_text()?;
    let objection = declared.objection(&value)?;
    let shown = if declared.is_secret { String::new() } else { format!("{} ", quoted(&value)) };
    let message = format!("the value {shown}of `{name}` {objection}");
    Some(Fault::at(place, message).with_help(format!("the rule stands at {}", declared.place)))
}
