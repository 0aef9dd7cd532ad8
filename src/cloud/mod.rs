//! The one door to AWS: sessions, stack calls, watching, and their failures in our words.
//!
//! Everything that leaves the program goes through a [`Cloud`]: one HTTP client and connection pool
//! for all accounts, one session per account, every call counted. It knows AWS's API and nothing of
//! plans' order: which call is made when is the engine's business.

mod answer;
mod artifacts;
mod before;
mod bounded;
mod buckets;
mod cadence;
mod calls;
mod change_set;
mod connection;
mod diagnosis;
mod durations;
mod enabled;
mod entrance;
mod follow;
mod foothold;
mod guard;
mod history;
mod identity;
mod jobs;
mod keys;
mod login;
mod logins;
mod machine;
mod network;
mod no_login;
mod objects;
mod pace;
mod paced;
mod pages;
mod propagation;
mod protect;
mod read;
mod refusal;
mod reply;
mod role_session;
mod session;
mod sessions;
mod signable;
mod source;
mod stack;
mod stacks;
mod watch;
mod write;

pub use buckets::Owners;
pub use change_set::{ChangeSet, Deleted};
pub use connection::{Cloud, Origin};
pub use diagnosis::Checkup;
pub use follow::{Followed, Operation, Sighting, Standing};
pub use guard::Proof;
pub use history::{FirstCause, StackEvent};
pub use jobs::{ActionType, Job, JobArtifact, JobFailureKind, Jobs, OfferedJob, Progress, Taken};
pub use logins::LoginNews;
pub use machine::is_answered;
pub use network::{Network, NetworkError};
pub use objects::{GetError, Objects};
pub use paced::MayGo;
pub use propagation::{Awaited, COUNTS_WITHIN};
pub use refusal::{CallError, ErrorOrigin};
pub use session::Session;
pub use sessions::{Entered, MissingLogin, Sessions};
pub use stack::{FoundParameter, Stack};
pub use stacks::Stacks;
pub use write::{Cancelled, StackRequest, Updated};
