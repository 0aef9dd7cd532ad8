//! What IAM answers: policies' documents, and why something could not be read.

use serde_json::Value as Json;

use crate::cloud::CallError;

/// Reads a policy's document, which IAM encodes as in a URL; nothing if it is not JSON.
pub fn document(encoded: &str) -> Option<Json> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    serde_json::from_slice(&bytes).ok()
}

/// Returns why something could not be read, in a few words.
pub fn why(error: &CallError) -> String {
    match &error.code {
        Some(code) => format!("{} answers {code}", error.operation),
        None => format!("{} got no answer", error.operation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_from_its_url_form() {
        let read =
            document("%7B%22Version%22%3A%222012-10-17%22%2C%22a%22%3A%22100%25 b%c3%a4%22%7D");
        let read = read.expect("JSON");
        assert_eq!((&read["Version"], &read["a"]), (&"2012-10-17".into(), &"100% bä".into()));
        assert_eq!(document("%7"), None);
    }
}
