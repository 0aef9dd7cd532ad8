//! From what was asked for to a plan.

use std::collections::BTreeSet;
use std::path::Path;

use super::arrange::{cycle, in_order};
use super::compose::Candidate;
use super::composer::{Composer, Extent};
use super::conflict::{refuse_conflicts, refuse_namesakes};
use super::dependents::dependents;
use super::evaluate::EnvVariables;
use super::export_names::check_export_names;
use super::fault_book::FaultBook;
use super::found_accounts::refuse_unlisted;
use super::model::Plan;
use super::placements::Placements;
use super::planned_environment::planned_environments;
use super::selection::Selection;
use super::target_accounts::{target_accounts, with_looked_up_in};
use super::{import, judged_values, list_parts, overrides, regions, wave};
use crate::document::Faults;
use crate::environment::Environment;

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
    resolve_within(None, environments, selection, variables)
}

/// Decides what is needed to read and to delete stacks, and to show their order: their names, needs and
/// accounts, but no value that they are sent with. What is wrong with values, and with the files that hold
/// templates, is no matter.
///
/// # Errors
/// As [`resolve`], but for those.
pub fn resolve_order(
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    resolve_to(Extent::Order, None, environments, selection, variables)
}

/// Decides the same for files that are not trusted: none that stands outside of `root` is read.
///
/// # Errors
/// As [`resolve`], and where a file names one outside.
pub fn resolve_within(
    root: Option<&Path>,
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    resolve_to(Extent::Whole, root, environments, selection, variables)
}

fn resolve_to(
    extent: Extent,
    root: Option<&Path>,
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    let mut faults = FaultBook::default();
    let (placements, waves) = lay_out(environments, variables, &mut faults);
    overrides::refuse_unused(&placements, &mut faults);
    let mut selected = selection.choose(&placements, &mut faults);
    if extent == Extent::Whole {
        list_parts::check(&placements, &mut faults);
    }
    if selection.has_dependents() && faults.has_no_errors() {
        let composer = Composer::within(root, &placements, variables, FaultBook::default());
        add_dependents(composer.with_extent(Extent::Order), &mut selected)?;
    }
    let composer = Composer::within(root, &placements, variables, faults);
    let mut composer = composer.with_extent(extent);
    let candidates = compose(&mut composer, &selected);
    refuse_conflicts(&placements, &candidates, &mut composer.faults);
    check_export_names(&mut composer, &candidates);
    judged_values::check(&mut composer, &candidates);
    wave::refuse_later_needs(&placements, &waves, &candidates, &mut composer.faults);
    if !composer.faults.has_no_errors() {
        if extent == Extent::Whole && root.is_none() {
            composer.check_local_paths();
        }
        // Told with the others, whatever is wrong with values and templates.
        let other = Composer::within(root, &placements, variables, FaultBook::default());
        let candidates = compose(&mut other.with_extent(Extent::Order), &selected);
        if let Some(cycle) = cycle(candidates) {
            composer.faults.enter(cycle.told(&placements));
        }
    }
    let targets = candidates.iter().map(|(_, candidate)| candidate.instance.account).collect();
    decided(composer, candidates, &targets, &waves)
}

/// Decides how the selected accounts of `environments` are entered, whichever stacks stand there: a
/// plan without stack instances.
///
/// # Errors
/// As [`resolve`], but for what is wrong with stacks.
pub fn entrances(
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    let mut faults = FaultBook::default();
    let (placements, waves) = lay_out(environments, variables, &mut faults);
    let targets = selection.choose_accounts(&placements, &mut faults);
    let composer = Composer::new(&placements, variables, faults);
    decided(composer, Vec::new(), &targets, &waves)
}

/// Decides how the selected accounts of `environments` are entered, whether stacks are sent there or
/// not, and which stack instances each environment wants there. Unlike a plan that is carried out,
/// it may hold a stack twice, wanted by two environments.
///
/// # Errors
/// As [`resolve_order`].
pub fn survey(
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    // Which account can be entered is to be known also while values or templates are missing.
    survey_to(Extent::Whole, environments, selection, variables)
        .or_else(|_| survey_to(Extent::Order, environments, selection, variables))
}

/// Decides the same without values: accounts in which those are only read are no part of it.
///
/// # Errors
/// As [`resolve_order`].
pub fn survey_order(
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    survey_to(Extent::Order, environments, selection, variables)
}

fn survey_to(
    extent: Extent,
    environments: &[Environment],
    selection: &Selection,
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    let mut faults = FaultBook::default();
    let (placements, waves) = lay_out(environments, variables, &mut faults);
    let mut targets = selection.choose_accounts(&placements, &mut faults);
    let here = placements.all.iter().map(|placement| targets.contains(&placement.target));
    let selected: Vec<bool> = here.collect();
    let mut composer = Composer::new(&placements, variables, faults).with_extent(extent);
    let candidates = compose(&mut composer, &selected);
    targets.extend(candidates.iter().map(|(_, candidate)| candidate.instance.account));
    decided(composer, candidates, &targets, &waves)
}

/// Returns where everything stands, and the wave of each account.
pub(super) fn lay_out<'e>(
    environments: &'e [Environment],
    variables: &EnvVariables<'_>,
    faults: &mut FaultBook,
) -> (Placements<'e>, Vec<usize>) {
    refuse_namesakes(environments, faults);
    refuse_unlisted(environments, faults);
    regions::refuse_unknown(environments, variables, faults);
    let placements = Placements::of(environments, faults);
    regions::refuse_mixed(&placements, faults);
    let waves = wave::assign(&placements, faults);
    (placements, waves)
}

/// Returns the selected stack instances and those they need, by their placements, ascending.
fn compose<'e>(composer: &mut Composer<'e, '_>, selected: &[bool]) -> Vec<(usize, Candidate<'e>)> {
    let chosen = selected.iter().enumerate().filter(|(_, selected)| **selected);
    let mut candidates: Vec<(usize, Candidate<'e>)> =
        chosen.filter_map(|(at, _)| Some((at, composer.deployed(at)?))).collect();
    import::add_needs(composer, selected, &mut candidates);
    let needed = candidates.iter().flat_map(|(_, candidate)| &candidate.needs).map(|(at, _)| *at);
    let read: BTreeSet<usize> = needed.filter(|&at| !selected[at]).collect();
    if !read.is_empty() {
        candidates.extend(read.into_iter().filter_map(|at| Some((at, composer.read(at)?))));
        candidates.sort_by_key(|(at, _)| *at);
    }
    candidates
}

/// Adds to the selected placements those that need them, itself or through others.
///
/// # Errors
/// With what keeps it from being known of any placement.
fn add_dependents(mut composer: Composer<'_, '_>, selected: &mut [bool]) -> Result<(), Faults> {
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); selected.len()];
    for (at, candidate) in compose(&mut composer, &vec![true; selected.len()]) {
        needs[at] = candidate.needs.iter().map(|(need, _)| *need).collect();
    }
    if !composer.faults.has_no_errors() {
        return Err(told(composer));
    }
    let chosen = selected.iter().enumerate().filter_map(|(at, is_it)| is_it.then_some(at));
    for dependent in dependents(&needs, &chosen.collect()) {
        selected[dependent] = true;
    }
    Ok(())
}

/// Returns the plan that enters `targets` and holds `candidates`, or everything that is wrong.
pub(super) fn decided<'e>(
    mut composer: Composer<'e, '_>,
    candidates: Vec<(usize, Candidate<'e>)>,
    targets: &BTreeSet<usize>,
    waves: &[usize],
) -> Result<Plan, Faults> {
    let environments = planned_environments(&mut composer);
    let targets = &with_looked_up_in(targets, &candidates);
    let accounts = target_accounts(&mut composer, targets, waves);
    if composer.faults.has_no_errors() {
        match in_order(candidates, targets) {
            Ok(instances) => {
                let doubts = told(composer).0;
                return Ok(Plan { environments, accounts, instances, doubts });
            }
            Err(cycle) => composer.faults.enter(cycle.told(composer.evaluator.placements)),
        }
    }
    Err(told(composer))
}

/// Returns what was found, without the secrets that stand beside it.
fn told(composer: Composer<'_, '_>) -> Faults {
    let secrets = composer.secrets();
    secrets.hidden_in(composer.faults.into_faults())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{AccountEntry, DesiredStack, PlannedValue, StackInstance, ValuePiece};

    fn names(plan: &Plan) -> Vec<String> {
        plan.instances.iter().map(|instance| instance.id.to_string()).collect()
    }

    fn desired(instance: &StackInstance) -> &DesiredStack<PlannedValue> {
        instance.desired().expect("one that is deployed")
    }

    fn parameter<'p>(instance: &'p StackInstance, name: &str) -> &'p PlannedValue {
        let found = desired(instance).parameters.iter().find(|parameter| parameter.name == name);
        &found.expect("the parameter").value
    }

    /// An environment file that refers to much.
    const MANY_KEYS: &str = "environment: e
source: { account: '999999999999', profile: p }
assume-role: { name: 'r-${environment}', external-id: '${env:E:-ee}', duration: 1h }
regions: [eu-central-1, eu-west-1]
variables: { a: '${variables.b}', b: '${account.id}-${region}' }
accounts:
  dev: { id: '000000000012', variables: { b: '${partition}' }, tags: { t: '${account.name}' } }
  prod: { id: '000000000013', regions: [us-east-1], profile: '${account.name}' }
stacks:
  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
  app:
    template: app.yaml
    depends-on: [role]
    stack-name: app-${environment}
    parameters: { RoleArn: '${output:role.RoleArn}' }
    tags: { v: '${variables.a}' }
    notification-arns: ['${output:role.RoleArn@dev/eu-west-1}']
  hub: { template: app.yaml, accounts: [source], tags: { all: '${output:app.QueueArn@*}' } }
";

    #[test]
    fn a_file_that_refers_to_much_is_resolved() {
        let plan = TestFolder::new().resolve(MANY_KEYS).expect("a plan");
        assert_eq!(plan.instances.len(), 8);
        assert_eq!(plan.instances.last().expect("the hub").needs.len(), 3);
    }

    #[test]
    fn outputs_are_needs_wherever_they_stand() {
        let plan = TestFolder::new()
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
            part: None,
        };
        assert_eq!(
            parameter(&plan.instances[4], "RoleArn").pieces,
            [
                output(&[0, 2], "RoleArn"),
                ValuePiece::Literal("+".to_owned()),
                output(&[3], "QueueArn")
            ]
        );
        assert_eq!(plan.accounts[2].entry, AccountEntry::Source);
        assert_eq!(plan.accounts.len(), 3);
    }

    #[test]
    fn references_become_values() {
        let folder = TestFolder::new();
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
        let tags: Vec<String> = desired(app)
            .tags
            .iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", value.as_text().expect("final")))
            .collect();
        assert_eq!(tags, ["file=e", "from=account", "own=mine-dev", "set=set!"]);
        let AccountEntry::AssumeRole(entry) = &plan.accounts[0].entry else {
            panic!("a role");
        };
        assert_eq!(entry.role.as_str(), "arn:aws-cn:iam::000000000001:role/team/e");
        assert_eq!(entry.external_id.as_ref().map(|id| id.as_str()), Some("set"));
        assert_eq!(entry.session_name.as_str(), "xdeploy-e");
        assert_eq!(desired(app).capabilities, ["CAPABILITY_IAM"]);
    }

    #[test]
    fn a_need_outside_the_selection_is_read() {
        let folder = TestFolder::new();
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
        assert!(plan.instances[0].is_only_read());
        assert!(!plan.instances[1].is_only_read());
        assert_eq!(plan.accounts.len(), 1);

        let says = only(&["stage", "prdo"], &["ap"], &["eu-west-1"]).expect_err("nothing matches");
        insta::assert_snapshot!(says);
    }

    #[test]
    fn a_cycle_is_shown_as_a_path() {
        let says = TestFolder::new()
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
        let folder = TestFolder::new();
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
        let says = TestFolder::new()
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
        let folder = TestFolder::new();
        let text = file("  app: { template: app.yaml }\n");
        folder.write("a.yaml", &text);
        folder.write("b.yaml", &text.replace("environment: test", "environment: other"));
        let both = [folder.load("a.yaml"), folder.load("b.yaml")];
        let faults = resolve(&both, &Selection::default(), &|_| None).expect_err("the same stacks");
        insta::assert_snapshot!(folder.shown(&faults));
        let other = text.replace("eu-central-1", "eu-west-1");
        folder.write("b.yaml", &other.replace("environment: test", "environment: other"));
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
        let plan = TestFolder::new().resolve(&text).expect("a plan");
        assert_eq!(plan.instances.len(), 10_000);
        let template = plan.instances[0].template();
        assert!(plan.instances.iter().all(|i| std::sync::Arc::ptr_eq(i.template(), template)));
    }

    #[test]
    fn variables_that_double_each_other_are_refused_at_once() {
        for leaf in ["''", "x"] {
            let doubling: String = (1..40)
                .map(|n| format!("  v{n}: '${{variables.v{0}}}${{variables.v{0}}}'\n", n - 1))
                .collect();
            let text = file("  app: { template: app.yaml, tags: { t: '${variables.v39}' } }\n")
                .replace("stacks:", &format!("variables:\n  v0: {leaf}\n{doubling}stacks:"));
            let says = TestFolder::new().resolve(&text).expect_err("too much");
            assert!(says.contains("the value holds more than 1000 references"), "{says}");
        }
    }

    #[test]
    fn accounts_that_nothing_enters_are_told_once() {
        let accounts: String =
            (0..100).map(|n| format!("  a{n}: '{:012}'\n", 100_000_000_000_u64 + n)).collect();
        let text = file("  app: { template: app.yaml }\n")
            .replace("assume-role: { name: deployer }\n", "")
            .replace(
                "accounts: { dev: '100000000001', prod: '100000000002' }",
                &format!("accounts:\n  hub: '999999999999'\n{accounts}"),
            );
        let says = TestFolder::new().resolve(&text).expect_err("no role");
        assert!(says.contains("(in `a0` and 99 more accounts)"), "{says}");
        assert_eq!(says.matches(" × ").count(), 1);
    }

    #[test]
    fn two_files_are_not_one_environment() {
        let folder = TestFolder::new();
        folder.write("a.yaml", &file("  app: { template: app.yaml }\n"));
        let both = [folder.load("a.yaml"), folder.load("a.yaml")];
        let faults = resolve(&both, &Selection::default(), &|_| None).expect_err("a namesake");
        assert!(folder.shown(&faults).contains("two files are the environment `test`"));
    }

    #[test]
    fn a_secret_is_hidden_in_the_variables_it_comes_from() {
        let says = TestFolder::new()
            .resolve(
                &file(
                    "  app: { template: app.yaml, parameters: { Password: '${variables.p}' } }\n",
                )
                .replace("stacks:", "variables: { p: hunter2-é-hunter2, q: x }\nstacks:"),
            )
            .expect_err("too long");
        assert!(
            says.contains("must have at most 8 characters") && !says.contains("hunter"),
            "{says}"
        );
    }

    #[test]
    fn an_output_of_another_account_needs_a_region_only_if_there_are_several() {
        let folder = TestFolder::new();
        let resolve_in = |regions: &str, scope: &str| {
            let hub = format!(
                "{{ template: app.yaml, accounts: [source], regions: [eu-west-1], parameters: {{ RoleArn: '${{output:app.QueueArn{scope}}}' }} }}"
            );
            let text = file(&format!("  app: {{ template: app.yaml }}\n  hub: {hub}\n"));
            folder.resolve(&text.replace("regions: [eu-central-1]", &format!("regions: {regions}")))
        };
        let needs = |plan: &Plan| {
            let hub = plan.instances.last().expect("the hub").clone();
            hub.needs.iter().map(|&at| plan.instances[at].id.to_string()).collect::<Vec<_>>()
        };
        let plan = resolve_in("[eu-central-1]", "@prod").expect("the only Region");
        assert_eq!(needs(&plan), ["prod/eu-central-1/app"]);
        let plan = resolve_in("[eu-central-1, eu-west-1]", "@prod").expect("the same Region");
        assert_eq!(needs(&plan), ["prod/eu-west-1/app"]);
        let plan = resolve_in("[eu-central-1, us-east-1]", "@prod/us-east-1").expect("named");
        assert_eq!(needs(&plan), ["prod/us-east-1/app"]);
        let says = resolve_in("[eu-central-1, us-east-1]", "@prod").expect_err("which one");
        assert!(says.contains("name one: `@prod/eu-central-1`"), "{says}");
    }

    proptest! {
        #[test]
        fn a_mutated_file_gives_a_plan_or_faults(
            at in 0..MANY_KEYS.len(), cut in 0..9usize, with in "[a-z@*:${}., \\n'-]{0,6}"
        ) {
            let folder = TestFolder::new();
            let mut text = MANY_KEYS.to_owned();
            text.replace_range(at..(at + cut).min(MANY_KEYS.len()), &with);
            folder.write("x.yaml", &text);
            let loaded = Environment::load(&folder.path().join("x.yaml"));
            let variables = |_: &str| None;
            let resolved =
                loaded.and_then(|loaded| resolve(&[loaded], &Selection::default(), &variables));
            match resolved {
                // Whatever is cut out, something is left to deploy.
                Ok(plan) => prop_assert!(!plan.instances.is_empty()),
                Err(faults) => prop_assert!(!faults.render(false, 80).is_empty()),
            }
        }

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
            match TestFolder::new().resolve(&file(&stacks)) {
                Err(says) => prop_assert!(says.contains(" -> ") && !needs.is_empty(), "{}", says),
                Ok(plan) => {
                    let mut names = names(&plan);
                    names.sort();
                    names.dedup();
                    prop_assert_eq!(names.len(), 10);
                    for (at, instance) in plan.instances.iter().enumerate() {
                        prop_assert!(instance.needs.iter().all(|&need| need < at));
                        let tags = desired(instance).tags.iter().flatten();
                        let named = tags.flat_map(|(_, value)| value.needs());
                        for need in named {
                            prop_assert!(instance.needs.contains(&need));
                        }
                    }
                }
            }
        }
    }
}
