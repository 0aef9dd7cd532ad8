//! What a plan comes to, in one short text: two runs with the same one do the same.

use serde::Serialize;

use super::model::{Plan, StackInstance};
use crate::file;
use crate::name::{AccountId, AccountName};

/// All that a plan would do: how its accounts are entered is no part of it.
#[derive(Serialize)]
struct Content<'p> {
    /// Name, id and wave of each account.
    accounts: Vec<(&'p AccountName, &'p AccountId, usize)>,
    instances: &'p [StackInstance],
}

impl Plan {
    /// Returns the SHA-256 of all that the plan would do, in hexadecimal; the values of secret
    /// parameters and external ids do not count, as they could be guessed from it.
    pub fn digest(&self) -> String {
        let accounts = self.accounts.iter();
        let content = Content {
            accounts: accounts.map(|account| (&account.name, &account.id, account.wave)).collect(),
            instances: &self.instances,
        };
        file::digest(serde_json::to_string(&content).expect("names and texts become JSON"))
    }

    /// Whether the plan would do the same as one of which only the digest is kept.
    pub fn has_digest(&self, digest: &str) -> bool {
        self.digest() == digest || self.earlier_digest() == digest
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;

    const EVERY_KEY: &str = "environment: e
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
stacks:
  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
  app:
    template: app.yaml
    parameters: { RoleArn: '${output:role.RoleArn}', Password: secret }
    tags: { of: '${account.name}' }
    capabilities: [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]
    termination-protection: true
    service-role: arn:aws:iam::100000000001:role/service
    stack-policy: policy.json
    notification-arns: ['arn:aws:sns:eu-central-1:100000000001:topic']
    timeout: 30m
    on-create-failure: do-nothing
    rollback-alarms: ['arn:aws:cloudwatch:eu-central-1:100000000001:alarm:a']
    deployment-mode: express
  hub: { template: app.yaml, accounts: [source], stack-name: hub, parameters: { RoleArn: '${output:role.RoleArn@*}' } }
";

    /// What such a version wrote of it into a journal.
    const BY_AN_EARLIER_VERSION: &str =
        "1d9c3067fafa9ecc40e291936404b6c893693d2606eb9abd4cc64f8ec2b4e833";

    const DIGEST: &str = "118d51977eef7ca91e8e972468fdd358a59e86479a47243d5da699b643d6e9c8";

    fn folder() -> TestFolder {
        let folder = TestFolder::new();
        folder.write("policy.json", r#"{ "Statement": [] }"#);
        let app = std::fs::read_to_string(folder.path().join("app.yaml")).expect("a template");
        folder.write("other.yaml", &(app + "# another\n"));
        folder
    }

    #[test]
    fn a_run_that_an_earlier_version_began_is_known_by_its_digest() {
        let plan = folder().resolve(EVERY_KEY).expect("a plan");
        assert!(plan.has_digest(BY_AN_EARLIER_VERSION));
        let changed = EVERY_KEY.replace("express", "standard");
        let plan = folder().resolve(&changed).expect("a plan");
        assert!(!plan.has_digest(BY_AN_EARLIER_VERSION));
    }

    #[test]
    fn every_key_of_a_stack_counts_but_values_of_secret_parameters() {
        let digest = |text: &str| folder().resolve(text).expect("a plan").digest();
        // Whoever changes this keeps the runs that are under way from being resumed.
        assert_eq!(digest(EVERY_KEY), DIGEST);
        let changes = [
            ("template: app.yaml\n    parameters", "template: other.yaml\n    parameters"),
            ("of: '", "by: '"),
            ("IAM, CAPABILITY_AUTO_EXPAND", "IAM"),
            ("protection: true", "protection: false"),
            ("role/service", "role/other"),
            ("    stack-policy: policy.json\n", ""),
            (":topic", ":other"),
            ("30m", "31m"),
            ("do-nothing", "delete"),
            ("alarm:a", "alarm:b"),
            ("express", "standard"),
            (
                "{ RoleArn: '${output:role.RoleArn@*}' }",
                "{ RoleArn: '${output:role.RoleArn@dev}' }",
            ),
        ];
        for (old, new) in changes {
            let changed = EVERY_KEY.replace(old, new);
            assert_ne!(changed, EVERY_KEY, "{old}");
            assert_ne!(digest(&changed), digest(EVERY_KEY), "{old}");
        }
        assert_eq!(digest(&EVERY_KEY.replace("secret", "other")), digest(EVERY_KEY));
    }
}
