//! The resource types the sandbox offers, one entry each.
//!
//! Properties, return values and what a change means are from the CloudFormation template reference
//! ("Resource and property reference", "Update requires"). Words in braces are filled in by `kind`.

use super::kind::Kind;

/// Every type, in the order of services.
pub const KINDS: &[Kind] = &[
    Kind {
        type_name: "AWS::IAM::Role",
        properties: "RoleName! Path! AssumeRolePolicyDocument* Description ManagedPolicyArns \
            MaxSessionDuration PermissionsBoundary Policies Tags",
        name: Some("RoleName"),
        is_regional: false,
        longest: 64,
        id: "{name}",
        attributes: &[
            ("Arn", "arn:{partition}:iam::{account}:role{Path:/}{name}"),
            ("RoleId", "AROA{letters}"),
        ],
    },
    Kind {
        type_name: "AWS::IAM::ManagedPolicy",
        properties: "ManagedPolicyName! Path! Description! PolicyDocument* Groups Roles Users",
        name: Some("ManagedPolicyName"),
        is_regional: false,
        longest: 128,
        id: "arn:{partition}:iam::{account}:policy{Path:/}{name}",
        attributes: &[("PolicyArn", "{id}"), ("PolicyId", "ANPA{letters}")],
    },
    Kind {
        type_name: "AWS::IAM::Policy",
        properties: "PolicyName* PolicyDocument* Groups Roles Users",
        name: None,
        is_regional: false,
        longest: 64,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    Kind {
        type_name: "AWS::IAM::RolePolicy",
        properties: "PolicyName!* RoleName!* PolicyDocument",
        name: None,
        is_regional: false,
        longest: 128,
        id: "{PolicyName}|{RoleName}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::IAM::User",
        properties: "UserName! Path Groups LoginProfile ManagedPolicyArns PermissionsBoundary Policies \
            Tags",
        name: Some("UserName"),
        is_regional: false,
        longest: 64,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:iam::{account}:user{Path:/}{name}")],
    },
    Kind {
        type_name: "AWS::IAM::UserPolicy",
        properties: "PolicyName!* UserName!* PolicyDocument",
        name: None,
        is_regional: false,
        longest: 128,
        id: "{PolicyName}|{UserName}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::IAM::Group",
        properties: "GroupName! Path ManagedPolicyArns Policies",
        name: Some("GroupName"),
        is_regional: false,
        longest: 128,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:iam::{account}:group{Path:/}{name}")],
    },
    Kind {
        type_name: "AWS::IAM::GroupPolicy",
        properties: "PolicyName!* GroupName!* PolicyDocument",
        name: None,
        is_regional: false,
        longest: 128,
        id: "{PolicyName}|{GroupName}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::IAM::UserToGroupAddition",
        properties: "GroupName* Users*",
        name: None,
        is_regional: false,
        longest: 128,
        id: "{name}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::IAM::InstanceProfile",
        properties: "InstanceProfileName! Path! Roles*",
        name: Some("InstanceProfileName"),
        is_regional: false,
        longest: 128,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:iam::{account}:instance-profile{Path:/}{name}")],
    },
    Kind {
        type_name: "AWS::IAM::AccessKey",
        properties: "UserName!* Serial! Status",
        name: None,
        is_regional: false,
        longest: 128,
        id: "{key}",
        attributes: &[("SecretAccessKey", "{secret}")],
    },
    Kind {
        type_name: "AWS::IAM::VirtualMFADevice",
        properties: "VirtualMfaDeviceName! Path! Tags Users*",
        name: Some("VirtualMfaDeviceName"),
        is_regional: false,
        longest: 226,
        id: "arn:{partition}:iam::{account}:mfa{Path:/}{name}",
        attributes: &[("SerialNumber", "{id}")],
    },
    Kind {
        type_name: "AWS::S3::Bucket",
        properties: "BucketName! AccelerateConfiguration AccessControl AnalyticsConfigurations \
            BucketEncryption CorsConfiguration IntelligentTieringConfigurations \
            InventoryConfigurations LifecycleConfiguration LoggingConfiguration \
            MetricsConfigurations NotificationConfiguration ObjectLockConfiguration \
            ObjectLockEnabled! OwnershipControls PublicAccessBlockConfiguration \
            ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration",
        name: Some("BucketName"),
        is_regional: false,
        longest: 63,
        id: "{name}",
        attributes: &[
            ("Arn", "arn:{partition}:s3:::{name}"),
            ("DomainName", "{name}.s3.{suffix}"),
            ("DualStackDomainName", "{name}.s3.dualstack.{region}.{suffix}"),
            ("RegionalDomainName", "{name}.s3.{region}.{suffix}"),
            ("WebsiteURL", "http://{name}.s3-website.{region}.{suffix}"),
        ],
    },
    Kind {
        type_name: "AWS::S3::BucketPolicy",
        properties: "Bucket!* PolicyDocument*",
        name: None,
        is_regional: false,
        longest: 63,
        id: "{Bucket}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::SSM::Parameter",
        properties: "Name! Type!* Value* AllowedPattern DataType Description Policies Tags Tier",
        name: Some("Name"),
        is_regional: true,
        longest: 1011,
        id: "{name}",
        attributes: &[("Type", "{Type}"), ("Value", "{Value}")],
    },
    Kind {
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
    Kind {
        type_name: "AWS::SQS::QueuePolicy",
        properties: "PolicyDocument* Queues*",
        name: None,
        is_regional: true,
        longest: 80,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    Kind {
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
    Kind {
        type_name: "AWS::SNS::Subscription",
        properties: "TopicArn!* Protocol!* DeliveryPolicy Endpoint! FilterPolicy FilterPolicyScope \
            RawMessageDelivery RedrivePolicy Region ReplayPolicy SubscriptionRoleArn",
        name: None,
        is_regional: true,
        longest: 256,
        id: "{TopicArn}:{uuid}",
        attributes: &[("Arn", "{id}")],
    },
    Kind {
        type_name: "AWS::SNS::TopicPolicy",
        properties: "PolicyDocument* Topics*",
        name: None,
        is_regional: true,
        longest: 80,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    Kind {
        type_name: "AWS::DynamoDB::Table",
        properties: "TableName! AttributeDefinitions BillingMode ContributorInsightsSpecification \
            DeletionProtectionEnabled GlobalSecondaryIndexes ImportSourceSpecification! \
            KeySchema!* KinesisStreamSpecification LocalSecondaryIndexes OnDemandThroughput \
            PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy \
            SSESpecification StreamSpecification TableClass Tags TimeToLiveSpecification \
            WarmThroughput",
        name: Some("TableName"),
        is_regional: true,
        longest: 255,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:dynamodb:{region}:{account}:table/{name}")],
    },
    Kind {
        type_name: "AWS::Logs::LogGroup",
        properties: "LogGroupName! DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies \
            KmsKeyId LogGroupClass ResourcePolicyDocument RetentionInDays Tags",
        name: Some("LogGroupName"),
        is_regional: true,
        longest: 512,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*")],
    },
    Kind {
        type_name: "AWS::Lambda::Function",
        properties: "FunctionName! Architectures Code* CodeSigningConfigArn DeadLetterConfig Description \
            Environment EphemeralStorage FileSystemConfigs Handler ImageConfig KmsKeyArn Layers \
            LoggingConfig MemorySize PackageType! RecursiveLoop ReservedConcurrentExecutions \
            Role* Runtime RuntimeManagementConfig SnapStart Tags Timeout TracingConfig VpcConfig",
        name: Some("FunctionName"),
        is_regional: true,
        longest: 64,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}")],
    },
    Kind {
        type_name: "AWS::Lambda::EventInvokeConfig",
        properties: "FunctionName!* Qualifier!* DestinationConfig MaximumEventAgeInSeconds \
            MaximumRetryAttempts",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{FunctionName}|{Qualifier}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::Lambda::Permission",
        properties: "Action!* EventSourceToken! FunctionName!* FunctionUrlAuthType! \
            InvokedViaFunctionUrl! Principal!* PrincipalOrgID! SourceAccount! SourceArn!",
        name: None,
        is_regional: true,
        longest: 100,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    Kind {
        type_name: "AWS::ECR::Repository",
        properties: "RepositoryName! EmptyOnDelete EncryptionConfiguration! ImageScanningConfiguration \
            ImageTagMutability ImageTagMutabilityExclusionFilters LifecyclePolicy \
            RepositoryPolicyText Tags",
        name: Some("RepositoryName"),
        is_regional: true,
        longest: 256,
        id: "{name}",
        attributes: &[
            ("Arn", "arn:{partition}:ecr:{region}:{account}:repository/{name}"),
            ("RepositoryUri", "{account}.dkr.ecr.{region}.{suffix}/{name}"),
        ],
    },
    Kind {
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
    Kind {
        type_name: "AWS::KMS::Alias",
        properties: "AliasName!* TargetKeyId*",
        name: Some("AliasName"),
        is_regional: true,
        longest: 256,
        id: "{name}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::CodeBuild::Project",
        properties: "Name! Artifacts* AutoRetryLimit BadgeEnabled BuildBatchConfig Cache \
            ConcurrentBuildLimit Description EncryptionKey Environment* FileSystemLocations \
            LogsConfig QueuedTimeoutInMinutes ResourceAccessRole SecondaryArtifacts \
            SecondarySourceVersions SecondarySources ServiceRole* Source* SourceVersion Tags \
            TimeoutInMinutes Triggers Visibility VpcConfig",
        name: Some("Name"),
        is_regional: true,
        longest: 150,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:codebuild:{region}:{account}:project/{name}")],
    },
    Kind {
        type_name: "AWS::CodeBuild::ReportGroup",
        properties: "Name! DeleteReports ExportConfig* Tags Type!*",
        name: Some("Name"),
        is_regional: true,
        longest: 128,
        id: "arn:{partition}:codebuild:{region}:{account}:report-group/{name}",
        attributes: &[("Arn", "{id}")],
    },
    Kind {
        type_name: "AWS::CodePipeline::CustomActionType",
        properties: "Category!* ConfigurationProperties! InputArtifactDetails!* OutputArtifactDetails!* \
            Provider!* Settings! Tags Version!*",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{Category}|{Provider}|{Version}",
        attributes: &[("Id", "{id}")],
    },
    Kind {
        type_name: "AWS::CodePipeline::Pipeline",
        properties: "Name! ArtifactStore ArtifactStores DisableInboundStageTransitions ExecutionMode \
            PipelineType RestartExecutionOnUpdate RoleArn* Stages* Tags Triggers Variables",
        name: Some("Name"),
        is_regional: true,
        longest: 100,
        id: "{name}",
        attributes: &[("Version", "1")],
    },
    Kind {
        type_name: "AWS::Events::Rule",
        properties: "Name! Description EventBusName! EventPattern RoleArn ScheduleExpression State Tags \
            Targets",
        name: Some("Name"),
        is_regional: true,
        longest: 64,
        id: "{name}",
        attributes: &[("Arn", "arn:{partition}:events:{region}:{account}:rule/{name}")],
    },
    Kind {
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
    Kind {
        type_name: "AWS::SecretsManager::Secret",
        properties: "Name! Description GenerateSecretString KmsKeyId ReplicaRegions SecretString Tags",
        name: Some("Name"),
        is_regional: true,
        longest: 500,
        id: "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{six}",
        attributes: &[("Id", "{id}")],
    },
    Kind {
        type_name: "AWS::EC2::VPC",
        properties: "CidrBlock! EnableDnsHostnames EnableDnsSupport InstanceTenancy Ipv4IpamPoolId! \
            Ipv4NetmaskLength! Tags",
        name: None,
        is_regional: true,
        longest: 64,
        id: "vpc-{hex}",
        attributes: &[
            ("VpcId", "{id}"),
            ("CidrBlock", "{CidrBlock}"),
            ("DefaultSecurityGroup", "sg-{hex}"),
            ("DefaultNetworkAcl", "acl-{hex}"),
        ],
    },
    Kind {
        type_name: "AWS::EC2::Subnet",
        properties: "VpcId!* AssignIpv6AddressOnCreation AvailabilityZone! AvailabilityZoneId! CidrBlock! \
            EnableDns64 Ipv6CidrBlock MapPublicIpOnLaunch PrivateDnsNameOptionsOnLaunch Tags",
        name: None,
        is_regional: true,
        longest: 64,
        id: "subnet-{hex}",
        attributes: &[
            ("SubnetId", "{id}"),
            ("AvailabilityZone", "{AvailabilityZone}"),
            ("CidrBlock", "{CidrBlock}"),
            ("VpcId", "{VpcId}"),
        ],
    },
    Kind {
        type_name: "AWS::EC2::SecurityGroup",
        properties: "GroupName! GroupDescription!* SecurityGroupEgress SecurityGroupIngress Tags VpcId!",
        name: None,
        is_regional: true,
        longest: 255,
        id: "sg-{hex}",
        attributes: &[("GroupId", "{id}"), ("VpcId", "{VpcId}")],
    },
    Kind {
        type_name: "AWS::CloudFormation::WaitConditionHandle",
        properties: "",
        name: None,
        is_regional: true,
        longest: 64,
        id: "https://cloudformation-waitcondition-{region}.s3.{region}.{suffix}/{uuid}",
        attributes: &[],
    },
    Kind {
        type_name: "AWS::CloudFormation::WaitCondition",
        properties: "Count! Handle! Timeout!",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{name}",
        attributes: &[],
    },
];
