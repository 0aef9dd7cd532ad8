//! A service's refusal, in the words of a resource's status reason.

use std::borrow::Cow;

use crate::sandbox::world::SandboxAccount;

/// Why a service does not do what it is asked.
#[derive(Clone, Debug)]
pub struct ServiceRefusal {
    /// The service as reasons name it, such as `Iam`.
    pub service: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    pub message: String,
    /// The code of the resource's handler.
    pub code: &'static str,
}

impl ServiceRefusal {
    /// Returns that a service does not take a request as it is.
    pub fn invalid(service: &'static str, message: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            status: 400,
            message: message.into(),
            code: "InvalidRequest",
        }
    }

    /// Returns the refusal as a status reason, with ids that the account has not given out before.
    pub fn reason(self, account: &mut SandboxAccount) -> String {
        let code = self.code;
        let said = self.said(account);
        let token = account.fresh_uuid();
        format!(
            "Resource handler returned message: \"{said}\" (RequestToken: {token}, \
             HandlerErrorCode: {code})"
        )
    }

    /// Returns what the service said, with the id of the request.
    pub fn said(self, account: &mut SandboxAccount) -> String {
        let Self { service, status, message, .. } = self;
        let request = account.fresh_uuid();
        format!("{message} (Service: {service}, Status Code: {status}, Request ID: {request})")
    }
}
