//! Where runs are kept, as an environment file says it.

use std::path::PathBuf;

use super::composer::Composer;
use super::evaluate::EvaluationScope;
use crate::document::Fault;
use crate::environment::{StateSpec, Text};
use crate::name::{AccountId, Region, S3Place};

/// Where runs are kept, as a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket {
        /// The bucket and the prefix.
        place: S3Place,
        /// The account that it must belong to; the source account if absent.
        owner: Option<AccountId>,
        /// The KMS key that what is kept is encrypted with.
        kms_key: Option<String>,
    },
}

/// Returns where the runs of an environment, given as a position, are kept; nothing if it does not say, or what it says
/// is at fault.
pub(super) fn state_place<'e>(
    composer: &mut Composer<'e, '_>,
    position: usize,
    home: &'e Region,
) -> Option<StatePlace> {
    let spec = composer.evaluator.placements.environments[position].state.as_ref()?;
    let place = place(composer, spec, (position, home));
    place.map_err(|fault| composer.faults.enter(fault)).ok()
}

fn place<'e>(
    composer: &mut Composer<'e, '_>,
    StateSpec { place, is_s3, owner, kms_key }: &'e StateSpec,
    (environment, home): (usize, &'e Region),
) -> Result<StatePlace, Fault> {
    let scope = EvaluationScope { environment, target: None, region: Some(home) };
    let mut read = |text: &'e Text| composer.evaluator.text(text, scope);
    let written = read(place)?;
    if !is_s3 && !S3Place::is_address(&written) {
        let folder = place.place.file.path.parent().map(PathBuf::from).unwrap_or_default();
        return Ok(StatePlace::Folder(folder.join(written)));
    }
    let at = |text: &Text, message: String| Fault::at(&text.place, message);
    let s3: S3Place =
        written.trim_end_matches('/').parse().map_err(|error| at(place, format!("{error}")))?;
    let mut account = |text: &'e Text| {
        let written = read(text)?;
        written.parse::<AccountId>().map_err(|error| at(text, format!("{error}")))
    };
    let owner = owner.as_ref().map(&mut account).transpose()?;
    let kms_key = kms_key.as_ref().map(read).transpose()?;
    Ok(StatePlace::Bucket { place: s3, owner, kms_key })
}
