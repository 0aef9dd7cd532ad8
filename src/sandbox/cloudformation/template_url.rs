//! Templates in buckets, as requests and nested stacks point to them.

use crate::name::Partition;
use crate::sandbox::iam::NeededPermission;
use crate::sandbox::s3;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, Store};

use super::rules::malformed;

/// The longest template in a bucket, in bytes.
const LONGEST_OBJECT: usize = 1_000_000;

/// Where an account's templates are read from.
pub struct TemplatePlace<'a> {
    pub account: &'a SandboxAccount,
    /// Where the contents of objects are kept.
    pub store: &'a Store,
    pub partition: Partition,
}

impl TemplatePlace<'_> {
    /// Returns the text of a template, if its reader is permitted to get it.
    ///
    /// # Errors
    /// If the address is none of S3's, or there is nothing that may be read, or it is too long.
    pub fn read(
        &self,
        url: &str,
        is_permitted: impl FnOnce(&NeededPermission) -> bool,
    ) -> Result<String, Refusal> {
        let (bucket, key) = bucket_and_key(url)?;
        let denied = || Refusal::validation("S3 error: Access Denied");
        let arn = format!("arn:{}:s3:::{bucket}/{key}", self.partition);
        let held = self.account.buckets.get(&bucket).ok_or_else(denied)?;
        let is_there = held.objects.contains_key(&key);
        if !is_permitted(&NeededPermission::new("s3:GetObject", arn)) || !is_there {
            return Err(denied());
        }
        let content = self.store.content(&bucket, &key);
        let content = content.map_err(|error| Refusal::state(error.told()))?;
        if content.len() > LONGEST_OBJECT {
            return Err(Refusal::validation(format!(
                "Template may not exceed {LONGEST_OBJECT} bytes in size."
            )));
        }
        String::from_utf8(content.to_vec()).map_err(|_| malformed("unsupported structure."))
    }
}

/// Returns the bucket and the key of a template's address.
///
/// # Errors
/// If it is none of S3's.
pub fn bucket_and_key(url: &str) -> Result<(String, String), Refusal> {
    s3::bucket_and_key(url)
        .ok_or_else(|| Refusal::validation("TemplateURL must be a supported URL."))
}
