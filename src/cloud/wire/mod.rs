//! One call on its way: routed, counted, held to AWS's rates, read within bounds, and told as an error
//! that names its kind.

pub(super) mod account_guard;
pub(super) mod adaptive_rate;
pub(super) mod call_counter;
pub(super) mod call_error;
pub(super) mod call_failure;
pub(super) mod concurrency_limit;
pub(super) mod error_code;
pub(super) mod fence_check;
pub(super) mod iam_propagation;
pub(super) mod network;
pub(super) mod outages;
pub(super) mod pages;
pub(super) mod rate_limiter;
pub(super) mod region_check;
pub(super) mod renewal;
pub(super) mod reply_body;
pub(super) mod reply_format;
pub(super) mod sdk_config;
pub(super) mod sdk_error;
pub(super) mod service_endpoint;
