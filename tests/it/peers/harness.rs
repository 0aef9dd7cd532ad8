//! The peers themselves: each can be installed and started.

use crate::support::peers::Server;

#[test]
fn ministack_starts_and_ends() {
    let server = Server::ministack_with_access_control();
    assert!(server.endpoint().starts_with("http://127.0.0.1:"));
}

#[test]
fn moto_starts_and_ends() {
    Server::moto();
}
