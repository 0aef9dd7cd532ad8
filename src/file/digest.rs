//! What a content is named after.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a content in hexadecimal.
pub fn digest(content: impl AsRef<[u8]>) -> String {
    let mut hexadecimal = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        write!(hexadecimal, "{byte:02x}").expect("a String takes all");
    }
    hexadecimal
}
