//! The xdeploy binary.
fn main() {}
