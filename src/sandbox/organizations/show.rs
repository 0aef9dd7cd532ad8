//! Organizations' things as its answers show them.

use serde_json::{Value as Json, json};

use super::model::{MemberAccount, MemberState};
use super::tree::OrganizationTree;

/// When every account joined, in seconds of Unix time: 2020 began.
const JOINED: u64 = 1_577_836_800;

impl OrganizationTree<'_> {
    fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.organization.management, self.id)
    }

    /// Returns the organization.
    pub fn show(&self) -> Json {
        let management = &self.organization.management;
        json!({
            "Id": self.id,
            "Arn": format!("arn:aws:organizations::{management}:organization/{}", self.id),
            "FeatureSet": "ALL",
            "MasterAccountArn": self.arn("account", management.as_str()),
            "MasterAccountId": management,
            "MasterAccountEmail": email(management.as_str()),
            "AvailablePolicyTypes": [],
        })
    }

    /// Returns the root.
    pub fn show_root(&self) -> Json {
        json!({
            "Id": self.root,
            "Arn": self.arn("root", &self.root),
            "Name": "Root",
            "PolicyTypes": [],
        })
    }

    /// Returns a unit.
    pub fn show_unit(&self, path: &str, id: &str) -> Json {
        let name = path.rsplit('/').next().unwrap_or(path);
        json!({ "Id": id, "Arn": format!("{}", self.arn("ou", id)), "Name": name })
    }

    /// Returns an account.
    pub fn show_account(&self, account: &MemberAccount) -> Json {
        json!({
            "Id": account.id,
            "Arn": self.arn("account", account.id.as_str()),
            "Email": email(account.id.as_str()),
            "Name": account.name,
            "Status": status(account.state),
            "State": account.state,
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": JOINED,
        })
    }

    /// Returns an account that may read the organization.
    pub fn show_administrator(&self, account: &MemberAccount) -> Json {
        let mut shown = self.show_account(account);
        shown["DelegationEnabledDate"] = JOINED.into();
        shown
    }
}

fn email(id: &str) -> String {
    format!("{id}@sandbox.example")
}

/// Returns what the older member says, which knows fewer words.
fn status(state: MemberState) -> &'static str {
    match state {
        MemberState::PendingActivation | MemberState::Active => "ACTIVE",
        MemberState::Suspended | MemberState::Closed => "SUSPENDED",
        MemberState::PendingClosure => "PENDING_CLOSURE",
    }
}
