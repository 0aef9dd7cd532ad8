//! Which stack goes where, and in what order: every decision that needs no cloud.
//!
//! [`resolve()`] turns environments and a selection into a [`Plan`]; [`graph`] prints its order.
//! Values are final but for outputs of other stacks, which only the run learns. What is wrong is
//! told all at once, with its places in the files.

mod account_entry;
mod arrange;
mod artifacts;
mod changed_since;
mod compose;
mod composer;
mod conflict;
mod coverage;
mod dependents;
mod desired_stack;
mod digest;
mod earlier_digest;
mod entered_alike;
mod evaluate;
#[cfg(test)]
mod examples;
mod exchanged_names;
mod export_names;
mod external_id;
mod fault_book;
mod files;
#[cfg(test)]
mod folder;
mod found_accounts;
pub mod graph;
#[cfg(test)]
mod grouped;
mod growing_value;
mod import;
mod judged_values;
mod kept_types;
mod list_parts;
mod literal_values;
mod lookup;
mod lookup_source;
mod model;
mod names;
mod needs;
mod notice_target;
mod notify;
mod order;
mod organization_entry;
mod organization_role;
mod output_source;
mod outside_account;
mod outside_entry;
mod overridden;
mod overrides;
mod own_stack;
mod package;
mod parts_of_stacks;
mod placement_id;
mod placements;
mod planned_environment;
mod read_anew;
mod recipients;
mod regions;
mod removal;
mod request_digest;
mod resolve;
mod secret_piece;
mod secret_places;
mod selected_accounts;
mod selection;
mod session_settings;
mod shown_secret;
mod stack_check;
mod stack_values;
mod state_entry;
mod state_place;
mod target_accounts;
mod template_values;
mod upload;
mod value;
mod warning;
mod wave;

pub use coverage::{Coverage, coverage, coverage_within};
pub use dependents::dependents;
pub use desired_stack::{ArtifactsBucket, DesiredStack, ParameterValue, StackField};
pub use evaluate::EnvVariables;
pub use external_id::ExternalId;
pub use literal_values::faults_in_parts;
pub use lookup::PlannedLookup;
pub use model::{
    AccountEntry, Plan, PlannedEnvironment, Purpose, RemovedStack, RoleEntry, StackInstance,
    TargetAccount,
};
pub use notice_target::{NoticeTarget, WebhookAddress};
pub use organization_entry::{OrganizationEntry, organization_entry};
pub use overridden::overridden;
pub use package::{check_local_paths, local_paths, package};
pub use read_anew::{ParameterOf, secrets_at_hand};
pub use regions::{more_regions, read_region};
pub use removal::{StackToRemove, removal};
pub use request_digest::request_digest;
pub use resolve::{entrances, resolve, resolve_order, resolve_within, survey, survey_order};
pub use secret_piece::{SecretPiece, SecretSource};
pub use selection::{Selection, SelectionError};
pub use state_entry::{StateEntry, state_entry};
pub use state_place::StatePlace;
pub use upload::{Upload, UploadOrigin};
pub use value::{PlannedValue, ValuePiece};
pub use warning::warnings;
