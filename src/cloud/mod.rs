//! The one door to AWS: credentials and role chains, sessions, calls on stacks with retries and rate
//! limits, shared polls, and failures in our words.
//!
//! Everything that leaves the program goes through a [`Cloud`]: one HTTP client and connection pool
//! for all accounts, one session per account, every call counted. It knows AWS's API and nothing of
//! plans' order: which call is made when is the engine's business.
//!
//! Its wings import only what stands before them: `wire`, `stack`, `watch`, `connection`, `enter`, `storage`,
//! `stacks`, `iam`, `organization`, `values`, `session`, `jobs`, `notices`.

mod connection;
mod enter;
mod iam;
mod jobs;
mod notices;
mod organization;
mod session;
mod stack;
mod stacks;
mod storage;
mod values;
mod watch;
mod wire;

pub use connection::cloud::{Cloud, Origin};
pub use connection::logins::LoginNews;
pub use enter::chain_link::{ChainLink, RefusedRole, SourceSession};
pub use enter::machine::is_answered;
pub use enter::sts_refusal::{
    ASSUME_ROLE, DenyReason, SET_SOURCE_IDENTITY, StsRefusal, TAG_SESSION,
};
pub use enter::target_account::EntryError;
pub use iam::Iam;
pub use jobs::client::{Acknowledged, ActionType, JobFailureKind, JobProgress, Jobs};
pub use jobs::job::{CodePipelineJob, JobArtifact, OfferedJob};
pub use notices::message::NoticeMessage;
pub use notices::webhook::WebhookError;
pub use organization::client::Organizations;
pub use session::Session;
pub use stack::{FoundParameter, Stack};
pub use stacks::artifacts::MOST_BODY_BYTES;
pub use stacks::change_set::{ChangeSet, Deleted, NestedStackChanges, NewChangeSet};
pub use stacks::client::Stacks;
pub use stacks::drift::{DetectionBegun, DetectionState, DriftCheck, StandingResource};
pub use stacks::follow::Followed;
pub use stacks::followed_operation::FollowedOperation;
pub use stacks::intent::Intent;
pub use stacks::kept_change_set::KeptChangeSet;
pub use stacks::operation_errors::ChangeSetFindings;
pub use stacks::sighting::{Sighting, StackState};
pub use stacks::uploads::MissingUploads;
pub use stacks::write::{Cancelled, Updated};
pub use storage::buckets::Owners;
pub use storage::conditional::{ObjectEntry, PutOutcome, StoredObject, WriteCondition};
pub use storage::objects::{GetError, Objects};
pub use values::{StoredText, StoredValue, Values};
pub use watch::cause::{FailedResource, FirstCause, stack_reason};
pub use watch::stack_event::StackEvent;
pub use wire::account_guard::Proof;
pub use wire::call_error::{CallError, ErrorOrigin};
pub use wire::iam_propagation::{PROPAGATES_WITHIN, PropagationWait};
pub use wire::network::{Network, NetworkError};
pub use wire::rate_limiter::{CallRateLimiter, MayGo};
pub use wire::region_check::{always_enabled, enable_region};
