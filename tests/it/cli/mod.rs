//! The real binary, as people run it.

mod causes;
mod files;
mod hostile;
mod journal;
mod sandbox;
mod usage;
