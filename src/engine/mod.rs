//! Carries out a plan: what may start, one state machine per stack instance, cancellation.
//!
//! The decisions are plain: `coordinator` makes them for a run, with [`schedule`] for what may start,
//! and each stack instance at work for itself. The loop in `run` only obeys, and numbers and stamps
//! every event. The engine knows nothing of displays or files: it speaks through events alone.

mod answered;
mod apply;
mod ascii_stack;
mod before_change;
mod call_notices;
mod cancel;
mod carry_out;
mod cause_remedy;
mod certain_output;
mod continued_rollback;
mod coordinator;
mod deployed_secrets;
mod deployed_stacks;
mod destroy;
mod drift;
mod ended_early;
mod event_writer;
mod failed_call;
mod failure_cause;
mod instance_end;
mod instance_job;
mod instance_rollback;
mod instance_work;
mod intent;
mod keep;
mod known_lookups;
mod known_outputs;
mod lookup_places;
mod lookups;
mod message;
mod order;
mod past_run;
mod past_start;
mod position;
mod preview;
mod preview_besides;
mod preview_change_set;
mod preview_creation;
mod preview_request;
mod preview_values;
mod prior_stacks;
mod refused_run;
mod removal_survey;
mod resumed_operation;
mod rollback_failure;
mod rollback_order;
mod run;
mod run_started;
mod saved_plan;
pub mod schedule;
mod secrets;
mod settings;
mod settle;
mod skipped;
mod stack_of_others;
mod stuck;
mod survey;
mod take_back;
mod task_inputs;
mod unnamed_parameters;
mod uploads;
mod value_limit;
mod wave_foresight;
mod wave_losses;

pub use deployed_stacks::{DeployedStacks, DeployingRun};
pub use drift::{FoundDrift, detect_drift};
pub use keep::{FoundLosses, KeepGuard, find_deletions};
pub use past_run::{PastRun, Sent};
pub use past_start::PastStart;
pub use prior_stacks::PriorStacks;
pub use refused_run::{already_back, decline, turn_away};
pub use removal_survey::{FoundRemoval, survey_removals};
pub use run::run;
pub use run_started::announced;
pub use saved_plan::{
    ChangeSetUse, LeftChangeSet, MadeChangeSet, NotAsPlanned, PlannedLoss, PlannedStack, SavedPlan,
    check_saved_plan, discard_change_sets,
};
pub use settings::{Approval, Limits, Run, Stop};
pub use survey::{Surveyed, survey, survey_some};
