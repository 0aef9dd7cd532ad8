//! Whether a Region is enabled in an account: one that is not refuses the very keys that others take.
//!
//! AWS answers there as to keys that nobody knows. So another Region is asked whose they are: if it takes
//! them, it is the Region. That is asked once for an account and Region, and only after such a refusal.

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

use super::call_error::CallError;
use super::error_code::OPT_IN;
use super::sdk_config::few_retries;
use crate::name::{AccountId, Region};

/// Finds out whether refusals of a Region are due to the Region; clones share what is known.
#[derive(Clone)]
pub(in crate::cloud) struct RegionCheck(Arc<Inner>);

struct Inner {
    region: Region,
    account: AccountId,
    /// Asks another Region, with the same keys; none where there is no other to ask.
    elsewhere: Option<(aws_sdk_sts::Client, String)>,
    /// Set once it is known that the Region is not enabled.
    is_not_enabled: OnceCell<()>,
}

impl RegionCheck {
    /// Returns the check of a Region of an account, with the settings of a session there and what
    /// makes a client of STS of them.
    pub fn new(
        region: &Region,
        account: &AccountId,
        settings: &SdkConfig,
        sts: impl FnOnce(&SdkConfig) -> aws_sdk_sts::Client,
    ) -> Self {
        let home = settings.region().map(ToString::to_string);
        let always = always_enabled(region.partition().as_str()).map(|always| always.to_string());
        let other = home.into_iter().chain(always).find(|other| other != region.as_str());
        let elsewhere = other.map(|other| {
            let there = aws_config::Region::new(other.clone());
            (sts(&settings.to_builder().region(there).build()), other)
        });
        let (region, account) = (region.clone(), account.clone());
        Self(Arc::new(Inner { region, account, elsewhere, is_not_enabled: OnceCell::new() }))
    }

    /// Returns a refusal in words of the Region, if it is due to the Region; `are_same` says whether the
    /// keys are still those that were refused.
    pub async fn explain(&self, refusal: CallError, are_same: impl Fn() -> bool) -> CallError {
        let is_said = refusal.is_region_disabled();
        if !is_said && !refusal.is_unknown_access_key() {
            return refusal;
        }
        let Inner { region, account, elsewhere, is_not_enabled } = &*self.0;
        let asked = match elsewhere {
            Some((sts, _)) if !is_said => {
                is_not_enabled.get_or_try_init(|| taken(sts, &are_same)).await.is_ok()
            }
            _ => is_said,
        };
        if !asked {
            return refusal;
        }
        let said = refusal.code.as_deref().unwrap_or_default();
        let others = match elsewhere {
            Some((_, other)) if !is_said => format!(", and the same keys are good in {other}"),
            _ => String::new(),
        };
        let text = format!(
            "{region} is not enabled in account {account}: it answers {said} ({}){others}",
            refusal.text
        );
        CallError { code: Some(OPT_IN.to_owned()), text, ..refusal }
    }
}

/// Returns whether keys that one Region refused are taken by another.
async fn taken(sts: &aws_sdk_sts::Client, are_same: &impl Fn() -> bool) -> Result<(), ()> {
    let few = aws_sdk_sts::Config::builder().retry_config(few_retries());
    let asked = sts.get_caller_identity().customize().config_override(few).send().await;
    // New ones would be taken although the Region refused old ones for good reason.
    if asked.is_ok() && are_same() { Ok(()) } else { Err(()) }
}

/// Says how a Region is enabled in an account, or done without.
pub fn enable_region(region: &Region, account: &AccountId) -> String {
    format!("enable {region} in account {account}, or leave it out of `regions`")
}

/// Returns a Region of a partition that nobody can switch off.
///
/// Source: the account management guide, "Enable or disable AWS Regions": those from before March 2019.
pub fn always_enabled(partition: &str) -> Option<Region> {
    let region = match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => return None,
    };
    Some(region.parse().expect("it is a Region"))
}

/// Names the place.
impl std::fmt::Debug for RegionCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegionCheck({}/{})", self.0.account, self.0.region)
    }
}
