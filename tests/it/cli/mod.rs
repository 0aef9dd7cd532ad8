//! The real binary, as people run it.

mod hostile;
mod sandbox;
mod usage;
