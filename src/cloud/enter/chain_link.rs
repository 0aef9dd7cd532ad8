//! Links of a role chain: the source account's credentials, and the roles on the way to others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;

use super::role_session::RoleSession;
use super::sts_refusal::StsRefusal;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limiter::CallRateLimiter;
use crate::cloud::wire::renewal::Renewable;
use crate::cloud::wire::service_endpoint::service_endpoint;
use crate::name::{AccountId, RoleArn};

/// The session of the source account: its credentials, found and checked. Role chains start here.
#[derive(Clone, Debug)]
pub struct SourceSession {
    /// The settings of clients that act with them.
    pub settings: SdkConfig,
    /// Where roles are assumed from.
    pub link: ChainLink,
    /// The roles on the way to others, shared by all accounts behind them.
    pub(super) on_the_way: IntermediateRoles,
}

impl SourceSession {
    /// Returns where CloudFormation is reached, if that is not AWS's own endpoint; without what may be
    /// secret in an address.
    pub fn endpoint(&self) -> Option<String> {
        service_endpoint(&self.settings, "CloudFormation").map(|address| without_user(&address))
    }
}

/// Returns an address without the user and password in it.
fn without_user(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// A link of a role chain: what further roles are assumed from.
#[derive(Clone, Debug)]
pub struct ChainLink {
    /// The settings of further clients that act with its credentials.
    pub settings: Arc<SdkConfig>,
    /// The role whose session it is, if it was assumed here.
    pub role: Option<RoleArn>,
    /// Whether a second factor was proven for it; absent if that is not known.
    pub has_second_factor: Option<bool>,
    /// What signs its calls, if that can be renewed.
    pub(super) keys: Option<Arc<dyn Renewable>>,
    /// Acts with its credentials.
    pub(super) sts: aws_sdk_sts::Client,
    /// Limits the rate at which roles are assumed from its account.
    pub(super) limiter: CallRateLimiter,
    /// The ARN of the caller.
    pub caller: String,
    /// The account the credentials belong to.
    pub account: AccountId,
}

/// A role that could not be assumed, and from where.
#[derive(Clone, Debug)]
pub struct RefusedRole {
    /// The role that STS refuses: the last one or one on the way.
    pub role: RoleArn,
    /// The link that asked.
    pub from: ChainLink,
    /// What STS answered to the last attempt.
    pub error: CallError,
}

/// The sessions in roles on the way, each opened once, by what is asked of them.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct IntermediateRoles(
    pub(super) Arc<Mutex<BTreeMap<String, Arc<RoleSession>>>>,
);

impl ChainLink {
    /// Returns what signs its calls, if that can be renewed.
    pub(in crate::cloud) fn keys(&self) -> Option<&Arc<dyn Renewable>> {
        self.keys.as_ref()
    }
}

impl RefusedRole {
    /// Returns why STS refuses it, as far as its answer tells.
    pub fn refusal(&self) -> StsRefusal {
        StsRefusal::of(self.error.code.as_deref().unwrap_or_default(), &self.error.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        let told = "http://localhost:4566/x@y";
        assert_eq!(without_user("http://me:secret@localhost:4566/x@y"), told);
        assert_eq!(without_user(told), told);
    }
}
