//! What happens in a run: the only language between the engine and everyone else.
//!
//! The engine says each thing once, as a [`RunEvent`]; displays, reports and journals read nothing
//! else. Events own their content, serialize as one JSON object each, and are versioned by
//! [`SCHEMA`]: fields and types are only ever added. They hold no secret: parameter values never
//! stand in them.

mod action;
mod allowance;
mod channel;
mod control;
mod drift;
mod failure;
mod finding;
mod forbidden_loss;
mod gate;
mod instance;
mod keep;
mod left_behind;
mod operation;
mod outcome;
mod preview;
mod run_event;
mod run_origin;
mod run_refusal;
mod run_request;
mod sent_texts;

pub use action::StackAction;
pub use allowance::{Allowance, AllowanceError, Loss};
pub use channel::channel;
pub use control::{Control, ControlRequest};
pub use drift::{DriftedKind, DriftedProperty, DriftedResource, DriftedStack, InstanceDrift};
pub use failure::{Failure, FailureKind};
pub use finding::{Cause, Certainty, Finding, Fix, Remedy, Side};
pub use forbidden_loss::ForbiddenLoss;
pub use gate::{Gate, GateOpening, ReachedGate};
pub use instance::{AnnouncedInstance, InstanceEnd};
pub use keep::{
    Fence, KeepPriorStack, Keeper, Keeping, Kept, Lease, PriorStack, UncertainPart, keeping,
};
pub use left_behind::LeftBehind;
pub use operation::Operation;
pub use outcome::{Outcome, OutcomeKind, RunResult};
pub use preview::{ChangeAction, KeptChange, Preview, PropertyChange, Replacement, ResourceChange};
pub use run_event::{EventKind, RunEvent, SCHEMA};
pub use run_origin::{EnvironmentOrigin, RunOrigin};
pub use run_refusal::{Dependent, DependentReason, RunRefusal};
pub use run_request::{NamedState, Owner, RunRequest};
pub use sent_texts::{SentNote, SentTexts, StandingNote};
