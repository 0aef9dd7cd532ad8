//! Renewal of a login that ended: a new one is looked for where it is kept, and waited for where a
//! person is there.
//!
//! The SDK reads profiles and tokens once. Here the chain is read anew when its credentials are
//! refused or cannot be had: a program that renews them in the background is found within seconds,
//! and a person who logs in again within a quarter of a minute, if one is waited for.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use aws_credential_types::credential_feature::AwsCredentialFeature;
use futures::future::{BoxFuture, FutureExt};

use super::identity::Retries;
use super::login::{Current, ExpiredLogin, Login, ask, kept_until, provider_of};
use crate::cloud::connection::logins::LoginNews;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::renewal::{AwaitLogin, Renewable};

/// The pauses before the first looks for a new login, of which nobody hears.
const QUIET_PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A look that found nothing counts for all who ask within this time.
const LOOK_COUNTS_FOR: Duration = Duration::from_secs(10);

impl Renewable for Login {
    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    fn have_expired(&self, refusal: &CallError) -> bool {
        match refusal.origin {
            ErrorOrigin::Credentials | ErrorOrigin::ForeignCredentials => true,
            _ => refusal.has_expired_credentials(),
        }
    }

    fn renew<'a>(
        &'a self,
        seen: u64,
        refusal: &'a CallError,
        login: AwaitLogin,
    ) -> BoxFuture<'a, Result<bool, CallError>> {
        self.look_for_new(seen, refusal, login).boxed()
    }
}

impl Login {
    /// Looks for a new login after the present one, of generation `seen`, was refused, and waits for
    /// it if it is to be waited for and a person is there. Returns whether there is one.
    ///
    /// # Errors
    /// When the login that is there is another account's.
    async fn look_for_new(
        &self,
        seen: u64,
        refusal: &CallError,
        login: AwaitLogin,
    ) -> Result<bool, CallError> {
        let _looking = self.looking.lock().await;
        if Renewable::generation(self) != seen {
            return Ok(true);
        }
        let logins = self.cloud.logins();
        // Where nobody can say that it was meant otherwise, another's login is the end of it.
        if !logins.is_waiting() {
            self.check_is_own()?;
        }
        if self.look_first(refusal).await {
            return Ok(true);
        }
        // What was exported to this program can only be exported to another.
        let can_wait = logins.is_waiting() && !self.is_from_environment().await;
        if can_wait {
            self.say_ended().await;
        }
        let is_renewed = can_wait
            && login == AwaitLogin::Yes
            && tokio::select! {
                () = logins.given_up() => false,
                () = self.watch() => true,
            };
        if !is_renewed {
            self.check_is_own()?;
        }
        Ok(is_renewed)
    }

    /// Checks that what took the present one's place is not another account's.
    fn check_is_own(&self) -> Result<(), CallError> {
        match &*self.expired.lock().expect("no holder panics") {
            Some(ExpiredLogin { reason, .. }) if reason.is_foreign() => Err(reason.clone()),
            Some(_) | None => Ok(()),
        }
    }

    /// Looks a few times, unless somebody just did.
    async fn look_first(&self, refusal: &CallError) -> bool {
        let expired = self.expired.lock().expect("no holder panics").clone();
        let pauses = match expired {
            Some(expired) if self.since(expired.looked) < LOOK_COUNTS_FOR => return false,
            Some(_) => &QUIET_PAUSES[..1],
            None => &QUIET_PAUSES[..],
        };
        let mut reason = refusal.clone();
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            match self.look().await {
                Ok(()) => return true,
                Err(error) => reason = error,
            }
            if reason.is_foreign() && !self.cloud.logins().is_waiting() {
                break;
            }
        }
        let looked = self.now();
        let mut expired = self.expired.lock().expect("no holder panics");
        let is_told = expired.as_ref().is_some_and(|expired| expired.is_told);
        *expired = Some(ExpiredLogin { looked, reason, is_told });
        false
    }

    /// Looks for a new login until there is one.
    async fn watch(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            if self.look().await.is_ok() {
                return;
            }
            pause = LONGEST_PAUSE.min(pause * 3 / 2);
        }
    }

    /// Reads what is kept anew, and takes it if AWS does and it is of the same account.
    async fn look(&self) -> Result<(), CallError> {
        let settings = self.cloud.settings_of(&self.source).await;
        let provider = provider_of(&settings);
        let keys = self.prove(ask(&provider).await?, Retries::Few).await?;
        let until = kept_until(keys.credentials(), self.now());
        *self.current.lock().await = Current { provider, keys, until };
        self.generation.fetch_add(1, Ordering::Relaxed);
        let expired = self.expired.lock().expect("no holder panics").take();
        if expired.is_some_and(|expired| expired.is_told) {
            self.cloud.logins().say(LoginNews::Renewed { account: self.account.clone() });
        }
        Ok(())
    }

    async fn say_ended(&self) {
        let remedy = self.remedy().await;
        let mut expired = self.expired.lock().expect("no holder panics");
        let Some(expired) = expired.as_mut().filter(|expired| !expired.is_told) else { return };
        expired.is_told = true;
        let (account, reason) = (self.account.clone(), expired.reason.text.clone());
        self.cloud.logins().say(LoginNews::Ended { account, from: self.from(), reason, remedy });
    }

    async fn remedy(&self) -> String {
        let profile = match &self.source.profile {
            Some(profile) => format!(" --profile {profile}"),
            None => String::new(),
        };
        if self
            .has(&[
                AwsCredentialFeature::CredentialsSso,
                AwsCredentialFeature::CredentialsProfileSso,
            ])
            .await
        {
            return format!("log in again: `aws sso login{profile}`");
        }
        if self
            .has(&[
                AwsCredentialFeature::CredentialsLogin,
                AwsCredentialFeature::CredentialsProfileLogin,
            ])
            .await
        {
            return format!("log in again: `aws login{profile}`");
        }
        format!("log in again, with `aws sso login{profile}` or as before")
    }

    async fn is_from_environment(&self) -> bool {
        self.has(&[AwsCredentialFeature::CredentialsEnvVars]).await
    }

    /// Whether the last credentials came by one of these ways.
    async fn has(&self, ways: &[AwsCredentialFeature]) -> bool {
        let current = self.current.lock().await;
        let came_by =
            current.keys.credentials().get_property::<Vec<AwsCredentialFeature>>().cloned();
        came_by.unwrap_or_default().iter().any(|way| ways.contains(way))
    }

    fn since(&self, then: SystemTime) -> Duration {
        self.now().duration_since(then).unwrap_or_default()
    }
}
