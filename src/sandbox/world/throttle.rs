//! Rate limits as AWS sets them: a bucket of tokens per account, Region and action.
//!
//! A request that finds its bucket empty is refused with `Throttling` and costs nothing. RateLimiter
//! live as long as the program: those that share a state folder do not share them.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;

use crate::name::{AccountId, Region};
use crate::sandbox::caller::Signature;
use crate::sandbox::wire::Refusal;

/// The limit that all writing actions share, as one bucket.
const WRITES: &str = "writes";
/// The limit of every reading action, each with a bucket of its own.
const READS: &str = "reads";

/// The limit of every action of Organizations, each with a bucket of its own.
const ORGANIZATIONS: &str = "organizations";

/// What can be limited, and the limit that holds for it unless it has its own.
const ACTIONS: &[(&str, Option<&str>)] = &[
    (WRITES, None),
    (READS, None),
    ("AssumeRole", None),
    ("GetCallerIdentity", None),
    ("CreateStack", Some(WRITES)),
    ("UpdateStack", Some(WRITES)),
    ("DeleteStack", Some(WRITES)),
    ("CancelUpdateStack", Some(WRITES)),
    ("CreateChangeSet", Some(WRITES)),
    ("DeleteChangeSet", Some(WRITES)),
    ("ExecuteChangeSet", Some(WRITES)),
    ("ContinueUpdateRollback", Some(WRITES)),
    ("UpdateTerminationProtection", Some(WRITES)),
    ("SetStackPolicy", Some(WRITES)),
    ("DetectStackDrift", Some(WRITES)),
    ("DetectStackResourceDrift", Some(WRITES)),
    ("DescribeStacks", Some(READS)),
    ("DescribeChangeSet", Some(READS)),
    ("DescribeStackEvents", Some(READS)),
    ("DescribeStackResources", Some(READS)),
    ("ListStackResources", Some(READS)),
    ("DescribeStackDriftDetectionStatus", Some(READS)),
    ("DescribeStackResourceDrifts", Some(READS)),
    ("ListChangeSets", Some(READS)),
    ("ListStacks", Some(READS)),
    ("ListExports", Some(READS)),
    ("GetTemplate", Some(READS)),
    ("GetTemplateSummary", Some(READS)),
    ("ValidateTemplate", Some(READS)),
    ("GetStackPolicy", Some(READS)),
    (ORGANIZATIONS, None),
    ("DescribeOrganization", Some(ORGANIZATIONS)),
    ("DescribeAccount", Some(ORGANIZATIONS)),
    ("DescribeOrganizationalUnit", Some(ORGANIZATIONS)),
    ("ListRoots", Some(ORGANIZATIONS)),
    ("ListAccounts", Some(ORGANIZATIONS)),
    ("ListAccountsForParent", Some(ORGANIZATIONS)),
    ("ListOrganizationalUnitsForParent", Some(ORGANIZATIONS)),
    ("ListChildren", Some(ORGANIZATIONS)),
    ("ListParents", Some(ORGANIZATIONS)),
    ("ListTagsForResource", Some(ORGANIZATIONS)),
    ("ListDelegatedAdministrators", Some(ORGANIZATIONS)),
];

/// Which actions are limited, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Throttling(BTreeMap<&'static str, Rate>);

/// How many requests pass: so many each second, and so many at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests each second.
    pub per_second: f64,
    /// Requests at once.
    pub burst: f64,
}

/// A limit that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThrottlingError {
    /// An action that is never limited, or none at all.
    #[error("`{0}` is no action of the sandbox, nor `reads` or `writes`")]
    UnknownAction(String),
    /// Text that is no rate.
    #[error("`{0}` is not a rate: requests each second, and at once after a colon, such as `5:10`")]
    NotARate(String),
}

impl Throttling {
    /// Returns no limits at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns limits like those that CloudFormation and STS are seen to set: ten requests a second
    /// and twenty at once for each reading action, five and ten for all writing ones together, per
    /// account and Region; a hundred and two hundred for `AssumeRole`, per calling account; five and eight for
    /// each action of Organizations, which is known to bear little.
    pub fn realistic() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self(
            [
                (READS, rate(10.0, 20.0)),
                (WRITES, rate(5.0, 10.0)),
                ("AssumeRole", rate(100.0, 200.0)),
                (ORGANIZATIONS, rate(5.0, 8.0)),
            ]
            .into(),
        )
    }

    /// Returns the limits with another one for an action, for `reads` or for `writes`.
    ///
    /// # Errors
    /// If there is no such action.
    pub fn with(mut self, action: &str, rate: Rate) -> Result<Self, ThrottlingError> {
        let known = ACTIONS.iter().find(|(name, _)| *name == action);
        let (name, _) = known.ok_or_else(|| ThrottlingError::UnknownAction(action.to_owned()))?;
        self.0.insert(name, rate);
        Ok(self)
    }

    /// Returns the name of the bucket a request takes its token from, and the bucket's rate.
    fn bucket_of(&self, action: &str) -> Option<(&'static str, Rate)> {
        let (name, shared) = ACTIONS.iter().find(|(name, _)| *name == action)?;
        if let Some(rate) = self.0.get(name) {
            return Some((name, *rate));
        }
        let rate = self.0.get((*shared)?)?;
        Some((if *shared == Some(WRITES) { WRITES } else { name }, *rate))
    }
}

/// Reads `10`, ten a second and at once, or `5:10`, five a second and ten at once.
impl FromStr for Rate {
    type Err = ThrottlingError;

    fn from_str(text: &str) -> Result<Self, ThrottlingError> {
        let number = |text: &str| {
            let number = text.parse::<f64>().ok();
            number.filter(|number| number.is_finite() && *number > 0.0)
        };
        let (per_second, burst) = match text.split_once(':') {
            Some((per_second, burst)) => (number(per_second), number(burst)),
            None => (number(text), number(text)),
        };
        match (per_second, burst) {
            // A bucket that never holds a whole token would let nobody through.
            (Some(per_second), Some(burst)) => Ok(Self { per_second, burst: burst.max(1.0) }),
            _ => Err(ThrottlingError::NotARate(text.to_owned())),
        }
    }
}

/// The buckets of all accounts and Regions, as full as they are.
#[derive(Debug, Default)]
pub struct RateLimiter(BTreeMap<(AccountId, Region, &'static str), Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl RateLimiter {
    /// Takes a token for a request at `now`.
    ///
    /// # Errors
    /// If there is none left.
    pub fn take(
        &mut self,
        throttling: &Throttling,
        caller: &Signature,
        action: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some((name, rate)) = throttling.bucket_of(action) else { return Ok(()) };
        let key = (caller.account.clone(), caller.region.clone(), name);
        let bucket = self.0.entry(key).or_insert(Bucket { tokens: rate.burst, filled: now });
        // Two requests may arrive in another order than they are answered in.
        let passed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * rate.per_second).min(rate.burst);
        bucket.filled = bucket.filled.max(now);
        if bucket.tokens < 1.0 {
            return Err(Refusal::bad_request("Throttling", "Rate exceeded"));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_with_and_without_its_burst() {
        assert_eq!("5:10".parse(), Ok(Rate { per_second: 5.0, burst: 10.0 }));
        assert_eq!("0.5".parse(), Ok(Rate { per_second: 0.5, burst: 1.0 }));
        for wrong in ["", "0", "-1", "fast", "1:", "inf", "1:0"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_actions_that_exist_can_be_limited() {
        let rate = "1".parse().unwrap();
        assert!(Throttling::none().with("DescribeStacks", rate).is_ok());
        let unknown = Throttling::none().with("DescribeStack", rate);
        assert_eq!(unknown, Err(ThrottlingError::UnknownAction("DescribeStack".into())));
    }

    #[test]
    fn writing_actions_share_a_bucket_unless_one_has_its_own() {
        let throttling = Throttling::realistic();
        let name = |throttling: &Throttling, action| throttling.bucket_of(action).map(|b| b.0);
        assert_eq!(name(&throttling, "CreateStack"), Some("writes"));
        assert_eq!(name(&throttling, "DescribeStacks"), Some("DescribeStacks"));
        assert_eq!(name(&throttling, "GetCallerIdentity"), None);
        let throttling = throttling.with("CreateStack", "1".parse().unwrap()).unwrap();
        assert_eq!(name(&throttling, "CreateStack"), Some("CreateStack"));
        assert_eq!(name(&throttling, "DeleteStack"), Some("writes"));
    }
}
