//! What keeps things: S3, DynamoDB, ECR, Secrets Manager, Systems Manager parameters.

use crate::sandbox::cloudformation::resource_type::ResourceType;

pub(super) const STORAGE: &[ResourceType] = &[
    ResourceType {
        type_name: "AWS::S3::Bucket",
        properties: "BucketName! AccelerateConfiguration AccessControl AnalyticsConfigurations \
            BucketEncryption CorsConfiguration IntelligentTieringConfigurations \
            InventoryConfigurations LifecycleConfiguration LoggingConfiguration \
            MetadataConfiguration MetadataTableConfiguration MetricsConfigurations NotificationConfiguration ObjectLockConfiguration \
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
    ResourceType {
        type_name: "AWS::S3::BucketPolicy",
        properties: "Bucket!* PolicyDocument*",
        name: None,
        is_regional: false,
        longest: 63,
        id: "{Bucket}",
        attributes: &[],
    },
    ResourceType {
        type_name: "AWS::SSM::Parameter",
        properties: "Name! Type!* Value* AllowedPattern DataType Description Policies Tags Tier",
        name: Some("Name"),
        is_regional: true,
        longest: 1011,
        id: "{name}",
        attributes: &[("Type", "{Type}"), ("Value", "{Value}")],
    },
    ResourceType {
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
    ResourceType {
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
    ResourceType {
        type_name: "AWS::SecretsManager::Secret",
        properties: "Name! Description GenerateSecretString KmsKeyId ReplicaRegions SecretString Tags",
        name: Some("Name"),
        is_regional: true,
        longest: 500,
        id: "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{six}",
        attributes: &[("Id", "{id}")],
    },
];
