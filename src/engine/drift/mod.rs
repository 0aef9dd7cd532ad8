//! Looks where resources are not as their stacks' templates want them any more: what `drift` tells. No resource is
//! changed.
//!
//! `detection` decides how one stack is looked at, `one_stack` obeys, `instance` goes through nested stacks as well, `fleet`
//! through a plan. `unread` reads why resources could not be looked at, `withheld` hides secrets.

mod detection;
mod fleet;
mod instance;
mod one_stack;
mod unread;
mod withheld;

pub use fleet::{FoundDrift, detect_drift};
