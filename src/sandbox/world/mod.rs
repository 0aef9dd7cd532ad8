//! The world: the accounts and where they are kept, how the sandbox behaves, and its rate limits.

mod account;
mod folder;
mod made_up_stacks;
mod made_up_values;
mod seed;
mod settings;
mod store;
mod throttle;

pub use account::{
    Object, SandboxAccount, StoredBucket, StoredMessage, StoredParameter, StoredSecret, TakenName,
    name_key,
};
pub use folder::{StoreError, accounts_in, reset, time_reached};
pub use made_up_stacks::MadeUpStacks;
pub use made_up_values::{MadeUpValues, SoughtValue, ValuePlace};
pub use seed::SeededRole;
pub use settings::Settings;
pub use store::{OwnersByBucket, Store};
pub use throttle::{Rate, RateLimiter, Throttling, ThrottlingError};
