//! The fence before each attempt of a call that changes something: the SDK sends one again whose answer was lost, and
//! meanwhile another run may have got the environment.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::call_error::CallError;
use crate::event::Fence;

tokio::task_local! {
    /// The fence of the call that is being sent.
    static FENCE: Fence;
}

/// Sends a call behind a fence: the attempts of a client that has a [`FenceCheck`] ask it.
pub(in crate::cloud) async fn behind<T>(fence: Fence, call: impl Future<Output = T>) -> T {
    FENCE.scope(fence, call).await
}

/// Asks the fence of a call, if it has one, right before each attempt.
#[derive(Debug)]
pub(in crate::cloud) struct FenceCheck;

#[dyn_dispatch_hint]
impl Intercept for FenceCheck {
    fn name(&self) -> &'static str {
        "FenceCheck"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match FENCE.try_with(Fence::is_open) {
            Ok(false) => Err(CallError::fenced().into()),
            Ok(true) | Err(_) => Ok(()),
        }
    }
}
