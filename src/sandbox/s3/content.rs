//! The content of objects, taken out of chunked uploads, and their ETags.

use aws_smithy_types::base64;
use bytes::Bytes;
use http::Request;
use sha2::{Digest, Sha256};

/// Returns an object's content, taken out of the chunks that clients may send it in.
pub fn content(request: &Request<Bytes>) -> Bytes {
    let is_chunked = request
        .headers()
        .get("x-amz-content-sha256")
        .is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    if is_chunked { unchunked(request.body()) } else { request.body().clone() }
}

/// Returns the content of `SIZE;extension\r\n…content…\r\n0\r\n`, as far as it can be read.
fn unchunked(mut rest: &[u8]) -> Bytes {
    let mut content = Vec::with_capacity(rest.len());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line.split(';').next().and_then(|size| usize::from_str_radix(size, 16).ok());
        rest = &rest[end + 2..];
        match size {
            Some(size) if size > 0 && rest.len() >= size + 2 => {
                content.extend_from_slice(&rest[..size]);
                rest = &rest[size + 2..];
            }
            _ => break,
        }
    }
    Bytes::from(content)
}

/// Returns the SHA-256 of a content, in base64.
pub fn checksum(content: &Bytes) -> String {
    base64::encode(Sha256::digest(content))
}

/// Returns the ETag of a content.
pub fn etag(content: &Bytes) -> String {
    let digest = Sha256::digest(content);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(&unchunked(b"3;sig=x\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")[..], b"abcd");
    }
}
