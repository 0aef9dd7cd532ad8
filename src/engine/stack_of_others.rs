//! Stacks that a run reads and somebody else deploys: they are waited for while they are being changed, and read
//! where they stand well enough.

use crate::cloud::{CallError, FollowedOperation, Stack, StackState, Stacks};
use crate::event::StackAction;
use crate::status::Approach;
use crate::template::Template;

/// Finds a stack by name, and waits until nobody changes it any more; one that is gone then is `None`. `template` is its
/// own, as far as it is known: it tells how long the wait may be.
///
/// # Errors
/// When AWS refuses or does not answer.
pub(super) async fn find(
    stacks: &Stacks,
    name: &str,
    template: &Template,
) -> Result<Option<Stack>, CallError> {
    let Some(stack) = stacks.find(name).await? else { return Ok(None) };
    if stack.status.is_settled() {
        return Ok(Some(stack));
    }
    let action = StackAction::Wait;
    let wait = FollowedOperation { action, token: None, before: None, template };
    let mut followed = stacks.follow(&stack.id, wait);
    loop {
        match followed.look().await?.1 {
            StackState::Moving => {}
            StackState::Gone => return Ok(None),
            StackState::Settled(stack) => return Ok(Some(*stack)),
        }
    }
}

/// Whether a stack that has settled stands well enough to build on its outputs.
pub(super) fn may_be_built_on(stack: &Stack) -> bool {
    matches!(stack.status.approach(), Approach::Update | Approach::RollBack)
}
