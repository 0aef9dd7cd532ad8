//! Where the name of a bucket stands for one bucket.

use aws_config::SdkConfig;

use crate::cloud::wire::service_endpoint::service_endpoint;
use crate::name::{Partition, Region};

/// Within what a bucket's name is unique: a partition, as one endpoint reaches it.
///
/// Source: the S3 user guide, "General purpose bucket naming rules".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cloud) struct BucketNamespace {
    partition: Partition,
    endpoint: Option<String>,
}

impl BucketNamespace {
    /// Returns where the buckets are that settings reach in a Region.
    pub fn of(settings: &SdkConfig, region: &Region) -> Self {
        Self { partition: region.partition(), endpoint: service_endpoint(settings, "S3") }
    }
}
