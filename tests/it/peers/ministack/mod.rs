//! The program against ministack, which enforces signatures, policies, trust and external ids.

mod chain;
mod failing;
mod local_artifacts;
mod plan;
mod refused;
mod stuck;
mod trust;

use crate::support::accounts::put_role;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

/// Returns the accounts of [`HEAD`](crate::support::files::HEAD) with their `deployer` roles.
async fn two_accounts() -> (Server, Workplace) {
    let server = Server::ministack();
    for account in ["100000000001", "100000000002"] {
        put_role(&server.endpoint(), account, "deployer", None).await;
    }
    let workplace = Workplace::new(server.endpoint());
    (server, workplace)
}
