//! A little of SNS and EventBridge: messages are taken and kept, and reach nobody.

mod events;
mod kept_message;
mod sns;

pub use events::answer as put_events;
pub use sns::{NAMESPACE, answer as publish};
