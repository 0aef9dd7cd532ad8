//! Templates that are too large to be sent with a call go through a bucket.

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

use super::client::Stacks;
use crate::cloud::storage::buckets::{Bucket, Owners};
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::name::Region;
use crate::plan::{ArtifactsBucket, DesiredStack};

const OPERATION: &str = "s3:PutObject";

/// What is said where a template has no way to go.
const NO_BUCKET: &str =
    "the template is over 51,200 bytes and the file names no `artifacts.bucket`";

/// The largest template that a call may carry, in bytes.
///
/// Source: CloudFormation API reference, `CreateStack`, parameter `TemplateBody`.
pub const MOST_BODY_BYTES: usize = 51_200;

/// How a template is handed to CloudFormation: one of the two.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Carried {
    /// In the call itself.
    pub body: Option<String>,
    /// As an object that CloudFormation fetches.
    pub url: Option<String>,
}

impl Stacks {
    /// Makes a stack's template ready to be sent, through its bucket if it is too large for a call.
    ///
    /// The object is named after the template's digest, so that the same template is the same
    /// object in every run; where the bucket keeps versions, CloudFormation is told the very one that was put.
    ///
    /// # Errors
    /// When the bucket refuses it, is missing, or belongs to another account than it must.
    pub(in crate::cloud) async fn carry(
        &self,
        desired: &DesiredStack<String>,
        proof: &Proof,
    ) -> Result<Carried, CallError> {
        let template = &desired.template;
        let body = &template.file.text;
        if body.len() <= MOST_BODY_BYTES {
            return Ok(Carried { body: Some(body.clone()), url: None });
        }
        let artifacts = desired.artifacts.as_ref();
        let artifacts = artifacts.ok_or_else(|| failed(NO_BUCKET.to_owned()))?;
        let name = &artifacts.name;
        let bucket = Bucket { name, owners: &self.owners_of(artifacts) };
        proof.check(&self.guard)?;
        let key = format!("xdeploy/{}.template", template.digest);
        let checksum = base64::encode(Sha256::digest(body));
        let put = |s3: aws_sdk_s3::Client, owner| {
            s3.put_object()
                .bucket(bucket.name)
                .key(&key)
                .expected_bucket_owner(owner)
                .content_type("text/plain")
                .checksum_sha256(&checksum)
                .body(body.clone().into_bytes().into())
                .send()
        };
        let (reply, region) = self.buckets.call(OPERATION, bucket, put).await?;
        if reply.checksum_sha256().is_some_and(|kept| kept != checksum) {
            return Err(failed(format!("bucket {name} holds another template than was sent")));
        }
        let version = reply.version_id().filter(|version| *version != "null");
        let url = address(&region, self.endpoint.as_deref(), name, &key);
        let url = match version {
            Some(version) => format!("{url}?versionId={version}"),
            None => url,
        };
        Ok(Carried { body: None, url: Some(url) })
    }
}

impl Stacks {
    /// Returns the account that a bucket must belong to.
    pub(super) fn owners_of(&self, bucket: &ArtifactsBucket) -> Owners {
        let owner = bucket.owner.as_ref().or(self.source.as_ref());
        Owners::of(owner.unwrap_or(self.guard.account()).clone())
    }
}

fn failed(text: String) -> CallError {
    CallError { operation: OPERATION, code: None, text, origin: ErrorOrigin::Service }
}

/// Returns where CloudFormation finds an object. It knows S3 by AWS's own names only, even where
/// one's own calls go through another endpoint of AWS; a cloud that is not AWS knows itself.
fn address(region: &Region, endpoint: Option<&str>, bucket: &str, key: &str) -> String {
    let domain = region.partition().dns_suffix();
    match endpoint.map(|endpoint| endpoint.trim_end_matches('/')) {
        Some(endpoint) if !endpoint.ends_with(domain) => format!("{endpoint}/{bucket}/{key}"),
        _ => format!("https://{bucket}.s3.{region}.{domain}/{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_found_where_the_cloud_is() {
        let region: Region = "cn-north-1".parse().expect("a Region");
        let at = |endpoint| address(&region, endpoint, "b", "k");
        assert_eq!(at(None), "https://b.s3.cn-north-1.amazonaws.com.cn/k");
        assert_eq!(at(Some("http://127.0.0.1:4566/")), "http://127.0.0.1:4566/b/k");
        let inside = "https://vpce-1.s3.cn-north-1.vpce.amazonaws.com.cn";
        assert_eq!(at(Some(inside)), "https://b.s3.cn-north-1.amazonaws.com.cn/k");
    }
}
