//! Objects in S3: templates too large for a request, pipeline artifacts, kept runs.

pub(super) mod buckets;
pub(super) mod conditional;
pub(super) mod objects;
pub(super) mod upload;
