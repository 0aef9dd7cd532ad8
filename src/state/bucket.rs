//! A place in a bucket where a team's state stands, as one login reaches it.

use std::io;

use bytes::Bytes;
use futures::future::{self, BoxFuture};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::cloud::{
    CallError, ErrorOrigin, GetError, ObjectEntry, Objects, PutOutcome, StoredObject,
    WriteCondition,
};
use crate::name::S3Place;

/// The most bytes of an object that is read: a run of a hundred thousand stack instances has fewer.
const MOST_OBJECT_BYTES: u64 = 2 << 30;

/// How many calls are under way at the same time.
pub(super) const AT_ONCE: usize = 16;

/// Carries out a call for each of many, several at a time.
///
/// # Errors
/// With the first that fails.
pub(super) async fn at_once<'a, I, T>(
    items: impl IntoIterator<Item = I>,
    call: impl Fn(I) -> BoxFuture<'a, Result<T, StateError>>,
) -> Result<(), StateError> {
    // Made beforehand: a stream that makes them one by one could not be sent to another thread.
    let calls: Vec<_> = items.into_iter().map(call).collect();
    let calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    calls.try_for_each(|_| future::ready(Ok(()))).await
}

/// A place in a bucket.
#[derive(Clone, Debug)]
pub struct StateBucket {
    objects: Objects,
    place: S3Place,
    kms_key: Option<String>,
}

/// State that cannot be read, kept or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// S3 refuses a call or does not answer.
    #[error("{place}: {name} cannot be {done}")]
    Call {
        /// The bucket and the prefix.
        place: S3Place,
        /// What stands there.
        name: String,
        /// What was tried, as a participle.
        done: &'static str,
        /// What S3 said.
        source: Box<CallError>,
    },
    /// An object is there and cannot be read.
    #[error("{place}: {name} cannot be read")]
    Unreadable {
        /// The bucket and the prefix.
        place: S3Place,
        /// What stands there.
        name: String,
        /// Why it is not read.
        source: Box<GetError>,
    },
    /// What S3 answered to a write is not what it answers.
    #[error("{place}: {name}: {why}")]
    Broken {
        /// The bucket and the prefix.
        place: S3Place,
        /// What stands there.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// This machine's working copy cannot be used.
    #[error("the working copy of {place} on this machine cannot be used")]
    WorkingCopy {
        /// The bucket and the prefix.
        place: S3Place,
        /// The system's error.
        source: io::Error,
    },
}

impl StateError {
    /// Returns the failed call, if it is one.
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Call { source, .. } => Some(source),
            Self::Unreadable { source, .. } => match &**source {
                GetError::Refused(error) => Some(error),
                _ => None,
            },
            Self::Broken { .. } | Self::WorkingCopy { .. } => None,
        }
    }

    /// Whether S3 is not to be had for who asks: a permission or credentials are missing.
    pub fn is_refusal(&self) -> bool {
        self.call().is_some_and(|error| {
            error.is_access_denied()
                || matches!(error.origin, ErrorOrigin::Credentials | ErrorOrigin::Unusable)
        })
    }

    /// Returns what to do about it.
    pub fn help(&self) -> &'static str {
        match (self, self.call()) {
            (Self::WorkingCopy { .. }, _) => "mend the folder, or name another with XDG_CACHE_HOME",
            (Self::Broken { .. }, _) => {
                "look at that object, and delete it if it is damaged; where conditional writes are not heeded, use another \
                 server: docs/shared-state.md lists what some do"
            }
            (_, Some(error)) if error.has_code("NoSuchBucket") => {
                "make the bucket, such as with stacks/state-bucket.yaml, or mend `state`"
            }
            (_, Some(_)) if self.is_refusal() => {
                "let these credentials do what docs/shared-state.md lists, and let `state` name the bucket's owner"
            }
            _ => "try again; `xdeploy state check FILE` tells what works",
        }
    }
}

impl StateBucket {
    /// Returns a place in a bucket; what is written there is encrypted with a KMS key if one is named.
    pub fn new(objects: Objects, place: S3Place, kms_key: Option<String>) -> Self {
        Self { objects, place, kms_key }
    }

    /// Returns the place.
    pub fn place(&self) -> &S3Place {
        &self.place
    }

    /// Returns what stands there by that name; nothing if nothing does.
    ///
    /// # Errors
    /// If S3 does not give it.
    pub async fn read(&self, name: &str) -> Result<Option<StoredObject>, StateError> {
        let key = self.place.key(name);
        let read = self.objects.read((self.place.bucket(), &key), MOST_OBJECT_BYTES).await;
        read.map_err(|source| {
            let (place, name) = (self.place.clone(), name.to_owned());
            StateError::Unreadable { place, name, source: Box::new(source) }
        })
    }

    /// Writes something, if what must stand there does.
    ///
    /// # Errors
    /// If S3 refuses it for another cause, or does not answer.
    pub async fn put(
        &self,
        name: &str,
        content: impl Into<Bytes>,
        condition: WriteCondition<'_>,
    ) -> Result<PutOutcome, StateError> {
        let key = self.place.key(name);
        let at = (self.place.bucket(), key.as_str());
        let put = self.objects.put_if(at, content.into(), self.kms_key.as_deref(), condition).await;
        put.map_err(|source| self.refused(name, "written", source))
    }

    /// Returns what stands there whose name begins so, by its name, in order.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn list(&self, start: &str) -> Result<Vec<ObjectEntry>, StateError> {
        let root = self.place.key("");
        let listed = self.objects.list(self.place.bucket(), &self.place.key(start)).await;
        let listed = listed.map_err(|source| self.refused(start, "listed", source))?;
        let named = |entry: ObjectEntry| {
            Some(ObjectEntry { key: entry.key.strip_prefix(&root)?.to_owned(), ..entry })
        };
        Ok(listed.into_iter().filter_map(named).collect())
    }

    /// Deletes something, if it is there.
    ///
    /// # Errors
    /// If S3 refuses it or does not answer.
    pub async fn delete(&self, name: &str) -> Result<(), StateError> {
        let key = self.place.key(name);
        let deleted = self.objects.delete((self.place.bucket(), &key)).await;
        deleted.map_err(|source| self.refused(name, "deleted", source))
    }

    /// Returns that what stands there is not as it must be.
    pub fn broken(&self, name: &str, why: impl Into<String>) -> StateError {
        StateError::Broken { place: self.place.clone(), name: name.to_owned(), why: why.into() }
    }

    /// Returns that this machine's folder cannot be used.
    pub fn unusable(&self, source: io::Error) -> StateError {
        StateError::WorkingCopy { place: self.place.clone(), source }
    }

    fn refused(&self, name: &str, done: &'static str, source: CallError) -> StateError {
        let (place, name, source) = (self.place.clone(), name.to_owned(), Box::new(source));
        StateError::Call { place, name, done, source }
    }
}
