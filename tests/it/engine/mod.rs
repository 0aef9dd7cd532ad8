//! The engine on the embedded cloud, through the real SDK, with time standing still.

mod found;
mod order;
mod refused;
mod stopped;
