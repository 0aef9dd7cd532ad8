//! The environment file as the user wrote it: its model, its references and its faults.
//!
//! [`Environment::load`] reads a file with the files that it extends, and finds everything that is wrong in
//! them at once; [`shown()`] tells what they mean together. What the
//! file asks for is kept as written, references unresolved: which stack goes where is `plan`'s
//! business. [`schema()`] says the same to an editor.

mod account;
mod account_list;
mod cycle;
mod duration;
mod fault_list;
mod file;
mod found;
mod group;
mod group_order;
mod guards;
mod inherited;
mod keys;
mod known_names;
mod layers;
mod list_part;
mod load;
mod lookup;
mod lookup_reference;
mod membership;
mod mention;
mod merge;
mod model;
mod notify;
mod organization;
mod output_reference;
mod overrides;
mod pattern;
mod placed;
mod question;
mod reader;
mod reference;
mod refused_reference;
mod rollout;
mod rollout_keys;
mod schema;
mod shape;
mod shown;
mod stack;
mod state;
mod text;
mod wave;

pub use account_list::{AccountItem, AccountList, AccountNames};
pub use duration::parse as duration;
pub use guards::Guards;
pub use list_part::ListPart;
pub use load::ReadDespiteFaults;
pub use lookup::{LookedUp, Lookup, LookupAccount, LookupKind};
pub use membership::AccountGroups;
pub use model::{
    AccountSpec, Artifacts, AssumeRole, DeploymentMode, Environment, GroupSpec, OnCreateFailure,
    OverrideSpec, RoleChoice, SourceAccount, StackSettings, StackSpec,
};
pub use notify::NotifySpec;
pub use organization::{FoundAccounts, OrganizationSpec, UnitsAndTags};
pub use pattern::is_pattern;
pub use placed::Placed;
pub use rollout::{Approve, ConcurrencyMode, OnFailure, Rollout, Share, Wave, WaveLimits};
pub use schema::schema;
pub use shown::{Beside, shown};
pub use state::StateSpec;
pub use text::{OutputScope, Piece, Reference, Text};
