//! Keys that a call can be signed with: what stands in a request's headers breaks none of them.
//!
//! Whoever yields keys, a file, a program, a service or AWS itself, may yield a line break with them.
//! The SDK would end the program over it.

use aws_credential_types::Credentials;

/// Keys that no call can be signed with. It says which of them and why, never what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} {reason}")]
pub(in crate::cloud) struct UnsignableCredentials {
    /// Which of them, in words.
    pub part: &'static str,
    /// The environment variable that it may come from.
    pub variable: &'static str,
    reason: &'static str,
}

/// Checks that calls can be signed with keys.
///
/// # Errors
/// When one of them is empty or holds what cannot be sent.
pub(in crate::cloud) fn check(keys: &Credentials) -> Result<(), UnsignableCredentials> {
    let id = ("the access key id", "AWS_ACCESS_KEY_ID", keys.access_key_id());
    // An empty token is none.
    let token = keys.session_token().filter(|token| !token.is_empty()).unwrap_or("-");
    let token = ("the session token", "AWS_SESSION_TOKEN", token);
    for (part, variable, text) in [id, token] {
        if let Some(reason) = not_sendable(text) {
            return Err(UnsignableCredentials { part, variable, reason });
        }
    }
    // It is not sent, but with it a signature is made that AWS refuses without a word on why.
    let secret = keys.secret_access_key();
    let reason = match not_sendable(secret) {
        Some(_) if secret.trim() != secret => Some("begins or ends with a blank or a line break"),
        Some(_) if secret.contains(char::is_control) => Some("holds a control character"),
        Some(_) if secret.is_empty() => Some("is empty"),
        _ => None,
    };
    let (part, variable) = ("the secret access key", "AWS_SECRET_ACCESS_KEY");
    reason.map_or(Ok(()), |reason| Err(UnsignableCredentials { part, variable, reason }))
}

fn not_sendable(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(char::is_control) {
        Some("holds a line break or another control character")
    } else if text.contains(char::is_whitespace) {
        Some("holds a blank")
    } else if !text.is_ascii() {
        Some("holds a letter that is not ASCII")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(id: &str, secret: &str, token: Option<&str>) -> Option<String> {
        let keys = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
        check(&keys).err().map(|error| error.to_string())
    }

    #[test]
    fn keys_that_break_a_header_are_told_by_their_name_only() {
        assert_eq!(said("AKIA+/=", "s/e+c=r", Some("Fwo//tok+en==")), None);
        assert_eq!(said("999999999999", "it's \"ä\" secret", None), None);
        for (id, secret, token, part) in [
            ("AKIA\n", "s", None, "the access key id holds a line break"),
            ("AKIA\r", "s", None, "the access key id holds a line break"),
            ("AK IA", "s", None, "the access key id holds a blank"),
            ("ÄKIA", "s", None, "the access key id holds a letter"),
            ("", "s", None, "the access key id is empty"),
            ("AKIA", "s", Some("t\0"), "the session token holds a line break or another"),
            ("AKIA", "s\n", None, "the secret access key begins or ends"),
            ("AKIA", "", None, "the secret access key is empty"),
        ] {
            let said = said(id, secret, token).expect(part);
            assert!(said.starts_with(part), "{said}");
        }
    }
}
