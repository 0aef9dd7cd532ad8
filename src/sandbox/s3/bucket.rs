//! Buckets: whose they are, and what they may be called.

use super::request::S3Error;
use crate::name::Region;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::world::{Store, StoredBucket};

/// Returns a bucket of the caller's account.
///
/// # Errors
/// If there is none of that name, or it is another account's.
pub fn find<'a>(
    bucket: &str,
    caller: &SignedCaller,
    store: &'a Store,
) -> Result<&'a StoredBucket, S3Error> {
    let missing = || S3Error(404, "NoSuchBucket", "The specified bucket does not exist".to_owned());
    match store.owner(bucket) {
        None => Err(missing()),
        Some(owner) if *owner != caller.account => {
            Err(S3Error(403, "AccessDenied", "Access Denied".to_owned()))
        }
        Some(_) => store.account(&caller.account).buckets.get(bucket).ok_or_else(missing),
    }
}

/// Checks that a bucket belongs to the account that a request expects, and stands in the Region that it is
/// sent to; a bucket that is not there is somebody else's to refuse.
///
/// Source: S3 user guide, "Verifying bucket ownership with bucket owner condition", and "Making requests to
/// the wrong Region".
///
/// # Errors
/// If it does not; of another Region, that one is returned as well.
pub fn check_place(
    bucket: &str,
    expected_owner: Option<&str>,
    caller: &SignedCaller,
    store: &Store,
) -> Result<(), (S3Error, Option<Region>)> {
    let Some(owner) = store.owner(bucket) else { return Ok(()) };
    if expected_owner.is_some_and(|expected| expected != owner.as_str()) {
        return Err((S3Error(403, "AccessDenied", "Access Denied".to_owned()), None));
    }
    let account = (*owner == caller.account).then(|| store.account(owner));
    match account.and_then(|account| account.buckets.get(bucket)) {
        Some(found) if found.region != caller.region => {
            let message = "The bucket you are attempting to access must be addressed using the specified \
                           endpoint. Please send all future requests to this endpoint.";
            let error = S3Error(301, "PermanentRedirect", message.to_owned());
            Err((error, Some(found.region.clone())))
        }
        _ => Ok(()),
    }
}

/// Makes a bucket in the caller's account.
///
/// # Errors
/// If the name is none, or taken in any account.
pub fn create(bucket: &str, caller: &SignedCaller, store: &mut Store) -> Result<(), S3Error> {
    if !is_bucket_name(bucket) {
        return Err(S3Error(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.".to_owned(),
        ));
    }
    match store.owner(bucket) {
        Some(owner) if *owner == caller.account => Err(S3Error(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it."
                .to_owned(),
        )),
        Some(_) => Err(S3Error(
            409,
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all \
             users of the system. Please select a different name and try again."
                .to_owned(),
        )),
        None => {
            let (account, owners) = store.change(&caller.account);
            owners.insert(bucket.to_owned(), caller.account.clone());
            let made = StoredBucket { region: caller.region.clone(), objects: Default::default() };
            account.buckets.insert(bucket.to_owned(), made);
            Ok(())
        }
    }
}

/// Whether a name keeps S3's rules for general purpose buckets (S3 user guide, "Bucket naming
/// rules").
pub fn is_bucket_name(name: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_edge(c) || c == '-' || c == '.')
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !name.starts_with("xn--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_keep_s3s_rules() {
        for (name, is_valid) in
            [("abc", true), ("ab", false), ("Abc", false), ("a..b", false), ("10.0.0.1", false)]
        {
            assert_eq!(is_bucket_name(name), is_valid, "{name}");
        }
    }
}
