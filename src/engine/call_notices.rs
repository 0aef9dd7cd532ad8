//! What calls tell the loop of a run besides their answers.

use tokio::sync::mpsc;

use crate::cloud::{Cloud, LoginNews, PropagationWait};
use crate::event::EventKind;

/// Returns what calls tell: accounts in which IAM's last change does not count yet, logins that end in
/// mid-run, and new ones.
pub(super) fn notices(cloud: &Cloud) -> mpsc::UnboundedReceiver<EventKind> {
    let (teller, notices) = mpsc::unbounded_channel();
    let login_teller = teller.clone();
    // Nobody listens any more once the run has ended.
    cloud.tell_propagation_waits(move |PropagationWait { account, operation }| {
        let (account_id, operation) = (account, operation.to_owned());
        let _ = teller.send(EventKind::PermissionAwaited { account_id, operation });
    });
    cloud.tell_logins(move |news| drop(login_teller.send(told(news))));
    notices
}

fn told(news: LoginNews) -> EventKind {
    match news {
        LoginNews::Ended { account, from, reason, remedy } => {
            EventKind::LoginEnded { account_id: account, from, reason, remedy }
        }
        LoginNews::Renewed { account } => EventKind::LoginRenewed { account_id: account },
    }
}
