//! Limits of a diagnosis: the rate of calls of IAM, and its time-out.

use std::time::Duration;

/// How often IAM is asked a second. It bears few calls.
pub const IAM_CALLS_PER_SECOND: f64 = 5.0;
/// How long each side of a refused role is looked into, and each account that was entered.
pub const WITHIN: Duration = Duration::from_secs(20);
