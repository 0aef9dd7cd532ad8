//! The bounded channel between the engine and everyone who reads its events.

use tokio::sync::mpsc;

use super::run_event::RunEvent;

/// How many events may wait for a reader before the engine waits as well.
const CHANNEL_CAPACITY: usize = 1024;

/// Returns the two ends of the one channel between the engine and its readers.
pub fn channel() -> (mpsc::Sender<RunEvent>, mpsc::Receiver<RunEvent>) {
    mpsc::channel(CHANNEL_CAPACITY)
}
