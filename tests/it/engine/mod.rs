//! The engine on the embedded cloud, through the real SDK, with time standing still.

mod found;
mod order;
mod promises;
mod refused;
mod rollout;
mod stopped;
