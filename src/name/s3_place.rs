//! A place in S3.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// A place in S3 under which objects stand: `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    ///
    /// Source: the S3 user guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".
    S3Place,
    "a place in S3",
    "a place in S3 reads like `s3://bucket/prefix`: a bucket's name in small letters, and a prefix of letters, digits or `!-_.*'()=/`",
    "^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$",
    is_s3_place
);

/// How every place in S3 begins.
const SCHEME: &str = "s3://";

/// The most bytes of a prefix: a key has 1,024 at most, and ours stand behind it.
const MOST_PREFIX_BYTES: usize = 512;

fn is_s3_place(text: &str) -> bool {
    let Some(place) = text.strip_prefix(SCHEME) else { return false };
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let prefix = prefix.trim_end_matches('/');
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    is_made_of(bucket, 3, 63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c))
        && is_edge(bucket.chars().next())
        && is_edge(bucket.chars().next_back())
        && !bucket.contains("..")
        && is_made_of(prefix, 0, MOST_PREFIX_BYTES, |c| {
            c.is_ascii_alphanumeric() || "!-_.*'()=/".contains(c)
        })
        && (prefix.is_empty() || prefix.split('/').all(is_plain))
}

impl S3Place {
    /// Whether a text is an address of whatever kind, and so no folder: a place in S3, right or wrong, or what is none.
    pub fn is_address(text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        lower.contains("://") || lower.starts_with("s3:") || lower.starts_with("arn:")
    }

    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        let place = &self.as_str()[SCHEME.len()..];
        place.split_once('/').map_or(place, |(bucket, _)| bucket)
    }

    /// Returns the key of what stands under this place by that name.
    pub fn key(&self, name: &str) -> String {
        let place = &self.as_str()[SCHEME.len()..];
        match place.split_once('/').map(|(_, prefix)| prefix.trim_end_matches('/')) {
            None | Some("") => name.to_owned(),
            Some(prefix) => format!("{prefix}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> S3Place {
        text.parse().expect("a place")
    }

    #[test]
    fn a_place_is_a_bucket_and_what_its_keys_begin_with() {
        for text in ["s3://state-999999999999", "s3://state-999999999999/"] {
            assert_eq!(place(text).bucket(), "state-999999999999");
            assert_eq!(place(text).key("runs/a"), "runs/a");
        }
        let nested = place("s3://b.c-d/x/env=prod/");
        assert_eq!((nested.bucket(), nested.key("a").as_str()), ("b.c-d", "x/env=prod/a"));
    }

    #[test]
    fn what_s3_or_we_cannot_take_is_refused() {
        for text in [
            "s3:/bucket",
            "s3://",
            "s3://ab",
            "s3://Bucket",
            "s3://-bucket",
            "s3://bucket-",
            "s3://bu..cket",
            "s3://bucket//x",
            "s3://bucket/x/../y",
            "s3://bucket/./x",
            "s3://bucket/ä",
            "s3://bucket/a b",
            "S3://bucket",
            "https://bucket",
            "bucket/x",
        ] {
            assert!(text.parse::<S3Place>().is_err(), "{text}");
        }
        for address in ["S3://Bucket", "s3:/bucket", "https://bucket", "arn:aws:s3:::bucket"] {
            assert!(S3Place::is_address(address), "{address}");
        }
        for folder in ["s3", "äöü", "../state", "a:b"] {
            assert!(!S3Place::is_address(folder), "{folder}");
        }
    }
}
