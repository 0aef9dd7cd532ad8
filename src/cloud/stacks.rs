//! The stacks of one account and Region: what every call on them shares.

use std::sync::Arc;

use crate::clock::Clock;
use crate::name::{AccountName, Region};

/// The stacks of one account and Region.
#[derive(Clone, Debug)]
pub struct Stacks {
    pub(super) client: aws_sdk_cloudformation::Client,
    pub(super) s3: Arc<aws_sdk_s3::Config>,
    /// The account, for messages.
    pub account: AccountName,
    pub(super) region: Region,
    pub(super) clock: Clock,
}

impl Stacks {
    pub(super) fn new(
        client: aws_sdk_cloudformation::Client,
        s3: Arc<aws_sdk_s3::Config>,
        account: AccountName,
        region: Region,
        clock: Clock,
    ) -> Self {
        Self { client, s3, account, region, clock }
    }
}
