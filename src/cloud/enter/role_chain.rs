//! Role chains: a role is assumed through the roles that lead to it, each session renewed with the
//! credentials of the one before.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::chain_link::{ChainLink, RefusedRole, SourceSession};
use super::role_request::RoleRequest;
use super::role_session::RoleSession;
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limiter::CallRateLimiter;
use crate::cloud::wire::sdk_config::signing_with;
use crate::name::RoleArn;
use crate::plan::RoleEntry;

impl Cloud {
    /// Opens a session in a role, through those that lead there, and returns it with its caller's
    /// ARN.
    ///
    /// Each session is renewed with the credentials of the one before, which renew themselves: from
    /// the start of the chain, however long the run lasts.
    ///
    /// # Errors
    /// When one of the roles cannot be assumed.
    pub(in crate::cloud) async fn assume(
        &self,
        entry: &RoleEntry,
        source: &SourceSession,
    ) -> Result<(Arc<RoleSession>, String), RefusedRole> {
        let mut from = source.link.clone();
        for position in 0..entry.via.len() {
            let role = &entry.via[position];
            let session = self.on_the_way(entry, position, &from, source);
            let caller = match session.open().await {
                Ok(caller) => caller,
                Err(error) => return Err(RefusedRole { role: role.clone(), from, error }),
            };
            let credentials =
                SharedCredentialsProvider::new(session.clone() as Arc<dyn ProvideCredentials>);
            let settings = signing_with(&source.settings, credentials);
            let account = role.account();
            let limiter = self.limiter_of(&account);
            from = ChainLink {
                sts: self.sts(&settings),
                settings: Arc::new(settings),
                role: Some(role.clone()),
                keys: Some(session),
                // It does not go on into further sessions.
                has_second_factor: Some(false),
                limiter,
                caller,
                account,
            };
        }
        let request = RoleRequest::last(entry);
        let limiter = self.retrying_limiter(&from, &entry.role);
        let session = RoleSession::new(from.sts.clone(), limiter, request, self.clock());
        let session = Arc::new(session);
        match session.open().await {
            Ok(caller) => Ok((session, caller)),
            Err(error) => Err(RefusedRole { role: entry.role.clone(), from, error }),
        }
    }

    /// Opens a short session in a role, from the source account, and returns the settings of clients
    /// that read with it.
    ///
    /// # Errors
    /// When STS refuses.
    pub async fn assume_to_read(
        &self,
        source: &SourceSession,
        role: RoleArn,
    ) -> Result<SdkConfig, CallError> {
        let (from, request) = (&source.link, RoleRequest::to_read(role));
        let session =
            RoleSession::new(from.sts.clone(), from.limiter.clone(), request, self.clock());
        session.open().await?;
        Ok(signing_with(&source.settings, SharedCredentialsProvider::new(session)))
    }

    /// Returns the session in a role on the way, the same for all who pass through it alike.
    fn on_the_way(
        &self,
        entry: &RoleEntry,
        position: usize,
        from: &ChainLink,
        source: &SourceSession,
    ) -> Arc<RoleSession> {
        let request = RoleRequest::on_the_way(entry, position);
        let way: Vec<&str> = entry.via[..=position].iter().map(RoleArn::as_str).collect();
        let identity = entry.source_identity.as_deref().unwrap_or_default();
        let key = format!("{} {} {identity}", way.join(" "), entry.session_name);
        let mut sessions = source.on_the_way.0.lock().expect("no holder panics");
        let open = || {
            let (sts, limiter) =
                (from.sts.clone(), self.retrying_limiter(from, &entry.via[position]));
            Arc::new(RoleSession::new(sts, limiter, request, self.clock()))
        };
        sessions.entry(key).or_insert_with(open).clone()
    }

    /// Returns what limits the rate at which a role is assumed, and retries a denial if IAM just changed on
    /// either side.
    fn retrying_limiter(&self, from: &ChainLink, role: &RoleArn) -> CallRateLimiter {
        let propagation_retry = self.propagation().with(role.account(), Some(from.account.clone()));
        from.limiter.retrying_denied(propagation_retry).signed_with(from.keys.as_ref())
    }
}
