//! `notify`: who is told of runs that change something, while they go on.

use super::keys::MappingKeys;
use super::shape::{List, Phrase, Record};
use super::text::Text;
use crate::document::Fault;

/// One of `notify`.
#[derive(Clone, Debug, PartialEq)]
pub enum NotifySpec {
    /// `sns`: the ARN of a topic.
    Topic(Text),
    /// `event-bus`: the ARN of an event bus of EventBridge.
    EventBus(Text),
    /// `webhook`: the address that a notice is posted to.
    Webhook(Text),
}

impl NotifySpec {
    /// Returns what stands at its key.
    pub fn text(&self) -> &Text {
        match self {
            Self::Topic(text) | Self::EventBus(text) | Self::Webhook(text) => text,
        }
    }
}

const NOTIFY: List<Record<NotifySpec>> = List {
    needed: "a list of who is told",
    least: 0,
    most: None,
    of: Record { needed: "a mapping with `sns`, `event-bus` or `webhook`", keys: target },
};

/// Reads `notify` of a file.
pub(super) fn of_file(keys: &mut MappingKeys<'_>) -> Vec<NotifySpec> {
    let targets = keys.optional(
        "notify",
        "Who is told when a run that changes something begins and ends, when a wave begins, something fails, or a wave waits for approval.",
        &NOTIFY,
    );
    targets.unwrap_or_default()
}

fn target(keys: &mut MappingKeys<'_>) -> Option<NotifySpec> {
    let topic = keys.optional(
        "sns",
        "The ARN of a topic of SNS, published to with the source credentials.",
        &Phrase::of("a topic's ARN"),
    );
    let event_bus = keys.optional(
        "event-bus",
        "The ARN of an event bus of EventBridge, which events are put on with the source credentials.",
        &Phrase::of("an event bus's ARN"),
    );
    let webhook = keys.optional(
        "webhook",
        "The address that each notice is posted to as JSON, `https://…`; what is secret in it comes from `${env:…}`.",
        &Phrase::of("an address that begins with `https://`"),
    );
    let places = ["sns", "event-bus", "webhook"].map(|name| keys.place_of(name));
    let mut given = places.into_iter().flatten();
    let (first, second) = (given.next(), given.next());
    if let Some(place) = second {
        keys.refuse(|| {
            Fault::at(&place, "one entry of `notify` names one of `sns`, `event-bus` and `webhook`")
                .with_label("one too many")
                .with_help("give it an entry of its own")
        });
    }
    if let (None, Some(place)) = (first, keys.own_place()) {
        keys.refuse(|| {
            Fault::at(&place, "an entry of `notify` names nobody").with_help(
                "write `sns`, `event-bus` or `webhook` into each, such as `{ sns: \"arn:…\" }`",
            )
        });
    }
    let topic = topic.map(NotifySpec::Topic);
    topic.or(event_bus.map(NotifySpec::EventBus)).or(webhook.map(NotifySpec::Webhook))
}
