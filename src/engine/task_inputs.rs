//! What a task tells the loop of a run, as the coordinator is to hear it.

use tokio::sync::oneshot;

use super::coordinator::Input;
use super::message::TaskMessage;

/// Returns what the coordinator is to hear, and who asks for the number of its event.
pub(super) fn input_of(message: TaskMessage) -> (Input, Option<oneshot::Sender<u64>>) {
    match message {
        TaskMessage::Told(kind) => (Input::Told(kind), None),
        TaskMessage::Intended(kind, number) => (Input::Intended(kind), Some(number)),
        TaskMessage::Ended(index, end) => (Input::Ended(index, end), None),
        TaskMessage::LookedUp(index, found) => (Input::LookedUp(index, found), None),
        TaskMessage::Read(index, read) => (Input::Read(index, read), None),
        TaskMessage::Foreseen(wave, losses) => (Input::Foreseen(wave, losses), None),
    }
}

/// Has a panic of a task end the run.
pub(super) fn rethrow(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
