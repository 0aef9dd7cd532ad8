//! Messages that were taken are kept for whoever looks into the sandbox.

use crate::sandbox::world::{SandboxAccount, StoredMessage};

/// How many messages of an account are kept: the newest.
const MOST_KEPT: usize = 200;

/// Keeps a message in the account of whoever sent it, and returns an id for it.
pub fn keep(message: StoredMessage, account: &mut SandboxAccount) -> String {
    let id = account.fresh_id(32).to_ascii_lowercase();
    account.messages.push(message);
    let surplus = account.messages.len().saturating_sub(MOST_KEPT);
    account.messages.drain(..surplus);
    let part = |from: usize, to: usize| id.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
