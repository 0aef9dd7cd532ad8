//! Whether a stack stands as it stood when a plan was made.

use jiff::Timestamp;

use super::model::PlannedStack;
use crate::cloud::Stack;
use crate::status::StackStatus;

/// How a stack moved since a plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackMove {
    /// There was none.
    Appeared,
    /// There is none any more.
    Gone,
    /// There is another one of its name.
    Replaced,
    /// An operation on it began.
    Changed {
        /// When its last one began.
        at: Option<Timestamp>,
        /// How it stands now.
        status: StackStatus,
    },
}

/// Returns how a stack moved since it was planned; nothing if it stands as it stood.
pub fn moved(planned: &PlannedStack, found: Option<&Stack>) -> Option<StackMove> {
    // One that only waits under change sets is as good as none.
    let found = found.filter(|stack| stack.status != StackStatus::ReviewInProgress);
    let planned_id = match &planned.status {
        Some(StackStatus::ReviewInProgress) => None,
        Some(_) | None => planned.stack_id.as_ref(),
    };
    match (planned_id, found) {
        (None, None) => None,
        (None, Some(_)) => Some(StackMove::Appeared),
        (Some(_), None) => Some(StackMove::Gone),
        (Some(id), Some(found)) if *id != found.id => Some(StackMove::Replaced),
        (Some(_), Some(found)) => {
            let stands = planned.status.as_ref() == Some(&found.status);
            let is_same = stands && planned.changed == found.changed;
            let (at, status) = (found.changed, found.status.clone());
            (!is_same).then_some(StackMove::Changed { at, status })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::saved_plan::model::any_instance;
    use crate::event::Outcome;

    fn stack(id: u8, status: u8, at: i64) -> Stack {
        let status = match status {
            0 => StackStatus::CreateComplete,
            1 => StackStatus::UpdateComplete,
            2 => StackStatus::UpdateInProgress,
            _ => StackStatus::ReviewInProgress,
        };
        let changed = Timestamp::from_second(at).ok();
        Stack { id: format!("arn:{id}"), status, changed, ..Stack::default() }
    }

    fn planned(found: Option<&Stack>) -> PlannedStack {
        PlannedStack {
            instance: any_instance(),
            outcome: Outcome::Updated,
            stack_id: found.map(|stack| stack.id.clone()),
            status: found.map(|stack| stack.status.clone()),
            changed: found.and_then(|stack| stack.changed),
            kept: None,
            is_free: false,
            losses: Vec::new(),
        }
    }

    fn any_stack() -> impl Strategy<Value = Option<Stack>> {
        let some = (0u8..2, 0u8..4, 0i64..2).prop_map(|(id, status, at)| stack(id, status, at));
        prop::option::of(some)
    }

    proptest! {
        #[test]
        fn a_stack_has_not_moved_if_and_only_if_it_is_the_same(
            before in any_stack(),
            now in any_stack(),
        ) {
            let counts = |stack: &Option<Stack>| {
                let it = stack.as_ref().filter(|it| it.status != StackStatus::ReviewInProgress);
                it.map(|it| (it.id.clone(), it.status.clone(), it.changed))
            };
            let is_same = counts(&before) == counts(&now);
            prop_assert_eq!(moved(&planned(before.as_ref()), now.as_ref()).is_none(), is_same);
        }
    }
}
