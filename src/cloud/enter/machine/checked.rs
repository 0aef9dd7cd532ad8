//! The gate through which this machine's credentials enter: only those that calls can be signed with.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use futures::FutureExt;

use crate::cloud::enter::credential_check;
use crate::cloud::wire::sdk_error::UnusableSettings;

/// What the SDK calls credentials that stand in environment variables.
const ENVIRONMENT: &str = "EnvironmentVariable";

thread_local! {
    static IS_ANSWERED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this moment is answered as credentials that cannot be had: it is no bug of ours.
pub fn is_answered() -> bool {
    IS_ANSWERED.get()
}

/// Returns the credentials of another provider, checked before anything is signed with them.
pub(in crate::cloud) fn checked(
    inner: impl ProvideCredentials + 'static,
) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Checked { inner: SharedCredentialsProvider::new(inner) })
}

/// Credentials of another provider, checked.
#[derive(Debug)]
struct Checked {
    inner: SharedCredentialsProvider,
}

impl Checked {
    async fn credentials(&self) -> provider::Result {
        // The SDK signs calls of its own with what it found on the way to a profile's role, and panics
        // where that cannot be signed with.
        let asked = AssertUnwindSafe(self.inner.provide_credentials());
        let mut asked = pin!(asked.catch_unwind());
        let answer = poll_fn(|context| {
            IS_ANSWERED.set(true);
            let polled = asked.as_mut().poll(context);
            IS_ANSWERED.set(false);
            polled
        });
        let found = answer.await.unwrap_or_else(|_| {
            Err(unusable(
                "the credentials that lead to them hold a line break, or another character that no \
                 call can be signed with",
            ))
        })?;
        match credential_check::check(&found) {
            Ok(()) => Ok(without_empty_token(found)),
            Err(error) => Err(unusable(told(&found, error))),
        }
    }
}

/// An empty token stands for none, as in the AWS CLI.
fn without_empty_token(found: Credentials) -> Credentials {
    if found.session_token() == Some("") {
        let mut builder = Credentials::builder()
            .access_key_id(found.access_key_id())
            .secret_access_key(found.secret_access_key())
            .provider_name("xdeploy");
        builder.set_expiry(found.expiry());
        return builder.build();
    }
    found
}

fn told(found: &Credentials, error: credential_check::UnsignableCredentials) -> String {
    // How the SDK shows credentials names where they are from, and no secret.
    if format!("{found:?}").contains(ENVIRONMENT) {
        return format!("{error}: mend {}", error.variable);
    }
    error.to_string()
}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

fn unusable(why: impl Into<String>) -> CredentialsError {
    CredentialsError::invalid_configuration(UnusableSettings(why.into()))
}

/// Credentials that are not to be had, and why.
#[derive(Debug)]
pub(super) enum Refused {
    /// What yields them can be neither heeded nor ignored.
    Unusable(String),
    /// What was to yield them is not there.
    Missing(String),
}

impl ProvideCredentials for Refused {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = match self {
            Self::Unusable(why) => unusable(why.clone()),
            Self::Missing(why) => CredentialsError::not_loaded(why.clone()),
        };
        future::ProvideCredentials::ready(Err(error))
    }
}
