//! Whose account a session is in: proven once, before anything is written.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::connection::few_retries;
use super::paced::Paced;
use super::refusal::{CallError, ErrorOrigin};
use crate::event::{Failure, FailureKind};
use crate::name::{AccountId, AccountName};

/// The proof that a session is in the account that the file says; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    sts: aws_sdk_sts::Client,
    pace: Paced,
    account: AccountName,
    expected: AccountId,
    proof: Arc<OnceCell<()>>,
}

impl Identity {
    /// Returns the proof that is still to be had.
    pub fn new(
        sts: aws_sdk_sts::Client,
        pace: Paced,
        account: AccountName,
        expected: AccountId,
    ) -> Self {
        Self { sts, pace, account, expected, proof: Arc::default() }
    }

    /// Returns the account that the file says.
    pub fn expected(&self) -> &AccountId {
        &self.expected
    }

    /// Returns the proof as it was had when the session was opened.
    pub fn proven(self) -> Self {
        Self { proof: Arc::new(OnceCell::new_with(Some(()))), ..self }
    }

    /// Proves whose account it is: by the ARN of a stack that CloudFormation showed in this
    /// session, which holds the account, or by GetCallerIdentity.
    ///
    /// # Errors
    /// When it is another account, or STS does not say.
    pub async fn prove(&self, stack_id: Option<&str>) -> Result<(), Failure> {
        let prove = || async {
            let account = match stack_id.and_then(account_of) {
                Some(account) => account,
                None => {
                    let (account, _) = caller_identity(&self.sts, &self.pace, Retries::All)
                        .await
                        .map_err(|error| error.into_failure(&self.account))?;
                    account
                }
            };
            if account == self.expected { Ok(()) } else { Err(self.refuse(&account)) }
        };
        self.proof.get_or_try_init(prove).await.copied()
    }

    fn refuse(&self, found: &AccountId) -> Failure {
        let message = format!(
            "the session is in account {found}, but account `{}` is {}",
            self.account, self.expected
        );
        Failure::new(FailureKind::WrongAccount, message)
            .with_help("mend the account's id, role or profile in the environment file")
    }
}

/// Returns the account in an ARN.
fn account_of(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

/// How long STS is asked before it counts as out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retries {
    /// Seconds: nothing was begun yet, and somebody may have mistyped an endpoint.
    Few,
    /// As long as any call of a run.
    All,
}

/// Asks STS whose credentials these are: the account and the caller's ARN.
pub(super) async fn caller_identity(
    sts: &aws_sdk_sts::Client,
    pace: &Paced,
    retries: Retries,
) -> Result<(AccountId, String), CallError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let ask = || async {
        let call = sts.get_caller_identity().customize();
        let call = match retries {
            Retries::Few => {
                let few = aws_sdk_sts::Config::builder().retry_config(few_retries());
                call.config_override(few)
            }
            Retries::All => call,
        };
        let reply = call.send().await;
        reply.map_err(|error| CallError::of(OPERATION, &error))
    };
    let reply = pace.send(ask).await?;
    let account = reply.account().unwrap_or_default().parse().map_err(|_| CallError {
        operation: OPERATION,
        code: None,
        text: "the reply names no account".to_owned(),
        origin: ErrorOrigin::Network,
    })?;
    Ok((account, reply.arn().unwrap_or_default().to_owned()))
}
