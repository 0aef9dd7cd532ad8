//! The engine on the embedded cloud, through the real SDK, with time standing still.

mod back;
mod buckets;
mod cancelled_updates;
mod causes;
mod chain;
mod early_validation;
mod faults;
mod foreign;
mod found;
mod imports;
mod injected_faults;
mod non_ascii;
mod order;
mod pace;
mod plan;
mod promises;
mod propagation;
mod refused;
mod replies;
mod resumed;
mod rollout;
mod secrets;
mod sessions;
mod slow_reader;
mod stopped;
mod values;
