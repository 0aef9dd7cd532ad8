//! Organizations is asked for an environment's accounts: from its source account or through a role, and why it may not
//! be.

use super::client::{Organizations, PER_SECOND};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::enter::chain_link::RefusedRole;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::event::{Failure, FailureKind};
use crate::name::AccountId;
use crate::organization::{Listing, Question};
use crate::plan::OrganizationEntry;

/// What is allowed to who lists accounts.
const NEEDED: &str = "organizations:ListRoots, ListOrganizationalUnitsForParent, ListAccountsForParent and \
                      ListTagsForResource";

/// What else may ask.
const ELSE: &str = "or name as `organization.role` a role in the organization's management account, or in a delegated \
                    administrator, that may";

/// How often the sandbox is asked a second at most: it bears all that it is not told to refuse.
const SANDBOX_PER_SECOND: f64 = 500.0;

impl Cloud {
    /// Returns which accounts there are, as an environment asks it, and the account of the source credentials.
    ///
    /// # Errors
    /// When there are no source credentials, the role is refused, or Organizations refuses or does not answer.
    pub async fn list_accounts(
        &self,
        entry: &OrganizationEntry,
        question: &Question,
    ) -> Result<(Listing, AccountId), Failure> {
        let source = self.source(&entry.environment).await?;
        let rate = if self.is_embedded() { SANDBOX_PER_SECOND } else { PER_SECOND };
        let (organizations, caller): (Organizations, String) = match &entry.role {
            None => (self.organizations_at(rate, &source), source.link.caller.clone()),
            Some(role) => {
                let organizations = self.organizations_as_at(rate, role, &source).await;
                (organizations.map_err(|refused| no_role(&refused))?, role.role.to_string())
            }
        };
        let listing = organizations.list(&question.patterns(), question.with_tags).await;
        let listing = listing.map_err(|error| refused(&error, &caller))?;
        Ok((listing, source.link.account.clone()))
    }
}

fn no_role(RefusedRole { role, from, error }: &RefusedRole) -> Failure {
    let said = error.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
    let message =
        format!("AWS Organizations cannot be asked: {role} was not assumed: {said}{}", error.text);
    Failure::new(FailureKind::RoleRefused, message).with_help(format!(
        "let {} do sts:AssumeRole on it, and let the role's trust policy name it",
        from.caller
    ))
}

fn refused(error: &CallError, caller: &str) -> Failure {
    let CallError { operation, code, text, .. } = error;
    let said = code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
    let message = format!(
        "AWS Organizations does not tell {caller} which accounts there are: {operation}: {said}{text}"
    );
    let (kind, help) = kind_and_help(error);
    Failure::new(kind, message).with_help(help)
}

/// Returns what kind of failure it is that Organizations does not tell who there is, and what to do about it.
///
/// Source: the Organizations API reference, errors of the actions that list.
fn kind_and_help(error: &CallError) -> (FailureKind, String) {
    const LATER: &str = "ask again in a moment; `--offline` goes by what is kept";
    let (kind, help) = match (error.origin, error.code.as_deref()) {
        (ErrorOrigin::Credentials | ErrorOrigin::Unusable, _) => {
            (FailureKind::NoCredentials, "log in again")
        }
        (ErrorOrigin::Service, Some("AWSOrganizationsNotInUseException")) => (
            FailureKind::Refused,
            "the account is in no organization: ask from one that is, with `organization.role`",
        ),
        (ErrorOrigin::Service, Some("ParentNotFoundException" | "TargetNotFoundException")) => (
            FailureKind::Refused,
            "a unit or an account went while they were listed: ask again in a moment",
        ),
        (ErrorOrigin::Service, Some("ServiceException")) => (FailureKind::Unreachable, LATER),
        (ErrorOrigin::Service, _) if error.is_throttled() => (FailureKind::Throttled, LATER),
        (ErrorOrigin::Service, _) if error.is_unavailable() => (FailureKind::Unreachable, LATER),
        (ErrorOrigin::Service, _) if error.is_access_denied() => {
            return (FailureKind::AccessDenied, format!("allow {NEEDED} to it, {ELSE}"));
        }
        (ErrorOrigin::Service, _) if error.is_about_credentials() => {
            (FailureKind::NoCredentials, "log in again")
        }
        (ErrorOrigin::Service, _) => {
            (FailureKind::Refused, "the AWS Organizations API reference says what the code means")
        }
        _ => (
            FailureKind::Unreachable,
            "check the network, proxy and AWS_ENDPOINT_URL; `--offline` goes by what is kept",
        ),
    };
    (kind, help.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: Option<&str>) -> FailureKind {
        let failure = refused(
            &CallError {
                operation: "organizations:ListRoots",
                code: code.map(str::to_owned),
                text: "it says so".to_owned(),
                origin: ErrorOrigin::Service,
            },
            "arn:aws:iam::999999999999:user/u",
        );
        assert!(failure.message.contains("it says so"), "{failure:?}");
        let help = failure.help.expect("there is always something to do");
        assert_eq!(help.contains("allow "), failure.kind == FailureKind::AccessDenied, "{help}");
        failure.kind
    }

    #[test]
    fn only_what_wants_a_permission_is_told_to_want_one() {
        for (code, kind) in [
            (Some("AccessDeniedException"), FailureKind::AccessDenied),
            (Some("AWSOrganizationsNotInUseException"), FailureKind::Refused),
            (Some("ParentNotFoundException"), FailureKind::Refused),
            (Some("InvalidInputException"), FailureKind::Refused),
            (Some("ServiceException"), FailureKind::Unreachable),
            (Some("ServiceUnavailable"), FailureKind::Unreachable),
            (None, FailureKind::Unreachable),
            (Some("TooManyRequestsException"), FailureKind::Throttled),
            (Some("ExpiredTokenException"), FailureKind::NoCredentials),
        ] {
            assert_eq!(told(code), kind, "{code:?}");
        }
    }
}
