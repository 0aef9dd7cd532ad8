//! The doctor, through the real binary against the sandbox on loopback: what is broken is named, and
//! the remedy that it prints, carried out as it stands, makes `apply` pass.

mod broken;
mod clinic;
mod files;
mod guards;
mod mended;
mod own_guards;
mod paths;
mod permissions;
mod text;
