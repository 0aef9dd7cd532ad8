//! What watches and manages: CloudWatch and its logs, KMS, CloudFormation itself.

use crate::sandbox::cloudformation::resource_type::ResourceType;

pub(super) const MANAGEMENT: &[ResourceType] = &[
    ResourceType {
        type_name: "AWS::Logs::LogGroup",
        properties: "LogGroupName! DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies \
            KmsKeyId LogGroupClass ResourcePolicyDocument RetentionInDays Tags",
        name: Some("LogGroupName"),
        is_regional: true,
        longest: 512,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*")],
    },
    ResourceType {
        type_name: "AWS::KMS::Key",
        properties: "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy \
            KeySpec! KeyUsage! MultiRegion! Origin! PendingWindowInDays RotationPeriodInDays \
            Tags",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{uuid}",
        attributes: &[
            ("Arn", "arn:{partition}:kms:{region}:{account}:key/{uuid}"),
            ("KeyId", "{uuid}"),
        ],
    },
    ResourceType {
        type_name: "AWS::KMS::Alias",
        properties: "AliasName!* TargetKeyId*",
        name: Some("AliasName"),
        is_regional: true,
        longest: 256,
        id: "{name}",
        attributes: &[],
    },
    ResourceType {
        type_name: "AWS::CloudWatch::Alarm",
        properties: "AlarmName! ActionsEnabled AlarmActions AlarmDescription ComparisonOperator* \
            DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods* \
            ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions \
            Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit",
        name: Some("AlarmName"),
        is_regional: true,
        longest: 255,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}")],
    },
    ResourceType {
        type_name: "AWS::CloudFormation::Stack",
        properties: "NotificationARNs Parameters Tags TemplateURL* TimeoutInMinutes",
        name: None,
        is_regional: true,
        longest: 128,
        id: "arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid}",
        attributes: &[],
    },
    ResourceType {
        type_name: "AWS::CloudFormation::WaitConditionHandle",
        properties: "",
        name: None,
        is_regional: true,
        longest: 64,
        id: "https://cloudformation-waitcondition-{region}.s3.{region}.{suffix}/{uuid}",
        attributes: &[],
    },
    ResourceType {
        type_name: "AWS::CloudFormation::WaitCondition",
        properties: "Count! Handle! Timeout!",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{name}",
        attributes: &[("Data", "{signals}")],
    },
];
