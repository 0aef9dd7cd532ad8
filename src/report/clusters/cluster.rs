//! Failures with one cause, as everybody reads them.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::reason::Reason;
use crate::event::{Failure, FailureKind};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId};
use crate::report::text::{prose, words};

/// Failures with one cause.
///
/// As JSON it names every stack instance, as `environment/account/region/stack`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The cause in a few words, on one line; what differs among its members is masked.
    pub title: String,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// The resource that failed first, by its name in the template.
    pub resource: Option<String>,
    /// The whole message of the first member.
    pub message: String,
    /// What mends it.
    pub help: Option<String>,
    /// How many accounts share it.
    pub accounts: usize,
    /// Who shares it, in the order in which they failed.
    pub members: Vec<Member>,
    /// Whether the title leaves out nothing of the message but ids.
    pub is_whole: bool,
}

/// An account of an environment, with what failed in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The environment whose file names the account.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// Whether the account itself could not be entered, so that everything in it failed.
    pub is_refused: bool,
    /// The stack instances that failed.
    pub instances: Vec<InstanceId>,
}

impl Member {
    /// Returns the names that a person reads: the account that was refused, or else each stack
    /// instance; with the environment in front if `with_environment`.
    pub fn names(&self, with_environment: bool) -> Vec<String> {
        let Self { environment, account, account_id, .. } = self;
        let front = if with_environment { format!("{environment}/") } else { String::new() };
        if self.is_refused {
            return vec![format!("account {front}{account} ({account_id})")];
        }
        self.instances.iter().map(|id| format!("{front}{id}")).collect()
    }
}

impl Cluster {
    /// Returns the same with its members by name: they come in the order in which they failed, which
    /// is another each time.
    pub fn in_order(&self) -> Self {
        let mut sorted = self.clone();
        sorted.members.iter_mut().for_each(|member| member.instances.sort());
        sorted.members.sort();
        sorted
    }

    /// Returns the cause with its resource, unless the title names it.
    pub fn cause(&self) -> String {
        words::with_resource(&self.title, self.resource.as_deref())
    }

    /// Returns the entry's head: `212 accounts: iam:CreateRole denied by …`.
    pub fn headline(&self) -> String {
        format!("{}: {}", prose::counted(self.accounts, "account"), self.cause())
    }

    /// Returns the first member's message without what AWS wraps around that of a resource.
    pub fn example(&self) -> String {
        let failure = Failure::new(self.kind, self.message.clone());
        let reason = Reason::of(&Failure { resource: self.resource.clone(), ..failure });
        match reason.operation {
            Some(_) => prose::one_line(&self.message),
            None => reason.text,
        }
    }

    /// Returns the names of all members; see [`Member::names`].
    pub fn names(&self, with_environment: bool) -> Vec<String> {
        self.members.iter().flat_map(|member| member.names(with_environment)).collect()
    }
}

impl Serialize for Cluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let instances = self.members.iter().flat_map(|member| &member.instances);
        let instances: Vec<String> =
            instances.map(|id| format!("{}/{id}", id.environment)).collect();
        let refused = self.members.iter().filter(|member| member.is_refused);
        let refused: Vec<String> =
            refused.map(|member| format!("{}/{}", member.environment, member.account)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("cause", &self.title)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("resource", &self.resource)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("help", &self.help)?;
        map.serialize_entry("accounts", &self.accounts)?;
        map.serialize_entry("stack_instances", &instances)?;
        map.serialize_entry("refused_accounts", &refused)?;
        map.end()
    }
}
