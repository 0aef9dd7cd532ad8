//! Who hears of runs on AWS: topics of SNS and event buses of EventBridge.

use super::account::AccountId;
use super::region::Region;
use super::text::{checked_text, is_made_of};

checked_text!(
    /// The ARN of a topic of SNS: `arn:PARTITION:sns:REGION:ACCOUNT:NAME`.
    ///
    /// Source: the SNS API reference, `CreateTopic`, parameter `Name`.
    TopicArn,
    "a topic's ARN",
    "a topic's ARN reads like `arn:aws:sns:eu-central-1:123456789012:name`",
    "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$",
    is_topic_arn
);

checked_text!(
    /// The ARN of an event bus: `arn:PARTITION:events:REGION:ACCOUNT:event-bus/NAME`.
    ///
    /// Source: the EventBridge API reference, `PutEventsRequestEntry`, parameter `EventBusName`.
    EventBusArn,
    "an event bus's ARN",
    "an event bus's ARN reads like `arn:aws:events:eu-central-1:123456789012:event-bus/name`",
    "^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9/_.-]{1,256}$",
    is_event_bus_arn
);

/// How the name of a topic ends that keeps the order of what is published.
const IN_ORDER: &str = ".fifo";

fn is_topic_arn(text: &str) -> bool {
    resource_of(text, "sns").is_some_and(|name| {
        let plain = name.strip_suffix(IN_ORDER).unwrap_or(name);
        name.len() <= 256
            && is_made_of(plain, 1, 256, |c| c.is_ascii_alphanumeric() || "_-".contains(c))
    })
}

fn is_event_bus_arn(text: &str) -> bool {
    let name = resource_of(text, "events").and_then(|bus| bus.strip_prefix("event-bus/"));
    name.is_some_and(|name| {
        is_made_of(name, 1, 256, |c| c.is_ascii_alphanumeric() || "/_.-".contains(c))
    })
}

/// Returns what an ARN of a service names, if it is one with a Region and an account.
fn resource_of<'t>(text: &'t str, of_service: &str) -> Option<&'t str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else { return None };
    let is_one = arn == "arn"
        && is_made_of(partition, 3, 16, |c| c.is_ascii_lowercase() || c == '-')
        && service == of_service
        && region.parse::<Region>().is_ok()
        && account.parse::<AccountId>().is_ok();
    is_one.then_some(resource)
}

fn region_of(arn: &str) -> Region {
    let region = arn.split(':').nth(3).expect("such an ARN has six parts");
    region.parse().expect("such an ARN holds a Region")
}

impl TopicArn {
    /// Returns the Region that the topic stands in.
    pub fn region(&self) -> Region {
        region_of(self.as_str())
    }

    /// Whether it keeps the order of what is published, and so asks for a group.
    pub fn is_in_order(&self) -> bool {
        self.as_str().ends_with(IN_ORDER)
    }
}

impl EventBusArn {
    /// Returns the Region that the event bus stands in.
    pub fn region(&self) -> Region {
        region_of(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_its_region() {
        let topic: TopicArn = "arn:aws:sns:eu-west-1:000000000001:a_b-c.fifo".parse().expect("arn");
        assert_eq!((topic.region().as_str(), topic.is_in_order()), ("eu-west-1", true));
        let bus: EventBusArn =
            "arn:aws-cn:events:cn-north-1:000000000001:event-bus/default".parse().expect("arn");
        assert_eq!(bus.region().as_str(), "cn-north-1");
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "deployments",
            "arn:aws:sns:eu-west-1:000000000001:",
            "arn:aws:sns:eu-west-1:000000000001:a.b",
            "arn:aws:sns:eu-west-1:000000000001:a:subscription",
            "arn:aws:sns::000000000001:a",
            "arn:aws:sqs:eu-west-1:000000000001:a",
            "arn:aws:sns:eu-west-1:1:a",
        ] {
            text.parse::<TopicArn>().expect_err(text);
        }
        for text in [
            "default",
            "arn:aws:events:eu-west-1:000000000001:rule/a",
            "arn:aws:events:eu-west-1:000000000001:event-bus/",
        ] {
            text.parse::<EventBusArn>().expect_err(text);
        }
    }
}
