//! Whether new logins are waited for, and who hears of them.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::name::AccountId;

/// What became of a login in the middle of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginNews {
    /// It ended: what needs it waits for a new one.
    Ended {
        /// The account whose login it was.
        account: AccountId,
        /// Whose it was, such as "profile `shared`".
        from: String,
        /// Why it is known to have ended.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// There is a new one.
    Renewed {
        /// The account whose login it is.
        account: AccountId,
    },
}

type Teller = Box<dyn Fn(LoginNews) + Send + Sync>;

/// Whether logins that ended are waited for; clones share it. Nobody waits unless somebody said that a
/// person is there.
#[derive(Clone)]
pub(in crate::cloud) struct Logins(Arc<Shared>);

struct Shared {
    is_waiting: watch::Sender<bool>,
    teller: Mutex<Option<Teller>>,
}

impl Default for Logins {
    fn default() -> Self {
        Self(Arc::new(Shared { is_waiting: watch::Sender::new(false), teller: Mutex::default() }))
    }
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logins({:?})", self.is_waiting())
    }
}

impl Logins {
    /// Says whether new logins are waited for from now on.
    pub fn set_waiting(&self, is_waiting: bool) {
        self.0.is_waiting.send_replace(is_waiting);
    }

    /// Whether new logins are waited for.
    pub fn is_waiting(&self) -> bool {
        *self.0.is_waiting.borrow()
    }

    /// Waits until nobody waits for new logins any more.
    pub async fn given_up(&self) {
        let mut waiting = self.0.is_waiting.subscribe();
        // The sender lives as long as this.
        let _ = waiting.wait_for(|is_waiting| !is_waiting).await;
    }

    /// Sets who hears of logins.
    pub fn tell(&self, teller: impl Fn(LoginNews) + Send + Sync + 'static) {
        *self.0.teller.lock().expect("no holder panics") = Some(Box::new(teller));
    }

    /// Tells what became of a login.
    pub fn say(&self, news: LoginNews) {
        tracing::info!(?news, "a login");
        if let Some(teller) = &*self.0.teller.lock().expect("no holder panics") {
            teller(news);
        }
    }
}
