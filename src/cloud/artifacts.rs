//! Templates that are too large to be sent with a call go through a bucket.

use super::guard::Proof;
use super::refusal::CallError;
use super::stacks::Stacks;
use super::write::StackRequest;
use crate::name::Region;

/// The largest template that a call may carry, in bytes.
///
/// Source: CloudFormation API reference, `CreateStack`, parameter `TemplateBody`.
pub(super) const MOST_BODY_BYTES: usize = 51_200;

/// How a template is handed to CloudFormation: one of the two.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    /// In the call itself.
    pub body: Option<String>,
    /// As an object that CloudFormation fetches.
    pub url: Option<String>,
}

impl Stacks {
    /// Makes a request's template ready to be sent, through its bucket if it is too large for a call.
    ///
    /// The object is named after the template's digest, so that the same template is the same
    /// object in every run.
    ///
    /// # Errors
    /// When the bucket refuses it or is missing.
    pub(super) async fn carry(
        &self,
        request: &StackRequest,
        proof: &Proof,
    ) -> Result<Carried, CallError> {
        let template = &request.template;
        let body = &template.file.text;
        if body.len() <= MOST_BODY_BYTES {
            return Ok(Carried { body: Some(body.clone()), url: None });
        }
        let bucket = request.artifacts_bucket.as_deref().ok_or_else(|| CallError {
            operation: "s3:PutObject",
            code: None,
            text: "the template is over 51,200 bytes and the file names no `artifacts.bucket`"
                .to_owned(),
            origin: super::refusal::ErrorOrigin::Service,
        })?;
        proof.check(&self.guard)?;
        let key = format!("xdeploy/{}.template", template.digest);
        aws_sdk_s3::Client::from_conf(self.s3.clone())
            .put_object()
            .bucket(bucket)
            .key(&key)
            .content_type("text/plain")
            .body(body.clone().into_bytes().into())
            .send()
            .await
            .map_err(|error| CallError::of("s3:PutObject", &error))?;
        let url = address(&self.region, self.endpoint.as_deref(), bucket, &key);
        Ok(Carried { body: None, url: Some(url) })
    }
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
