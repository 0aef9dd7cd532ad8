//! xdeploy against implementations of AWS, and clients of AWS, that nobody here wrote.

mod ministack;
mod templates;
