//! Whether a place in a bucket keeps what it is given, and refuses what it must: each step is tried with an object that
//! is deleted again.

use super::bucket::{StateBucket, StateError};
use crate::cloud::{PutOutcome, WriteCondition};

/// A step of the check.
#[derive(Debug)]
pub struct CheckStep {
    /// What was tried, as an infinitive.
    pub what: &'static str,
    /// The permission that it takes.
    pub needs: &'static str,
    /// How it went.
    pub went: Result<(), StateError>,
}

/// Tries all that runs do in a place; stops at the first step without which the others say nothing.
pub async fn check_place(bucket: &StateBucket) -> Vec<CheckStep> {
    let name = format!("check/{:016x}", fastrand::u64(..));
    let mut steps = Vec::new();
    let listed = bucket.list("check/").await.map(drop);
    steps.push(CheckStep { what: "list what is kept", needs: "s3:ListBucket", went: listed });
    let made = bucket.put(&name, "one", WriteCondition::Absent).await;
    let etag = match &made {
        Ok(PutOutcome::Written(etag)) => Some(etag.clone()),
        Ok(PutOutcome::Refused) | Err(_) => None,
    };
    let went = made.and_then(|made| match made {
        PutOutcome::Written(_) => Ok(()),
        PutOutcome::Refused => {
            Err(bucket.broken(&name, "it is refused though nothing stands there"))
        }
    });
    steps.push(CheckStep { what: "write what is not there", needs: "s3:PutObject", went });
    let Some(etag) = etag else { return steps };
    let read = bucket.read(&name).await.and_then(|stored| match stored {
        Some(stored) if stored.content == b"one" => Ok(()),
        _ => Err(bucket.broken(&name, "what is read is not what was written")),
    });
    steps.push(CheckStep { what: "read what is kept", needs: "s3:GetObject", went: read });
    let again = bucket.put(&name, "two", WriteCondition::Absent).await;
    let went =
        refused(bucket, &name, again, "If-None-Match is not heeded: two runs could write the same");
    steps.push(CheckStep { what: "be refused to write over it", needs: "s3:PutObject", went });
    let renewed = bucket.put(&name, "two", WriteCondition::Unchanged(&etag)).await;
    let went = renewed.and_then(|renewed| match renewed {
        PutOutcome::Written(_) => Ok(()),
        PutOutcome::Refused => {
            Err(bucket.broken(&name, "If-Match is refused though nothing changed"))
        }
    });
    steps.push(CheckStep { what: "renew what it wrote, as a lock", needs: "s3:PutObject", went });
    let stale = bucket.put(&name, "three", WriteCondition::Unchanged(&etag)).await;
    let went =
        refused(bucket, &name, stale, "If-Match is not heeded: two could have the same lock");
    steps.push(CheckStep {
        what: "be refused a lock that is another's",
        needs: "s3:PutObject",
        went,
    });
    let deleted = bucket.delete(&name).await;
    steps.push(CheckStep {
        what: "delete what is joined",
        needs: "s3:DeleteObject",
        went: deleted,
    });
    steps
}

fn refused(
    bucket: &StateBucket,
    name: &str,
    put: Result<PutOutcome, StateError>,
    why: &str,
) -> Result<(), StateError> {
    match put? {
        PutOutcome::Refused => Ok(()),
        PutOutcome::Written(_) => Err(bucket.broken(name, why)),
    }
}
