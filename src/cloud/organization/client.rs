//! A client of Organizations: its lists, whole, each kind of call at the rate that the service bears.
//!
//! Source: the Organizations API reference, version 2016-11-28.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::cloud::connection::cloud::Cloud;
use crate::cloud::enter::chain_link::{RefusedRole, SourceSession};
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;
use crate::cloud::wire::rate_limiter::{CallRateLimiter, ThrottlingNotRetried};
use crate::cloud::wire::renewal::Renewable;
use crate::cloud::wire::reply_format::ReplyFormat;
use crate::cloud::wire::sdk_config::{retry_partition, signing_with};
use crate::organization::ListedAccount;
use crate::plan::RoleEntry;

/// How often each kind of call is sent a second at most. The service's quotas are of the whole organization, and
/// others read it too; the rate falls by itself where they are met.
pub(super) const PER_SECOND: f64 = 5.0;

/// Organizations as somebody sees it. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    limits: Limits,
}

/// What limits each kind of call.
#[derive(Clone, Debug)]
struct Limits {
    roots: CallRateLimiter,
    units: CallRateLimiter,
    accounts: CallRateLimiter,
    tags: CallRateLimiter,
}

impl Cloud {
    /// Returns Organizations as the source account sees it.
    pub fn organizations(&self, source: &SourceSession) -> Organizations {
        self.organizations_at(PER_SECOND, source)
    }

    /// Returns the same, asked so often a second at most.
    pub(super) fn organizations_at(&self, rate: f64, source: &SourceSession) -> Organizations {
        Organizations::with(self, &source.settings, source.link.keys(), rate)
    }

    /// Returns Organizations as a role sees it that is assumed from the source account.
    ///
    /// # Errors
    /// When STS refuses the role, or one on the way to it.
    pub async fn organizations_as(
        &self,
        role: &RoleEntry,
        source: &SourceSession,
    ) -> Result<Organizations, RefusedRole> {
        self.organizations_as_at(PER_SECOND, role, source).await
    }

    /// Returns the same, asked so often a second at most.
    pub(super) async fn organizations_as_at(
        &self,
        rate: f64,
        role: &RoleEntry,
        source: &SourceSession,
    ) -> Result<Organizations, RefusedRole> {
        let (session, _) = self.assume(role, source).await?;
        let provider =
            SharedCredentialsProvider::new(session.clone() as Arc<dyn ProvideCredentials>);
        let keys = session as Arc<dyn Renewable>;
        let settings = signing_with(&source.settings, provider);
        Ok(Organizations::with(self, &settings, Some(&keys), rate))
    }
}

/// An answer of the SDK.
type Reply<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// A page of a list: what is on it, and the token of the next one.
type Page<T> = (Option<Vec<T>>, Option<String>);

impl Organizations {
    fn with(
        cloud: &Cloud,
        settings: &SdkConfig,
        keys: Option<&Arc<dyn Renewable>>,
        rate: f64,
    ) -> Self {
        let config = aws_sdk_organizations::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(cloud.calls())
            .interceptor(ReplyFormat::Json)
            .build();
        let limit = || CallRateLimiter::new(rate, cloud.clock()).signed_with(keys);
        let (roots, units, accounts, tags) = (limit(), limit(), limit(), limit());
        let limits = Limits { roots, units, accounts, tags };
        Self { client: Client::from_conf(config), limits }
    }

    /// Returns the id of the root.
    ///
    /// # Errors
    /// If Organizations refuses, does not answer, or names none.
    pub(super) async fn root(&self) -> Result<String, CallError> {
        const OPERATION: &str = "organizations:ListRoots";
        let roots = whole(OPERATION, &self.limits.roots, async |token| {
            let reply = self.client.list_roots().set_next_token(token).send().await;
            reply.map(|page| (page.roots, page.next_token))
        });
        let first = roots.await?.into_iter().find_map(|root| root.id);
        first.ok_or_else(|| CallError::unreadable(OPERATION, "the organization has no root"))
    }

    /// Returns the ids and names of the units right beneath the root or a unit.
    ///
    /// # Errors
    /// If Organizations refuses or does not answer.
    pub(super) async fn units(&self, parent: &str) -> Result<Vec<(String, String)>, CallError> {
        const OPERATION: &str = "organizations:ListOrganizationalUnitsForParent";
        let units = whole(OPERATION, &self.limits.units, async |token| {
            let call = self.client.list_organizational_units_for_parent().parent_id(parent);
            let reply = call.set_next_token(token).send().await;
            reply.map(|page| (page.organizational_units, page.next_token))
        });
        let named = |unit: aws_sdk_organizations::types::OrganizationalUnit| {
            unit.id.zip(unit.name).ok_or_else(|| nameless(OPERATION))
        };
        units.await?.into_iter().map(named).collect()
    }

    /// Returns the accounts right in the root or a unit, without their tags.
    ///
    /// # Errors
    /// If Organizations refuses or does not answer.
    pub(super) async fn accounts(&self, parent: &str) -> Result<Vec<ListedAccount>, CallError> {
        const OPERATION: &str = "organizations:ListAccountsForParent";
        let accounts = whole(OPERATION, &self.limits.accounts, async |token| {
            let call = self.client.list_accounts_for_parent().parent_id(parent);
            let reply = call.set_next_token(token).send().await;
            reply.map(|page| (page.accounts, page.next_token))
        });
        let listed = |account| listed(account, parent).ok_or_else(|| nameless(OPERATION));
        accounts.await?.into_iter().map(listed).collect()
    }

    /// Returns the tags of an account.
    ///
    /// # Errors
    /// If Organizations refuses or does not answer.
    pub(super) async fn tags(&self, account: &str) -> Result<BTreeMap<String, String>, CallError> {
        const OPERATION: &str = "organizations:ListTagsForResource";
        let tags = whole(OPERATION, &self.limits.tags, async |token| {
            let call = self.client.list_tags_for_resource().resource_id(account);
            let reply = call.set_next_token(token).send().await;
            reply.map(|page| (page.tags, page.next_token))
        });
        Ok(tags.await?.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }
}

/// Reads a list to its end: empty pages are followed as long as they name another one.
async fn whole<T, E, F>(
    operation: &'static str,
    limiter: &CallRateLimiter,
    page: impl Fn(Option<String>) -> F,
) -> Result<Vec<T>, CallError>
where
    E: Error + ProvideErrorMetadata + 'static,
    F: Future<Output = Reply<Page<T>, E>>,
{
    let (mut pages, mut all) = (Pages::of(operation), Vec::new());
    loop {
        let call = || {
            let reply = page(pages.token());
            async move { reply.await.map_err(|error| CallError::of(operation, &error)) }
        };
        let (items, next) = limiter.send(call).await?;
        all.extend(items.unwrap_or_default());
        if !pages.advance(next)? {
            return Ok(all);
        }
    }
}

/// Returns an account of a unit, if it has an id and a name.
fn listed(account: Account, unit: &str) -> Option<ListedAccount> {
    // Older answers have no `State`.
    let older = account.status.map(|status| status.as_str().to_owned());
    let state = account.state.map(|state| state.as_str().to_owned()).or(older);
    Some(ListedAccount {
        id: account.id?.parse().ok()?,
        name: account.name?,
        unit: unit.to_owned(),
        state: state.unwrap_or_default(),
        tags: None,
    })
}

fn nameless(operation: &'static str) -> CallError {
    CallError::unreadable(operation, "something in the list has no id or no name")
}
