//! A sandbox with a user in the source account, a role in another, and a file that enters it; each
//! part can be made wrong.

use aws_sdk_iam::Client;
use serde_json::{Value as Json, json};

use super::mended;
use crate::support::binary::Printed;
use crate::support::caller::Caller;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// The account that is entered.
pub const DEV: &str = "100000000001";
/// The role in it.
pub const DEPLOYER: &str = "arn:aws:iam::100000000001:role/deployer";
/// The user of the source account.
pub const ANN: &str = "arn:aws:iam::999999999999:user/ann";
/// The managed policy that allows everything.
const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

const FILE: &str = "environment.yaml";

/// A sandbox, and a folder with an environment.
pub struct Clinic {
    server: Server,
    pub workplace: Workplace,
    key: String,
}

/// A finding, in short: side, cause, certainty.
pub type Short<'a> = (&'a str, &'a str, &'a str);

impl Clinic {
    /// Returns a clinic in which ann may do this.
    pub async fn new(anns: &Json) -> Self {
        let server = Server::sandbox("0");
        let workplace = Workplace::new(server.endpoint());
        workplace.write("topic.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
        let iam = Caller::root(&server.endpoint(), SOURCE).iam();
        iam.create_user().user_name("ann").send().await.expect("made");
        put_user_policy(&iam, "own", anns).await;
        let made = iam.create_access_key().user_name("ann").send().await.expect("made");
        let key = made.access_key.expect("a key").access_key_id;
        let clinic = Self { server, workplace, key };
        clinic.file(&json!({}));
        clinic
    }

    /// Returns a clinic in which ann may assume every role and read all of IAM, and in which there is
    /// a role `auditor` in dev through which that account is read.
    pub async fn with_auditor() -> Self {
        let clinic = Self::new(&json!([allow("sts:*"), allow("iam:*")])).await;
        clinic.role(DEV, "auditor", &trust(SOURCE)).await;
        clinic
    }

    /// Returns IAM as the root of an account sees it.
    pub fn iam(&self, account: &str) -> Client {
        self.root(account).iam()
    }

    /// Returns the root of an account.
    pub fn root(&self, account: &str) -> Caller {
        Caller::root(&self.server.endpoint(), account)
    }

    /// Writes the environment file with other keys under `assume-role`.
    pub fn file(&self, assume_role: &Json) {
        let mut entry = json!({ "name": "deployer" });
        if assume_role["arn"].is_string() {
            entry = json!({});
        }
        for (key, value) in assume_role.as_object().expect("keys") {
            entry[key] = value.clone();
        }
        self.write(&json!({
            "environment": "e",
            "source": { "account": SOURCE },
            "regions": ["eu-central-1"],
            "accounts": { "dev": DEV },
            "assume-role": entry,
            "stacks": { "topic": { "template": "topic.yaml" } },
        }));
    }

    /// Writes the environment file.
    pub fn write(&self, environment: &Json) {
        // JSON is YAML.
        self.workplace.write(FILE, &environment.to_string());
    }

    /// Reads the environment file.
    pub fn environment(&self) -> Json {
        let text = std::fs::read_to_string(self.workplace.path().join(FILE)).expect("the file");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Makes a role that everything is allowed, with these statements in its trust policy.
    pub async fn role(&self, account: &str, name: &str, trust: &Json) {
        let iam = self.iam(account);
        let made = iam.create_role().role_name(name).assume_role_policy_document(policy(trust));
        made.send().await.expect("made");
        iam.attach_role_policy().role_name(name).policy_arn(EVERYTHING).send().await.expect("done");
    }

    /// Runs a command with ann's key.
    pub fn xdeploy(&self, arguments: &[&str]) -> Printed {
        self.workplace.xdeploy_with(&self.key, arguments)
    }

    /// Returns what the doctor prints.
    pub fn doctor(&self, flags: &[&str]) -> Printed {
        self.xdeploy(&[&["doctor", FILE], flags].concat())
    }

    /// Returns what `apply` reports.
    pub fn apply(&self, flags: &[&str]) -> Printed {
        self.xdeploy(&[&["apply", FILE, "--yes", "--output", "json"], flags].concat())
    }

    /// Returns what the doctor finds about the one account.
    pub fn findings(&self, flags: &[&str]) -> Vec<Json> {
        let printed = self.doctor(&[&["--output", "json"], flags].concat());
        printed.json()["accounts"][0]["findings"].as_array().expect("findings").clone()
    }

    /// Checks that `apply` fails, that the doctor finds this and nothing before it, and that its
    /// remedies, carried out one after the other, make `apply` pass.
    pub async fn mends(&self, flags: &[&str], expected: &[Short<'_>], at_apply: &[&str]) {
        assert_ne!(self.apply(at_apply).code, 0, "something is broken");
        let printed = self.doctor(&[&["--output", "json"], flags].concat());
        assert_ne!(printed.code, 0, "{printed:?}");
        let findings = self.findings(flags);
        let found: Vec<Short<'_>> = findings.iter().map(short).collect();
        assert_eq!(found, expected, "{findings:#?}");
        for finding in &findings {
            mended::carry_out(self, &finding["remedy"]).await;
        }
        self.apply(at_apply).expect_code(0);
        self.doctor(&[at_apply, flags].concat()).expect_code(0);
    }
}

/// Returns a finding in short.
pub fn short(finding: &Json) -> Short<'_> {
    let word = |key: &str| finding[key].as_str().unwrap_or_default();
    (word("side"), word("cause"), word("certainty"))
}

/// Gives ann a policy of these statements.
pub async fn put_user_policy(iam: &Client, name: &str, statements: &Json) {
    let put = iam.put_user_policy().user_name("ann").policy_name(name);
    put.policy_document(policy(statements)).send().await.expect("stored");
}

/// Returns a policy of these statements.
pub fn policy(statements: &Json) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Returns a statement that allows an action on everything.
pub fn allow(action: &str) -> Json {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*" })
}

/// Returns a trust statement that names a principal.
pub fn trust(principal: &str) -> Json {
    trust_if(principal, &json!({}))
}

/// Returns a trust statement that names a principal under a condition.
pub fn trust_if(principal: &str, condition: &Json) -> Json {
    json!({
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": principal }, "Condition": condition,
    })
}
