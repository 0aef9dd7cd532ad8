//! Templates in the bucket, each under its digest: shared by all runs, and never changed.

use std::collections::BTreeSet;

use futures::FutureExt;

use super::bucket::{StateError, at_once};
use super::working_copy::WorkingCopy;
use crate::cloud::WriteCondition;
use crate::journal::Templates;

/// The folder of templates in a place.
const TEMPLATES: &str = "templates/";

/// Which templates the bucket has.
#[derive(Debug)]
pub(super) struct TemplateObjects {
    there: BTreeSet<String>,
}

impl TemplateObjects {
    /// Returns which there are.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn listed(copy: &WorkingCopy) -> Result<Self, StateError> {
        let listed = copy.bucket.list(TEMPLATES).await?.into_iter();
        Ok(Self { there: listed.map(|entry| entry.key[TEMPLATES.len()..].to_owned()).collect() })
    }

    /// Writes those of these that are not there yet.
    ///
    /// # Errors
    /// If one cannot be written; one that is not kept here either is left out.
    pub async fn put(
        &mut self,
        copy: &WorkingCopy,
        digests: &BTreeSet<String>,
    ) -> Result<(), StateError> {
        let kept = Templates::of(&copy.folder);
        let missing = digests
            .difference(&self.there)
            .filter_map(|digest| Some((digest.clone(), kept.read(digest).ok()?)));
        let missing: Vec<(String, String)> = missing.collect();
        let bucket = &copy.bucket;
        at_once(missing.iter(), |(digest, text)| {
            let put = async move {
                let name = format!("{TEMPLATES}{digest}");
                bucket.put(&name, text.clone(), WriteCondition::Absent).await
            };
            put.boxed()
        })
        .await?;
        self.there.extend(missing.into_iter().map(|(digest, _)| digest));
        Ok(())
    }
}

/// Brings templates here that are not.
///
/// # Errors
/// If one cannot be had though it is there.
pub(super) async fn fetch(copy: &WorkingCopy, digests: BTreeSet<String>) -> Result<(), StateError> {
    let kept = Templates::of(&copy.folder);
    let missing = digests.into_iter().filter(|digest| kept.read(digest).is_err());
    let kept = &kept;
    at_once(missing, |digest| {
        async move {
            let Some(stored) = copy.bucket.read(&format!("{TEMPLATES}{digest}")).await? else {
                return Ok(());
            };
            let text = String::from_utf8_lossy(&stored.content);
            // One that was changed is no template of ours: it is missing where it is needed.
            match kept.keep(&digest, &text) {
                Err(error) if error.kind() != std::io::ErrorKind::InvalidData => {
                    Err(copy.bucket.unusable(error))
                }
                _ => Ok(()),
            }
        }
        .boxed()
    })
    .await?;
    Ok(())
}
