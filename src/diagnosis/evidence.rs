//! The evidence: a refused role and everything that was read about it.

use serde_json::{Value as Json, json};

use super::caller::{Caller, RefusedRequest};
use super::statement::one_or_many;
use crate::cloud::StsRefusal;
use crate::event::Fix;
use crate::name::AccountName;
use crate::policy::{Condition, Policy};

/// A refused role and everything that was read about it.
pub struct Evidence {
    /// The account that was to be entered, by its name in the environment file.
    pub target: AccountName,
    /// Whoever signed the refused call.
    pub caller: Caller,
    /// What was asked for.
    pub asked: RefusedRequest,
    /// Whether the role is one on the way: no external id, tags or duration are sent to it.
    pub is_on_the_way: bool,
    /// Why STS refused, as far as its answer tells.
    pub refusal: StsRefusal,
    /// The message that STS answered with.
    pub words: String,
    /// What the caller's own policies say.
    pub own: CallerSide,
    /// What the role says.
    pub role: RoleSide,
    /// Whether external ids may be shown.
    pub shows_external_ids: bool,
}

/// What the caller's own policies say.
#[derive(Clone, Debug, PartialEq)]
pub enum CallerSide {
    /// What each action comes to, in the order they were asked about.
    Read(Vec<(&'static str, PolicyDecision)>),
    /// They could not be read, and why.
    Unread(String),
}

/// What the caller's own policies say of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyDecision {
    /// They allow it.
    Allowed,
    /// None allows it.
    NotAllowed,
    /// One would allow it if these conditions were met.
    Unmet(Vec<Condition>),
    /// That hangs on these condition keys, which cannot be told from here.
    Unclear(Vec<String>),
    /// One forbids it: the policy's name and the statement, if they could be read.
    Denied(Option<(String, Json)>),
    /// The boundary does not allow it: its ARN, if it could be read.
    OutsideBoundary(Option<String>),
    /// A policy of the organization refuses it.
    OrganizationRefuses,
}

/// What the role says.
#[derive(Clone, Debug, PartialEq)]
pub enum RoleSide {
    /// There is none.
    Missing,
    /// It was read.
    Read(FoundRole),
    /// It could not be read, and why.
    Unread(String),
}

/// A role as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRole {
    /// The ARN of the role, as IAM tells it.
    pub arn: String,
    /// Its trust policy.
    pub trust: Policy,
    /// The longest session, in seconds.
    pub longest_session_seconds: i32,
}

impl Evidence {
    /// Whether caller and role are in one account.
    pub fn is_one_account(&self) -> bool {
        self.caller.account == self.asked.role.account()
    }

    /// Returns the change of a key under `assume-role` of the account.
    pub fn in_file(&self, key: &str, value: Option<Json>) -> Fix {
        let path = ["accounts", self.target.as_str(), "assume-role", key];
        Fix::EnvironmentFile { path: path.map(str::to_owned).to_vec(), value }
    }

    /// Returns an external id, or what stands in its place where it may not be shown.
    pub fn shown<'a>(&self, external_id: &'a str) -> &'a str {
        if self.shows_external_ids { external_id } else { "***" }
    }

    /// Returns the trust statement that lets the caller do this.
    pub fn trust_statement(&self, actions: &[&str]) -> Json {
        let mut condition = json!({});
        let mut principal = self.caller.principal.clone();
        if !self.caller.is_path_known {
            let roles = format!("arn:{}:iam::{}:", self.caller.partition(), self.caller.account);
            let name = self.caller.principal.rsplit('/').next().unwrap_or_default();
            principal = format!("{roles}root");
            // A principal that does not exist is refused, and no principal may hold a star.
            let named = [format!("{roles}role/{name}"), format!("{roles}role/*/{name}")];
            condition["ArnLike"] = json!({ "aws:PrincipalArn": named });
        }
        if let Some(external_id) = &self.asked.external_id {
            condition["StringEquals"] = json!({ "sts:ExternalId": self.shown(external_id) });
        }
        let mut statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": one_or_many(actions),
        });
        if condition != json!({}) {
            statement["Condition"] = condition;
        }
        statement
    }

    /// Whether the statement that lets the caller in holds an external id that may not be shown: a
    /// program could not carry it out as it stands.
    pub fn is_masked(&self) -> bool {
        self.asked.external_id.is_some() && !self.shows_external_ids
    }

    /// Returns the change that adds [`Evidence::trust_statement`] to the role's trust policy.
    pub fn trusting(&self, actions: &[&str]) -> Fix {
        if self.is_masked() {
            return Fix::ByHand {};
        }
        Fix::TrustStatement {
            account: self.asked.role.account(),
            role: self.asked.role.to_string(),
            statement: self.trust_statement(actions),
        }
    }

    /// Returns the statement of the caller's own that allows this on the role.
    pub fn own_statement(&self, actions: &[&str]) -> Json {
        json!({
            "Effect": "Allow",
            "Action": one_or_many(actions),
            "Resource": self.asked.role.as_str(),
        })
    }
}
