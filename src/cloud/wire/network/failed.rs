//! Connections that could not be made, in words that name the proxy or what is not trusted.

use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::error_chain;

/// A connection that could not be made, told whole: nothing lies beneath it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreached(String);

/// What to do about a certificate whose authority is not known here.
const UNTRUSTED: &str = "its certificate is of no authority that is trusted here; if a proxy or \
                         gateway of your company stands in between, name its authorities in \
                         AWS_CA_BUNDLE";

/// Returns the failure of a request that went straight to its host.
pub(super) fn straight(error: ConnectorError) -> ConnectorError {
    if is_untrusted(&chain(&error)) { told(&error, UNTRUSTED.to_owned()) } else { error }
}

/// Returns the failure of a request that went through a proxy.
pub(super) fn through(variable: &str, address: &str, error: &ConnectorError) -> ConnectorError {
    let chain = chain(error);
    let last = chain.last().cloned().unwrap_or_default();
    let says = |text: &str| chain.iter().any(|part| part.contains(text));
    if says("proxy authorization required") {
        return not_let_through(variable, address);
    }
    let text = if is_untrusted(&chain) {
        format!("behind the proxy {address} ({variable}): {UNTRUSTED}")
    } else if says("tcp connect error") || says("dns error") {
        format!("the proxy {address} ({variable}) cannot be reached: {last}")
    } else if says("tunnel error") {
        format!("the proxy {address} ({variable}) does not lead there: {last}")
    } else {
        format!("through the proxy {address} ({variable}): {last}")
    };
    told(error, text)
}

/// Returns the failure of a proxy that asks for a user and a password, or does not take those given.
///
/// It is not asked again: an account may be locked after a few wrong passwords.
pub(super) fn not_let_through(variable: &str, address: &str) -> ConnectorError {
    let text = format!(
        "the proxy {address} lets nobody through without a user and password that it takes: \
         {variable} may hold them, as http://USER:PASSWORD@HOST:PORT"
    );
    ConnectorError::user(Box::new(Unreached(text)))
}

/// Returns the same failure, for retries, in other words.
fn told(error: &ConnectorError, text: String) -> ConnectorError {
    let source = Box::new(Unreached(text));
    if error.is_timeout() {
        ConnectorError::timeout(source)
    } else if error.is_user() {
        ConnectorError::user(source)
    } else if error.is_io() {
        ConnectorError::io(source)
    } else {
        let kind = error.as_other();
        ConnectorError::other(source, kind)
    }
}

fn is_untrusted(chain: &[String]) -> bool {
    chain.iter().any(|text| text.contains("invalid peer certificate: UnknownIssuer"))
}

fn chain(error: &ConnectorError) -> Vec<String> {
    error_chain::chain(error).map(ToString::to_string).collect()
}
