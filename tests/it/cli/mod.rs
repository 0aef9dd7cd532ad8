//! The real binary, as people run it.

mod causes;
mod entering;
mod files;
mod hostile;
mod journal;
mod propagation;
mod sandbox;
mod second_factor;
mod usage;
