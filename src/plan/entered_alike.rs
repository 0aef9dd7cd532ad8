//! Accounts entered alike: several files may name one account, and where the same login and role lead into it, what was
//! read there for one file was read for all.

use std::collections::BTreeMap;

use super::model::{AccountEntry, Plan, RoleEntry};
use crate::name::AccountId;

impl Plan {
    /// Returns for each account the first that is the same one and is entered alike, as a position in the plan's.
    pub fn entered_alike(&self) -> Vec<usize> {
        let mut known: BTreeMap<&AccountId, Vec<usize>> = BTreeMap::new();
        let first = |at: usize| {
            let firsts = known.entry(&self.accounts[at].id).or_default();
            let alike = firsts.iter().copied().find(|&first| self.is_entered_alike(at, first));
            alike.unwrap_or_else(|| {
                firsts.push(at);
                at
            })
        };
        (0..self.accounts.len()).map(first).collect()
    }

    /// Whether the same login leads into two accounts, by the same role. How long a session lasts and what it is called
    /// does not matter: the latter has the environment's name in it.
    fn is_entered_alike(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.accounts[one], &self.accounts[other]);
        let login = |environment: usize| {
            let environment = &self.environments[environment];
            (&environment.source_profile, &environment.mfa_serial, &environment.source_account)
        };
        let is_same_login = login(one.environment) == login(other.environment);
        match (&one.entry, &other.entry) {
            (AccountEntry::Profile(one), AccountEntry::Profile(other)) => one == other,
            (AccountEntry::Source, AccountEntry::Source) => is_same_login,
            (AccountEntry::AssumeRole(one), AccountEntry::AssumeRole(other)) => {
                let RoleEntry { session_name, duration, .. } = &**other;
                let (session_name, duration) = (session_name.clone(), *duration);
                is_same_login && RoleEntry { session_name, duration, ..(**one).clone() } == **other
            }
            (AccountEntry::Profile(_) | AccountEntry::Source | AccountEntry::AssumeRole(_), _) => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::environment::Environment;
    use crate::plan::folder::TestFolder;
    use crate::plan::{Selection, resolve};

    /// Returns which accounts of several files are entered alike, each file given by what it says beside its accounts.
    fn alike(files: &[&str]) -> Vec<usize> {
        let folder = TestFolder::new();
        folder.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }\n");
        let load = |(number, more): (usize, &&str)| {
            let text = format!(
                "environment: e{number}\nregions: [eu-central-1]\naccounts: {{ dev: '100000000001', prod: '100000000002' \
                 }}\nstacks: {{ app: {{ template: app.yaml, stack-name: 'app-${{environment}}' }} }}\n{more}\n"
            );
            let name = format!("{number}.yaml");
            folder.write(&name, &text);
            Environment::load(&folder.path().join(name)).expect("an environment")
        };
        let environments: Vec<Environment> = files.iter().enumerate().map(load).collect();
        let planned = resolve(&environments, &Selection::default(), &|_| None);
        planned.unwrap_or_else(|faults| panic!("{}", faults.render(false, 200))).entered_alike()
    }

    #[test]
    fn accounts_of_several_files_are_entered_alike_by_the_same_login_and_role() {
        let common = "source: { account: '999999999999' }\nassume-role: { name: deployer }";
        assert_eq!(alike(&[common, common]), [0, 1, 0, 1]);
    }

    #[test]
    fn another_role_login_or_session_is_another_way_in() {
        let common = "source: { account: '999999999999' }\nassume-role: { name: deployer }";
        for other in [
            "source: { account: '999999999999' }\nassume-role: { name: reader }",
            "source: { account: '999999999999', profile: shared }\nassume-role: { name: deployer }",
            "source: { account: '999999999999' }\nassume-role: { name: deployer, session-tags: { a: b } }",
            "source: { account: '999999999999' }\nassume-role: { name: deployer, external-id: abc }",
        ] {
            assert_eq!(alike(&[common, other]), [0, 1, 2, 3], "{other}");
        }
    }
}
