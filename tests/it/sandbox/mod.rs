//! The embedded cloud, asked by the real SDK. `src/sandbox/BEHAVIOUR.md` names each test.

mod access;
mod deletion;
mod exports;
mod failure;
mod folder;
mod life;
mod loopback;
mod objects;
mod parameters;
mod requests;
mod templates;
mod update;
