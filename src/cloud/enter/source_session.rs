//! The source credentials: found, with a second factor where one is asked for, and checked.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::chain_link::{ChainLink, IntermediateRoles, SourceSession};
use super::credential_check;
use super::identity::ProvenCredentials;
use super::login::Login;
use super::login_source::LoginSource;
use super::missing_login::missing_login;
use super::no_credentials::no_credentials;
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limiter::CallRateLimiter;
use crate::cloud::wire::renewal::Renewable;
use crate::cloud::wire::sdk_config::signing_with;
use crate::event::{Cause, Certainty, Failure, FailureKind, Finding, Fix, Side};
use crate::name::AccountId;
use crate::plan::PlannedEnvironment;

/// How many roles are assumed a second at most, before STS said anything.
const ROLES_PER_SECOND: f64 = 200.0;
impl Cloud {
    /// Finds the source credentials of an environment and checks whose they are.
    ///
    /// # Errors
    /// When there are none, AWS does not take them, or they belong to another account than the
    /// file says.
    pub async fn source(&self, environment: &PlannedEnvironment) -> Result<SourceSession, Failure> {
        let profile = environment.source_profile.as_deref();
        let from = match profile {
            Some(profile) => format!("profile `{profile}`"),
            None => "the default credential chain".to_owned(),
        };
        let source = LoginSource {
            region: environment.home_region.clone(),
            profile: environment.source_profile.clone(),
            account: environment.source_account.clone(),
        };
        let found = Login::find(self, source).await;
        let (mut settings, login, mut proven) = match found {
            Ok(found) => found,
            Err(error) => return Err(missing_login(profile, &from, &error).await),
        };
        check_account(environment, &from, &proven)?;
        // A second factor was proven once, for a session that nothing renews.
        let keys = environment.mfa_serial.is_none().then_some(login as Arc<dyn Renewable>);
        if let Some(serial) = &environment.mfa_serial {
            let session = self.with_second_factor(&settings, serial, &from).await?;
            let sts = self.sts(&settings);
            let session = self.prove_first(&sts, session).await;
            let own = session.and_then(|session| session.only_of(proven.account(), &from));
            proven = own.map_err(|error| no_credentials(&from, &error))?;
            let session = SharedCredentialsProvider::new(proven.credentials().clone());
            settings = signing_with(&settings, session);
        }
        let (account, caller) = (proven.account().clone(), proven.caller().to_owned());
        let link = ChainLink {
            settings: Arc::new(settings.clone()),
            role: None,
            keys,
            has_second_factor: environment.mfa_serial.as_ref().map(|_| true),
            sts: self.sts(&settings),
            limiter: self.assume_role_limiter(&account, ROLES_PER_SECOND),
            caller,
            account,
        };
        Ok(SourceSession { settings, link, on_the_way: IntermediateRoles::default() })
    }

    /// Returns the session of a user who has proven a second factor.
    ///
    /// A code is good once, so the session is opened once for all environments that ask for it; it
    /// lasts for half a day.
    async fn with_second_factor(
        &self,
        settings: &SdkConfig,
        serial: &str,
        from: &str,
    ) -> Result<Credentials, Failure> {
        let mut sessions = self.second_factors().lock().await;
        if let Some(session) = sessions.sessions.get(serial) {
            return Ok(session.clone());
        }
        let Some(code) = sessions.codes.get(serial) else {
            let message = format!("{from} needs a code of the MFA device {serial}");
            return Err(Failure::new(FailureKind::NoCredentials, message)
                .with_help("run at a terminal, or give the code with --mfa-code"));
        };
        let reply = self
            .sts(settings)
            .get_session_token()
            .serial_number(serial)
            .token_code(code)
            .send()
            .await
            .map_err(|error| CallError::of("sts:GetSessionToken", &error))
            .map_err(|error| no_second_factor(serial, from, &error))?;
        let keys = reply.credentials.ok_or_else(|| {
            let message = "the reply of sts:GetSessionToken holds no credentials";
            Failure::new(FailureKind::NoCredentials, message)
        })?;
        let expires = keys.expiration.try_into().ok();
        let (id, secret, token) = (keys.access_key_id, keys.secret_access_key, keys.session_token);
        let session = Credentials::new(id, secret, Some(token), expires, "xdeploy");
        credential_check::check(&session).map_err(|error| {
            let message = format!("the reply of sts:GetSessionToken cannot be used: {error}");
            Failure::new(FailureKind::NoCredentials, message)
        })?;
        sessions.sessions.insert(serial.to_owned(), session.clone());
        Ok(session)
    }

    /// Returns what limits the rate at which roles are assumed with the credentials of an account.
    pub(in crate::cloud) fn limiter_of(&self, account: &AccountId) -> CallRateLimiter {
        self.assume_role_limiter(account, ROLES_PER_SECOND)
    }
}

fn check_account(
    environment: &PlannedEnvironment,
    from: &str,
    proven: &ProvenCredentials,
) -> Result<(), Failure> {
    let (account, caller) = (proven.account(), proven.caller());
    let Some(expected) = environment.source_account.as_ref().filter(|id| *id != account) else {
        return Ok(());
    };
    let message = format!(
        "the source credentials from {from} belong to account {account} ({caller}), but \
         `source.account` says {expected}"
    );
    let text =
        "use credentials of the source account, or mend `source.account` or `source.profile`";
    // The id is what was meant: no program is to make it the id of whoever is logged in.
    let change = Fix::ByHand {};
    let finding =
        Finding::new(Side::Source, Cause::WrongAccount, Certainty::Known, message.clone());
    let failure = Failure::new(FailureKind::WrongAccount, message);
    Err(failure.with_findings(vec![finding.with_remedy(text, change)]).with_help(text))
}

fn no_second_factor(serial: &str, from: &str, error: &CallError) -> Failure {
    if !error.is_access_denied() {
        return no_credentials(from, error);
    }
    let message = format!("AWS does not take the code of the MFA device {serial}: {}", error.text);
    Failure::new(FailureKind::NoCredentials, message).with_help(
        "wait for the device's next code, as each is good once; `source.mfa-serial` must name the \
         device of the very user whose keys these are",
    )
}
