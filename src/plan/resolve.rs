//! From what was asked for to a plan.

use std::collections::{BTreeSet, HashMap};

use super::compose::{Composer, Draft};
use super::entry::{entry, without_entry};
use super::evaluate::{EnvVariables, Scope};
use super::fault_book::FaultBook;
use super::ground::Ground;
use super::model::{Plan, PlannedEnvironment, Purpose, TargetAccount, Value, ValuePiece};
use super::order;
use super::selection::Selection;
use crate::document::{Fault, Faults};
use crate::environment::Environment;
use crate::name::{AccountId, Region, StackName};

/// Decides everything about `environments` that needs no cloud: which of the stack instances are
/// selected, what they need, in what order they come, and every value but other stacks' outputs.
///
/// `variables` looks up the process's environment for `${env:}`. A need outside the selection is
/// part of the plan, to be read.
///
/// # Errors
/// Everything that is wrong, each with its place; what many accounts share is told once.
pub fn resolve(
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    let mut faults = FaultBook::default();
    let ground = Ground::spread(environments, &mut faults);
    let selected = selection.choose(&ground, &mut faults);
    let mut composer = Composer::new(&ground, variables, faults);
    let drafts = compose(&mut composer, &selected);
    refuse_conflicts(&ground, &drafts, &mut composer.faults);
    let planned = planned_environments(&mut composer);
    let targets: BTreeSet<usize> = drafts.iter().map(|(_, draft)| draft.instance.account).collect();
    let accounts = target_accounts(&mut composer, &targets);
    if composer.faults.is_empty() {
        match in_order(drafts, &targets) {
            Ok(instances) => return Ok(Plan { environments: planned, accounts, instances }),
            Err(cycle) => composer.faults.enter(cycle.told(&ground)),
        }
    }
    let secrets = composer.secrets();
    Err(secrets.hidden_in(composer.faults.into_faults()))
}

/// Returns the selected stack instances and those they need, by their placements, ascending.
fn compose<'e>(composer: &mut Composer<'e, '_>, selected: &[bool]) -> Vec<(usize, Draft<'e>)> {
    let chosen = selected.iter().enumerate().filter(|(_, selected)| **selected);
    let mut drafts: Vec<(usize, Draft<'e>)> =
        chosen.filter_map(|(at, _)| Some((at, composer.deployed(at)?))).collect();
    let needed = drafts.iter().flat_map(|(_, draft)| &draft.needs).map(|(at, _)| *at);
    let read: BTreeSet<usize> = needed.filter(|&at| !selected[at]).collect();
    if !read.is_empty() {
        drafts.extend(read.into_iter().filter_map(|at| Some((at, composer.read(at)?))));
        drafts.sort_by_key(|(at, _)| *at);
    }
    drafts
}

/// Refuses two stack instances that would be one stack in CloudFormation.
fn refuse_conflicts(ground: &Ground<'_>, drafts: &[(usize, Draft<'_>)], faults: &mut FaultBook) {
    let mut first: HashMap<(&AccountId, &Region, &StackName), usize> = HashMap::new();
    for (at, draft) in drafts {
        if draft.instance.purpose == Purpose::Read {
            continue;
        }
        let placement = &ground.placements[*at];
        let target = &ground.targets[placement.target];
        let name = &draft.instance.stack_name;
        let key = (target.id, placement.region, name);
        let Some(other) = first.insert(key, *at) else { continue };
        let stack = placement.stack;
        let place = stack.stack_name.as_ref().map_or(&stack.key.place, |text| &text.place);
        let message =
            format!("{} and {} are the same stack", named(ground, other), named(ground, *at));
        let (id, region) = (target.id, placement.region);
        let fault = Fault::at(place, message)
            .with_label(format!("`{name}` in {id} and {region}"))
            .with_help("give one of them another `stack-name`");
        faults.enter_for(target.name.as_str(), placement.target, fault);
    }
}

/// Returns how a placement is written where there may be several environments.
fn named(ground: &Ground<'_>, at: usize) -> String {
    let shown = ground.shown(at);
    match ground.environments {
        [_] => format!("`{shown}`"),
        environments => {
            let of = &environments[ground.environment_of(&ground.placements[at])].name.value;
            format!("`{shown}` of `{of}`")
        }
    }
}

fn planned_environments(composer: &mut Composer<'_, '_>) -> Vec<PlannedEnvironment> {
    let ground = composer.evaluator.ground;
    let mut planned = Vec::with_capacity(ground.environments.len());
    for (position, environment) in ground.environments.iter().enumerate() {
        let first_target = ground.targets.iter().find(|target| target.environment == position);
        let first_region = environment.regions.first().map(|region| &region.value);
        let Some(home_region) = first_region.or(first_target.map(|target| target.first_region))
        else {
            let message =
                format!("the environment `{}` sends no stack anywhere", environment.name.value);
            composer.faults.enter(Fault::at(&environment.name.place, message));
            continue;
        };
        let scope = Scope { environment: position, target: None, region: Some(home_region) };
        let profile = environment.source.profile.as_ref();
        let source_profile = profile.map(|text| composer.evaluator.text(text, scope)).transpose();
        planned.push(PlannedEnvironment {
            name: environment.name.value.clone(),
            path: environment.file.path.clone(),
            source_account: environment.source.account.as_ref().map(|id| id.value.clone()),
            source_profile: source_profile.unwrap_or_else(|fault| {
                composer.faults.enter(fault);
                None
            }),
            home_region: home_region.clone(),
            max_concurrent: environment.rollout.max_concurrent,
        });
    }
    planned
}

fn target_accounts(
    composer: &mut Composer<'_, '_>,
    targets: &BTreeSet<usize>,
) -> Vec<TargetAccount> {
    let mut accounts = Vec::with_capacity(targets.len());
    for &at in targets {
        let target = &composer.evaluator.ground.targets[at];
        if let Some(fault) = without_entry(composer.evaluator.ground, at) {
            composer.faults.enter_once_for(target.name.as_str(), at, fault);
            continue;
        }
        match entry(&mut composer.evaluator, at) {
            Ok(entry) => accounts.push(TargetAccount {
                environment: target.environment,
                name: target.name.clone(),
                id: target.id.clone(),
                entry,
            }),
            Err(fault) => composer.faults.enter_for(target.name.as_str(), at, fault),
        }
    }
    accounts
}

/// Stack instances that need each other, and where each says that it needs the next.
struct Cycle<'e>(Vec<(usize, &'e crate::document::Place)>);

impl Cycle<'_> {
    fn told(&self, ground: &Ground<'_>) -> Fault {
        let mut path: Vec<String> = self.0.iter().map(|(at, _)| ground.shown(*at)).collect();
        path.push(path[0].clone());
        let message = format!("stack instances need each other: {}", path.join(" -> "));
        Fault::at(self.0[0].1, message)
            .with_label("part of the cycle")
            .with_help("each needs the next one first; take one of the references out")
    }
}

/// Returns the instances in their order, with positions in the plan instead of on the ground.
fn in_order<'e>(
    drafts: Vec<(usize, Draft<'e>)>,
    targets: &BTreeSet<usize>,
) -> Result<Vec<super::StackInstance>, Cycle<'e>> {
    let draft_of: HashMap<usize, usize> =
        drafts.iter().enumerate().map(|(position, (at, _))| (*at, position)).collect();
    let needs: Vec<Vec<usize>> = drafts
        .iter()
        .map(|(_, draft)| draft.needs.iter().map(|(at, _)| draft_of[at]).collect())
        .collect();
    let order = order::sort(&needs).map_err(|cycle| cycle_of(&drafts, &cycle))?;

    let mut position_of = vec![0; order.len()];
    for (position, &draft) in order.iter().enumerate() {
        position_of[draft] = position;
    }
    let instance_of = |at: usize| position_of[draft_of[&at]];
    let account_of: HashMap<usize, usize> =
        targets.iter().enumerate().map(|(position, &target)| (target, position)).collect();
    let mut instances: Vec<(usize, super::StackInstance)> = Vec::with_capacity(drafts.len());
    for (position, (_, Draft { mut instance, needs })) in drafts.into_iter().enumerate() {
        instance.account = account_of[&instance.account];
        instance.needs = needs.iter().map(|(at, _)| instance_of(*at)).collect();
        instance.needs.sort_unstable();
        let values = instance.parameters.iter_mut().map(|parameter| &mut parameter.value);
        let values = values.chain(instance.tags.iter_mut().map(|(_, value)| value));
        let values = values.chain(&mut instance.service_role);
        values
            .chain(&mut instance.notification_arns)
            .for_each(|value| renumber(value, &instance_of));
        instances.push((position_of[position], instance));
    }
    instances.sort_by_key(|(position, _)| *position);
    Ok(instances.into_iter().map(|(_, instance)| instance).collect())
}

fn renumber(value: &mut Value, instance_of: &dyn Fn(usize) -> usize) {
    for piece in &mut value.pieces {
        match piece {
            ValuePiece::Literal(_) => {}
            ValuePiece::Output { instances, .. } => {
                instances.iter_mut().for_each(|at| *at = instance_of(*at));
            }
        }
    }
}

fn cycle_of<'e>(drafts: &[(usize, Draft<'e>)], cycle: &[usize]) -> Cycle<'e> {
    let steps = cycle.iter().enumerate().map(|(step, &position)| {
        let (at, draft) = &drafts[position];
        let (next, _) = &drafts[cycle[(step + 1) % cycle.len()]];
        let need = draft.needs.iter().find(|(need, _)| need == next);
        (*at, need.expect("a cycle is made of needs").1)
    });
    Cycle(steps.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::folder::{Folder, file};
    use crate::plan::{Entry, StackInstance};

    fn names(plan: &Plan) -> Vec<String> {
        plan.instances.iter().map(|instance| instance.id.to_string()).collect()
    }

    fn parameter<'p>(instance: &'p StackInstance, name: &str) -> &'p Value {
        let found = instance.parameters.iter().find(|parameter| parameter.name == name);
        &found.expect("the parameter").value
    }

    #[test]
    fn outputs_are_needs_wherever_they_stand() {
        let plan = Folder::new()
            .resolve(&file(
                "  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
  hub:
    template: app.yaml
    accounts: [source]
    parameters: { RoleArn: '${output:role.RoleArn@*}+${output:app.QueueArn@prod}' }
",
            ))
            .expect("a plan");
        assert_eq!(
            names(&plan),
            [
                "dev/eu-central-1/role",
                "dev/eu-central-1/app",
                "prod/eu-central-1/role",
                "prod/eu-central-1/app",
                "source/eu-central-1/hub",
            ]
        );
        let needs: Vec<&[usize]> = plan.instances.iter().map(|i| i.needs.as_slice()).collect();
        assert_eq!(needs, [&[][..], &[0], &[], &[2], &[0, 2, 3]]);
        let output = |instances: &[usize], key: &str| ValuePiece::Output {
            instances: instances.to_vec(),
            key: key.to_owned(),
        };
        assert_eq!(
            parameter(&plan.instances[4], "RoleArn").pieces,
            [
                output(&[0, 2], "RoleArn"),
                ValuePiece::Literal("+".to_owned()),
                output(&[3], "QueueArn")
            ]
        );
        assert_eq!(plan.accounts[2].entry, Entry::Source);
        assert_eq!(plan.accounts.len(), 3);
    }

    #[test]
    fn references_become_values() {
        let folder = Folder::new();
        folder.write("version.txt", "1.2\n");
        let plan = folder
            .resolve(
                "environment: e
assume-role: { name: '/team/${environment}', external-id: '${env:SET}' }
regions: [cn-north-1]
variables: { a: '${variables.b}-${account.name}', b: '${region}' }
tags: { from: file, file: '${environment}' }
accounts:
  dev: { id: '000000000001', tags: { from: account }, variables: { b: mine } }
stacks:
  app:
    template: app.yaml
    stack-name: ${environment}-app
    tags: { own: '${variables.a}', set: '${env:SET}${env:UNSET:-!}' }
    parameters: { RoleArn: '${partition} ${account.id} ${file:version.txt} $${x}' }
",
            )
            .expect("a plan");
        let app = &plan.instances[0];
        assert_eq!(app.stack_name.as_str(), "e-app");
        let value = parameter(app, "RoleArn").as_text();
        assert_eq!(value.as_deref(), Some("aws-cn 000000000001 1.2 ${x}"));
        let tags: Vec<String> = app
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_text().expect("final")))
            .collect();
        assert_eq!(tags, ["file=e", "from=account", "own=mine-dev", "set=set!"]);
        let Entry::AssumeRole { role, external_id, session_name, .. } = &plan.accounts[0].entry
        else {
            panic!("a role");
        };
        assert_eq!(role.as_str(), "arn:aws-cn:iam::000000000001:role/team/e");
        assert_eq!(external_id.as_deref(), Some("set"));
        assert_eq!(session_name.as_str(), "xdeploy-e");
        assert_eq!(app.capabilities, ["CAPABILITY_IAM"]);
    }

    #[test]
    fn a_need_outside_the_selection_is_read() {
        let folder = Folder::new();
        let text = file(
            "  role: { template: role.yaml, parameters: { Account: '${account.id}' } }
  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
",
        );
        let only = |accounts: &[&str], stacks: &[&str], regions: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
            let selection = Selection::parse(&owned(accounts), &owned(stacks), &owned(regions));
            folder.resolve_with(&text, &selection.expect("a selection"))
        };
        let plan = only(&["*2"], &["app"], &["eu-central-1"]).expect("a plan");
        assert_eq!(names(&plan), ["prod/eu-central-1/role", "prod/eu-central-1/app"]);
        assert_eq!(plan.instances[0].purpose, Purpose::Read);
        assert_eq!(plan.instances[1].purpose, Purpose::Deploy);
        assert_eq!(plan.accounts.len(), 1);

        let says = only(&["stage", "prdo"], &["ap"], &["eu-west-1"]).expect_err("nothing matches");
        insta::assert_snapshot!(says);
    }

    #[test]
    fn a_cycle_is_shown_as_a_path() {
        let says = Folder::new()
            .resolve(&file(
                "  a: { template: app.yaml, parameters: { RoleArn: '${output:b.QueueArn@prod}' } }
  b: { template: app.yaml, accounts: [prod], depends-on: [c] }
  c: { template: app.yaml, parameters: { RoleArn: '${output:a.QueueArn@dev}' } }
",
            ))
            .expect_err("a cycle");
        insta::assert_snapshot!(says);
    }

    #[test]
    fn what_does_not_fit_a_template_is_found_before_any_call() {
        let folder = Folder::new();
        folder.write(
            "named.yaml",
            "Resources: { R: { Type: AWS::IAM::Role, Properties: { RoleName: r } } }",
        );
        folder.write(
            "large.yaml",
            &format!("Description: {}\nResources: {{}}\n", "x".repeat(52_000)),
        );
        let says = folder
            .resolve(&file(
                "  role: { template: role.yaml }
  app:
    template: app.yaml
    parameters:
      RoleAn: x
      RoleArn: ${output:role.RoleAn}
      Tier: ${account.name}
      Password: hunter2hunter2
  named: { template: named.yaml }
  large: { template: large.yaml }
  none: { template: none.yaml }
  policy: { template: app.yaml, stack-policy: role.yaml }
",
            ))
            .expect_err("faults");
        assert!(!says.contains("hunter2"));
        insta::assert_snapshot!(says);
    }

    #[test]
    fn what_cannot_be_resolved_is_found_before_any_call() {
        let says = Folder::new()
            .resolve(
                "environment: e
accounts:
  dev: { id: '100000000001' }
  prod: { id: '100000000002', assume-role: { name: '${account.name} role' } }
regions: [eu-central-1]
stacks:
  my_app: { template: app.yaml }
  same: { template: app.yaml, stack-name: app }
  app:
    template: app.yaml
    parameters: { RoleArn: '${env:UNSET}', Tier: '${source.account}' }
  only-dev: { template: app.yaml, accounts: [dev], stack-name: '${output:app.QueueArn}' }
  needs-dev:
    template: app.yaml
    accounts: [prod]
    depends-on: [only-dev]
    parameters: { RoleArn: '${output:only-dev.QueueArn}' }
  hub: { template: app.yaml, accounts: [source] }
",
            )
            .expect_err("faults");
        insta::assert_snapshot!(says);
    }

    #[test]
    fn environments_side_by_side_share_no_stack() {
        let folder = Folder::new();
        let text = file("  app: { template: app.yaml }\n");
        folder.write("a.yaml", &text);
        folder.write("b.yaml", &text.replace("environment: test", "environment: other"));
        let both = [folder.load("a.yaml"), folder.load("b.yaml")];
        let faults = resolve(&both, &Selection::default(), &|_| None).expect_err("the same stacks");
        insta::assert_snapshot!(folder.shown(&faults));
        folder.write("b.yaml", &text.replace("eu-central-1", "eu-west-1"));
        let both = [folder.load("a.yaml"), folder.load("b.yaml")];
        let plan = resolve(&both, &Selection::default(), &|_| None).expect("a plan");
        assert_eq!(plan.environments.len(), 2);
        assert_eq!(plan.accounts.iter().map(|a| a.environment).collect::<Vec<_>>(), [0, 0, 1, 1]);
    }

    #[test]
    fn thousands_of_stack_instances_share_what_they_can() {
        let accounts: String =
            (0..1000).map(|n| format!("  a{n}: '{:012}'\n", 100_000_000_000_u64 + n)).collect();
        let mut text = file("  s0: { template: app.yaml }\n").replace(
            "accounts: { dev: '100000000001', prod: '100000000002' }",
            &format!("accounts:\n{accounts}"),
        );
        for number in 1..10 {
            let need = format!("${{output:s{}.QueueArn}}", number - 1);
            text.push_str(&format!(
                "  s{number}: {{ template: app.yaml, parameters: {{ RoleArn: '{need}' }} }}\n"
            ));
        }
        let plan = Folder::new().resolve(&text).expect("a plan");
        assert_eq!(plan.instances.len(), 10_000);
        let template = &plan.instances[0].template;
        assert!(plan.instances.iter().all(|i| std::sync::Arc::ptr_eq(&i.template, template)));
    }

    proptest! {
        #[test]
        fn every_instance_stands_once_and_after_its_needs(
            needs in prop::collection::vec((0..5usize, 0..5usize, 0..4usize), 0..8)
        ) {
            let mut stacks: Vec<(String, String)> = vec![Default::default(); 5];
            for (from, to, how) in &needs {
                let (depends_on, tags) = &mut stacks[*from];
                match how {
                    0 => *depends_on = format!("depends-on: [s{to}],"),
                    1 => tags.push_str(&format!("${{output:s{to}.QueueArn}}")),
                    2 => tags.push_str(&format!("${{output:s{to}.QueueArn@*}}")),
                    _ => tags.push_str(&format!("${{output:s{to}.QueueArn@prod}}")),
                }
            }
            let stacks: String = stacks
                .iter()
                .enumerate()
                .map(|(number, (depends_on, tags))| {
                    format!(
                        "  s{number}: {{ template: app.yaml, {depends_on} tags: {{ t: 'x{tags}' }} }}\n"
                    )
                })
                .collect();
            match Folder::new().resolve(&file(&stacks)) {
                Err(says) => prop_assert!(says.contains(" -> ") && !needs.is_empty(), "{}", says),
                Ok(plan) => {
                    let mut names = names(&plan);
                    names.sort();
                    names.dedup();
                    prop_assert_eq!(names.len(), 10);
                    for (at, instance) in plan.instances.iter().enumerate() {
                        prop_assert!(instance.needs.iter().all(|&need| need < at));
                        let named = instance.tags.iter().flat_map(|(_, value)| value.needs());
                        for need in named {
                            prop_assert!(instance.needs.contains(&need));
                        }
                    }
                }
            }
        }
    }
}
