//! How accounts outside of their file are entered: as the file's own accounts are, and the source account with the source
//! credentials.

use super::account_entry::{entry, without_entry};
use super::evaluate::Evaluator;
use super::model::TargetAccount;
use super::outside_account::OutsideAccount;
use super::placements::Placements;
use crate::document::Fault;
use crate::environment::AccountSpec;
use crate::name::AccountName;

/// Returns an account and how it is entered.
///
/// # Errors
/// When nothing says how, or what does is wrong.
pub(super) fn outside_account(
    outside: &OutsideAccount,
    evaluator: &mut Evaluator<'_, '_>,
) -> Result<TargetAccount, Fault> {
    let environments = evaluator.placements.environments;
    let source = environments[outside.environment].source.account.as_ref();
    let is_source = source.is_some_and(|source| source.value == outside.id);
    let spec = AccountSpec::of_id(&outside.id, &outside.place);
    let name = if is_source { AccountName::source() } else { spec.name.value.clone() };
    let mut placements = Placements::of_no_stack(environments);
    placements.account_with_id(outside.environment, &outside.id, &outside.region);
    placements.targets[0].name = name.clone();
    placements.targets[0].account = (!is_source).then_some(&spec);
    if let Some(fault) = without_entry(&placements, 0) {
        return Err(fault);
    }
    let files = std::mem::take(&mut evaluator.files);
    let mut within = Evaluator::new(&placements, files, evaluator.variables);
    let entry = entry(&mut within, 0);
    evaluator.files = within.files;
    Ok(TargetAccount {
        environment: outside.environment,
        name,
        id: outside.id.clone(),
        region: outside.region.clone(),
        entry: entry?,
        wave: 0,
    })
}

#[cfg(test)]
mod tests {
    use crate::environment::Environment;
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{AccountEntry, Plan, Selection, resolve};

    const TEMPLATE: &str =
        "Parameters: { Open: { Type: String } }\nResources: { Inbox: { Type: AWS::SQS::Queue } }\n";

    fn resolved(text: &str) -> Result<Plan, String> {
        let folder = TestFolder::new();
        folder.write("app.yaml", TEMPLATE);
        folder.write("x.yaml", text);
        Environment::load(&folder.path().join("x.yaml"))
            .and_then(|environment| resolve(&[environment], &Selection::default(), &|_| None))
            .map_err(|faults| faults.render(false, 200))
    }

    fn reading(value: &str) -> String {
        file(&format!("  app: {{ template: app.yaml, parameters: {{ Open: '{value}' }} }}\n"))
    }

    #[test]
    fn an_account_outside_of_the_file_is_entered_by_the_role_that_the_file_names() {
        let text = reading("${external:net.Vpc@${variables.hub}/eu-west-1}${ssm:/a@100000000099}")
            + "variables: { hub: \"100000000099\" }\n";
        let plan = resolved(&text).expect("a plan");
        let outside: Vec<_> = plan
            .accounts
            .iter()
            .filter(|account| account.name.as_str() == "100000000099")
            .collect();
        let [outside] = &outside[..] else { panic!("one account, not {}", outside.len()) };
        let AccountEntry::AssumeRole(role) = &outside.entry else { panic!("{:?}", outside.entry) };
        assert!(role.role.as_str().starts_with("arn:aws:iam::100000000099:role/"), "{role:?}");
        assert_eq!(outside.region.as_str(), "eu-west-1");
        let reads = plan.instances.iter().flat_map(|instance| {
            instance.desired().into_iter().flat_map(|desired| desired.values())
        });
        for lookup in reads.flat_map(|value| value.lookups()) {
            assert_eq!(plan.accounts[lookup.account].id, lookup.account_id);
        }
    }

    #[test]
    fn the_source_account_is_read_with_the_source_credentials() {
        for account in ["source", "999999999999"] {
            let plan = resolved(&reading(&format!("${{ssm:/a@{account}}}"))).expect("a plan");
            let entries = plan.accounts.iter().filter(|it| it.name.is_source());
            assert_eq!(entries.map(|it| &it.entry).collect::<Vec<_>>(), [&AccountEntry::Source]);
        }
    }

    #[test]
    fn an_account_that_nothing_says_how_to_enter_is_refused_at_the_reference() {
        let text = "environment: x\nsource: { account: \"999999999999\" }\nregions: [eu-central-1]\naccounts: { dev: { \
                    id: \"100000000001\", profile: dev } }\nstacks: { app: { template: app.yaml, parameters: { Open: \
                    '${ssm:/a@100000000099}' } } }\n";
        let told = resolved(text).expect_err("refused");
        assert!(told.contains("nothing says how this account is entered"), "{told}");
        assert!(told.contains("x.yaml:5"), "{told}");
    }
}
