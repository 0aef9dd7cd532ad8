//! Who is told of runs that change something.

use serde::{Deserialize, Serialize};

use super::secret_piece::SecretSource;
use super::value::{PlannedValue, ValuePiece};
use crate::name::{EventBusArn, TopicArn};

/// Who is told of runs that change something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeTarget {
    /// A topic of SNS.
    Sns(TopicArn),
    /// An event bus of EventBridge.
    EventBus(EventBusArn),
    /// An address that notices are posted to.
    Webhook(WebhookAddress),
    /// One of whom a file says what cannot be read now, with the reason: the run does all else.
    Unknown(String),
}

/// An address that notices are posted to. What variables and files make of it is secret: nobody prints it, and no state
/// keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookAddress(pub(super) PlannedValue);

impl WebhookAddress {
    /// Returns the address, if all of it is known.
    pub fn known(&self) -> Option<String> {
        let is_whole = self.0.secret_pieces().all(|piece| !piece.text.is_empty());
        self.0.as_text().filter(|_| is_whole)
    }

    /// Whether it leads to no program of this machine.
    pub fn leads_outside(&self) -> bool {
        self.0.as_text().is_some_and(|address| address.to_ascii_lowercase().starts_with("https://"))
    }

    /// Reads anew what no state keeps of it.
    ///
    /// # Errors
    /// With where the first part stands that is not there.
    pub(super) fn read_anew(
        &mut self,
        variables: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), SecretSource> {
        self.0.read_anew(variables, None)
    }

    /// Returns what may be told of it: the host, if no secret is part of that.
    pub fn shown(&self) -> String {
        let known = match self.0.pieces.first() {
            Some(ValuePiece::Literal(begin)) => begin.split_once("://").map(|(_, rest)| rest),
            _ => None,
        };
        let host = known.and_then(|rest| match rest.find(['/', '?', '#']) {
            Some(end) => Some(&rest[..end]),
            None => (self.0.pieces.len() == 1).then_some(rest),
        });
        let host = host.map(|host| host.rsplit_once('@').map_or(host, |(_, host)| host));
        host.map_or_else(|| "the webhook".to_owned(), |host| format!("the webhook at {host}"))
    }
}

impl NoticeTarget {
    /// Returns what may be told of it.
    pub fn shown(&self) -> String {
        match self {
            Self::Sns(topic) => topic.to_string(),
            Self::EventBus(bus) => bus.to_string(),
            Self::Webhook(address) => address.shown(),
            Self::Unknown(_) => "an entry of `notify`".to_owned(),
        }
    }
}
