//! Entering target accounts, from the source account or with a profile, each checked to be the right
//! one.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::chain_link::{RefusedRole, SourceSession};
use super::login::Login;
use super::login_source::LoginSource;
use super::missing_login::missing_login;
use super::no_credentials::no_credentials;
use super::sts_refusal::{SET_SOURCE_IDENTITY, TAG_SESSION};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::ErrorOrigin;
use crate::cloud::wire::renewal::Renewable;
use crate::cloud::wire::sdk_config::signing_with;
use crate::event::{Cause, Certainty, Failure, FailureKind, Finding, Fix, Side};
use crate::name::{AccountId, AccountName, Region};
use crate::plan::{AccountEntry, RoleEntry, TargetAccount};

/// Why an account was not entered.
#[derive(Debug)]
pub enum EntryError {
    /// The reason is known.
    Failed(Failure),
    /// A role was refused: which policy does so may be read.
    RoleRefused(Failure, Box<RefusedRole>),
}

impl From<Failure> for EntryError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// An account that was entered and is the right one.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct AccountAccess {
    pub settings: SdkConfig,
    /// What signs its calls, if that can be renewed.
    pub keys: Option<Arc<dyn Renewable>>,
    pub account: AccountName,
    pub account_id: AccountId,
    /// The account whose credentials it came from, if a role was assumed or it is that account.
    pub source: Option<AccountId>,
    /// The ARN of the caller.
    pub caller: String,
}

impl Cloud {
    /// Enters a target account, starting from the source account, and checks that it
    /// is the right one.
    ///
    /// # Errors
    /// When a role is refused or the session is in another account than the file says.
    pub(in crate::cloud) async fn access(
        &self,
        target: &TargetAccount,
        source: &SourceSession,
    ) -> Result<AccountAccess, EntryError> {
        let AccountEntry::AssumeRole(entry) = &target.entry else {
            let identity = (source.link.account.clone(), source.link.caller.clone());
            let access = (source.settings.clone(), source.link.keys.clone());
            let access = admit(target, access, "the source credentials", identity)?;
            return Ok(AccountAccess { source: Some(source.link.account.clone()), ..access });
        };
        let (session, caller) = match self.assume(entry, source).await {
            Ok(assumed) => assumed,
            Err(refused) => {
                let failure = role_refused(target, entry, &refused);
                return Err(match failure.kind {
                    FailureKind::RoleRefused => EntryError::RoleRefused(failure, Box::new(refused)),
                    _ => EntryError::Failed(failure),
                });
            }
        };
        let provider =
            SharedCredentialsProvider::new(session.clone() as Arc<dyn ProvideCredentials>);
        let keys = Some(session as Arc<dyn Renewable>);
        let access = (signing_with(&source.settings, provider), keys);
        // The session is open, so that it is in the role's account.
        let entrance = format!("role {}", entry.role);
        let access = admit(target, access, &entrance, (entry.role.account(), caller))?;
        Ok(AccountAccess { source: Some(source.link.account.clone()), ..access })
    }

    /// Opens a session in a target account with a profile of its own and checks that it is the
    /// right one.
    ///
    /// # Errors
    /// When the profile has no credentials or leads into another account than the file says.
    pub(in crate::cloud) async fn access_with_profile(
        &self,
        target: &TargetAccount,
        profile: &str,
        region: &Region,
    ) -> Result<AccountAccess, Failure> {
        let source = LoginSource {
            region: region.clone(),
            profile: Some(profile.to_owned()),
            account: Some(target.id.clone()),
        };
        let entrance = format!("profile `{profile}`");
        let found = Login::find(self, source).await;
        let (settings, login, proven) = match found {
            Ok(found) => found,
            Err(error) => return Err(missing_login(Some(profile), &entrance, &error).await),
        };
        let identity = (proven.account().clone(), proven.caller().to_owned());
        admit(target, (settings, Some(login as Arc<dyn Renewable>)), &entrance, identity)
    }
}

/// Lets nobody into an account but the right one.
fn admit(
    target: &TargetAccount,
    (settings, keys): (SdkConfig, Option<Arc<dyn Renewable>>),
    entrance: &str,
    (account, caller): (AccountId, String),
) -> Result<AccountAccess, Failure> {
    if account != target.id {
        return Err(elsewhere(target, entrance, &account, &caller));
    }
    let (account, account_id) = (target.name.clone(), target.id.clone());
    Ok(AccountAccess { settings, keys, account, account_id, source: None, caller })
}

/// Says that an entrance leads into another account than the file says.
fn elsewhere(target: &TargetAccount, entrance: &str, account: &AccountId, caller: &str) -> Failure {
    let message = format!(
        "{entrance} leads into account {account} ({caller}), but account `{}` is {}",
        target.name, target.id
    );
    let text = "mend the account's id, role or profile in the environment file";
    let change = match &target.entry {
        AccountEntry::AssumeRole(entry) => {
            let path = ["accounts", target.name.as_str(), "assume-role", "arn"];
            let role = entry.role.as_str().replacen(account.as_str(), target.id.as_str(), 1);
            let path = path.map(str::to_owned).to_vec();
            Fix::EnvironmentFile { path, value: Some(role.into()) }
        }
        // The id is what was meant: no program is to make it the id of whoever is logged in.
        AccountEntry::Profile(_) | AccountEntry::Source => Fix::ByHand {},
    };
    let finding = Finding::new(Side::File, Cause::WrongAccount, Certainty::Known, message.clone());
    Failure::new(FailureKind::WrongAccount, message)
        .with_findings(vec![finding.with_remedy(text, change)])
        .with_help(text)
}

fn role_refused(target: &TargetAccount, entry: &RoleEntry, refused: &RefusedRole) -> Failure {
    let RefusedRole { role, from, error } = refused;
    if error.is_foreign() {
        return error.clone().into_failure(&target.name);
    }
    if error.origin != ErrorOrigin::Service
        || error.is_about_credentials()
        || error.is_unavailable()
    {
        return no_credentials("the source account", error);
    }
    let code = error.code.as_deref().unwrap_or("an error");
    let message = format!(
        "account `{}` ({}) cannot be entered: {} may not assume {role}: {code}: {}",
        target.name, target.id, from.caller, error.text
    );
    let failure = Failure::new(FailureKind::RoleRefused, message);
    if error.is_retryable() {
        let failure = Failure { kind: FailureKind::Throttled, ..failure };
        return failure.with_help("STS is busy: run again, with a lower --max-concurrent");
    }
    if !error.is_access_denied() {
        return failure.with_help("mend `assume-role` of this account in the environment file");
    }
    for (action, key) in [(TAG_SESSION, "session-tags"), (SET_SOURCE_IDENTITY, "source-identity")] {
        if error.text.contains(action) {
            return failure.with_help(format!(
                "let the trust policy of {role} allow {action} to the caller, and the caller's own \
                 policies as well, or leave `{key}` out"
            ));
        }
    }
    let is_last = *role == entry.role;
    let about_external_id = match &entry.external_id {
        Some(_) if is_last => " and asks for exactly the external id in the file",
        None if is_last => " and asks for no external id (the file has none)",
        // External ids are not sent to roles on the way.
        Some(_) | None => " and asks for no external id",
    };
    failure.with_help(format!(
        "AWS does not say which side refuses. In account {}: the role `{}` exists, its trust \
         policy names account {} or {},{about_external_id}. In account {}: the caller's own \
         policies allow sts:AssumeRole on the role",
        role.account(),
        role.role_name(),
        from.account,
        from.caller,
        from.account,
    ))
}
