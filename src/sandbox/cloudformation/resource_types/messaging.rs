//! What passes messages on: SQS, SNS, EventBridge.

use crate::sandbox::cloudformation::resource_type::ResourceType;

pub(super) const MESSAGING: &[ResourceType] = &[
    ResourceType {
        type_name: "AWS::SQS::Queue",
        properties: "QueueName! ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue! \
            FifoThroughputLimit KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize \
            MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy \
            RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
        name: Some("QueueName"),
        is_regional: true,
        longest: 80,
        id: "https://sqs.{region}.{suffix}/{account}/{name}",
        attributes: &[
            ("Arn", "arn:{partition}:sqs:{region}:{account}:{name}"),
            ("QueueName", "{name}"),
            ("QueueUrl", "{id}"),
        ],
    },
    ResourceType {
        type_name: "AWS::SQS::QueuePolicy",
        properties: "PolicyDocument* Queues*",
        name: None,
        is_regional: true,
        longest: 80,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    ResourceType {
        type_name: "AWS::SNS::Topic",
        properties: "TopicName! ArchivePolicy ContentBasedDeduplication DataProtectionPolicy \
            DeliveryStatusLogging DisplayName FifoThroughputScope FifoTopic! KmsMasterKeyId \
            SignatureVersion Subscription Tags TracingConfig",
        name: Some("TopicName"),
        is_regional: true,
        longest: 256,
        id: "arn:{partition}:sns:{region}:{account}:{name}",
        attributes: &[("TopicArn", "{id}"), ("TopicName", "{name}")],
    },
    ResourceType {
        type_name: "AWS::SNS::Subscription",
        properties: "TopicArn!* Protocol!* DeliveryPolicy Endpoint! FilterPolicy FilterPolicyScope \
            RawMessageDelivery RedrivePolicy Region ReplayPolicy SubscriptionRoleArn",
        name: None,
        is_regional: true,
        longest: 256,
        id: "{TopicArn}:{uuid}",
        attributes: &[("Arn", "{id}")],
    },
    ResourceType {
        type_name: "AWS::SNS::TopicPolicy",
        properties: "PolicyDocument* Topics*",
        name: None,
        is_regional: true,
        longest: 80,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    ResourceType {
        type_name: "AWS::Events::Rule",
        properties: "Name! Description EventBusName! EventPattern RoleArn ScheduleExpression State Tags \
            Targets",
        name: Some("Name"),
        is_regional: true,
        longest: 64,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:events:{region}:{account}:rule/{name}")],
    },
];
