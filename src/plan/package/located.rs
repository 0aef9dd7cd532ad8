//! Templates with objects in a bucket in the place of local paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::contents::{PathContent, TemplateContents};
use crate::name::Region;
use crate::plan::upload::Upload;
use crate::template::{LocalContent, LocalPath, ObjectLocation, Template};

/// A template as it is sent, and what it names.
#[derive(Clone)]
pub(super) struct LocatedTemplate {
    pub template: Arc<Template>,
    /// Each once; what nested templates name among them.
    pub uploads: Arc<[Upload]>,
}

/// The templates that were written anew so far, by their files and where their objects are.
#[derive(Default)]
pub(super) struct LocatedTemplates {
    known: BTreeMap<(PathBuf, String, Region), LocatedTemplate>,
}

impl LocatedTemplates {
    /// Returns a template with its objects in a bucket, for stacks of a Region.
    pub fn of(
        &mut self,
        contents: &TemplateContents,
        bucket: &str,
        region: &Region,
    ) -> LocatedTemplate {
        let path = contents.template.file.path.clone();
        let key = (path, bucket.to_owned(), region.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut uploads = Vec::new();
        let mut locations: Vec<(&LocalPath, ObjectLocation)> = Vec::new();
        for (local, part) in &contents.parts {
            let upload = match part {
                PathContent::Packed(packed) => {
                    Upload::packed(packed.clone(), local.content == LocalContent::Snippet)
                }
                PathContent::Nested(nested) => {
                    let located = self.of(nested, bucket, region);
                    uploads.extend(located.uploads.iter().cloned());
                    Upload::template(&located.template)
                }
            };
            locations.push((local, location(bucket, &upload.key(), region)));
            uploads.push(upload);
        }
        // One that CloudFormation reads counts as that, whatever else it is.
        uploads.sort_by_key(|upload| (upload.key(), !upload.is_of_template));
        let mut seen = BTreeSet::new();
        uploads.retain(|upload| seen.insert(upload.key()));
        let template = Arc::new(contents.template.with_locations(locations));
        let located = LocatedTemplate { template, uploads: uploads.into() };
        self.known.insert(key, located.clone());
        located
    }
}

/// Returns where an object is. CloudFormation fetches templates by an address with the bucket in its path, as the
/// AWS CLI writes it, and reads buckets of the stack's own Region.
fn location(bucket: &str, key: &str, region: &Region) -> ObjectLocation {
    let domain = region.partition().dns_suffix();
    ObjectLocation {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        url: format!("https://s3.{region}.{domain}/{bucket}/{key}"),
    }
}
