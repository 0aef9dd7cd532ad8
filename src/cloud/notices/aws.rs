//! Messages to topics of SNS and to event buses of EventBridge, with the source account's credentials.
//!
//! Source: the SNS API reference, `Publish`; the EventBridge API reference, `PutEvents`.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sns::types::MessageAttributeValue;

use super::message::NoticeMessage;
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::enter::chain_link::SourceSession;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::reply_format::ReplyFormat;
use crate::cloud::wire::sdk_config::{few_retries, of_sdk, retry_partition};
use crate::name::{EventBusArn, Region, TopicArn};

const PUBLISH: &str = "sns:Publish";
const PUT_EVENTS: &str = "events:PutEvents";

/// What subscribers of a topic filter by, and rules of an event bus match as the source.
const KIND_ATTRIBUTE: &str = "notice";
const EVENT_SOURCE: &str = "xdeploy";

impl Cloud {
    /// Publishes a message to a topic.
    ///
    /// # Errors
    /// When SNS refuses it or does not answer.
    pub async fn publish(
        &self,
        source: &SourceSession,
        topic: &TopicArn,
        message: &NoticeMessage,
    ) -> Result<(), CallError> {
        let config = aws_sdk_sns::config::Builder::from(&settings(source, &topic.region()))
            .retry_partition(retry_partition())
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Xml)
            .build();
        let kind = MessageAttributeValue::builder().data_type("String").string_value(message.kind);
        let kind = kind.build().map_err(|error| unsendable(PUBLISH, &error))?;
        let in_order = topic.is_in_order();
        let call = aws_sdk_sns::Client::from_conf(config)
            .publish()
            .topic_arn(topic.as_str())
            .subject(message.plain_subject())
            .message(&message.json)
            .message_attributes(KIND_ATTRIBUTE, kind)
            .set_message_group_id(in_order.then(|| message.group.clone()))
            .set_message_deduplication_id(in_order.then(|| message.id.clone()));
        let reply = call.send().await;
        reply.map(drop).map_err(|error| CallError::of(PUBLISH, &error))
    }

    /// Puts a message on an event bus.
    ///
    /// # Errors
    /// When EventBridge refuses it or does not answer.
    pub async fn put_event(
        &self,
        source: &SourceSession,
        bus: &EventBusArn,
        message: &NoticeMessage,
    ) -> Result<(), CallError> {
        let config = aws_sdk_eventbridge::config::Builder::from(&settings(source, &bus.region()))
            .retry_partition(retry_partition())
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Json)
            .build();
        let event = PutEventsRequestEntry::builder()
            .event_bus_name(bus.as_str())
            .source(EVENT_SOURCE)
            .detail_type(format!("xdeploy {}", message.kind))
            .detail(&message.json)
            .build();
        let call = aws_sdk_eventbridge::Client::from_conf(config).put_events().entries(event);
        let reply = call.send().await.map_err(|error| CallError::of(PUT_EVENTS, &error))?;
        // One that it does not take is told in an answer with a good status.
        let refused = reply.entries.unwrap_or_default().into_iter().find_map(|entry| {
            entry.error_code.map(|code| (code, entry.error_message.unwrap_or_default()))
        });
        match refused {
            Some((code, text)) => Err(CallError {
                operation: PUT_EVENTS,
                code: Some(code),
                text,
                origin: ErrorOrigin::Service,
            }),
            None if reply.failed_entry_count > 0 => {
                Err(CallError::unreadable(PUT_EVENTS, "it was not taken, and nothing says why"))
            }
            None => Ok(()),
        }
    }
}

/// Returns the settings of clients in a Region: a message that cannot be sent soon is given up.
fn settings(source: &SourceSession, region: &Region) -> SdkConfig {
    let own = source.settings.to_builder();
    own.region(of_sdk(region)).retry_config(few_retries()).build()
}

fn unsendable(operation: &'static str, error: &dyn std::error::Error) -> CallError {
    CallError::unreadable(operation, error.to_string())
}
