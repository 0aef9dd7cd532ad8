//! What runs: Lambda, EC2, CodeBuild, CodePipeline.

use crate::sandbox::cloudformation::resource_type::ResourceType;

pub(super) const COMPUTE: &[ResourceType] = &[
    ResourceType {
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
    ResourceType {
        type_name: "AWS::Lambda::EventInvokeConfig",
        properties: "FunctionName!* Qualifier!* DestinationConfig MaximumEventAgeInSeconds \
            MaximumRetryAttempts",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{FunctionName}|{Qualifier}",
        attributes: &[],
    },
    ResourceType {
        type_name: "AWS::Lambda::Permission",
        properties: "Action!* EventSourceToken! FunctionName!* FunctionUrlAuthType! \
            InvokedViaFunctionUrl! Principal!* PrincipalOrgID! SourceAccount! SourceArn!",
        name: None,
        is_regional: true,
        longest: 100,
        id: "{name}",
        attributes: &[("Id", "{name}")],
    },
    ResourceType {
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
    ResourceType {
        type_name: "AWS::CodeBuild::ReportGroup",
        properties: "Name! DeleteReports ExportConfig* Tags Type!*",
        name: Some("Name"),
        is_regional: true,
        longest: 128,
        id: "arn:{partition}:codebuild:{region}:{account}:report-group/{name}",
        attributes: &[("Arn", "{id}")],
    },
    ResourceType {
        type_name: "AWS::CodePipeline::CustomActionType",
        properties: "Category!* ConfigurationProperties! InputArtifactDetails!* OutputArtifactDetails!* \
            Provider!* Settings! Tags Version!*",
        name: None,
        is_regional: true,
        longest: 64,
        id: "{Category}|{Provider}|{Version}",
        attributes: &[("Id", "{id}")],
    },
    ResourceType {
        type_name: "AWS::CodePipeline::Pipeline",
        properties: "Name! ArtifactStore ArtifactStores DisableInboundStageTransitions ExecutionMode \
            PipelineType RestartExecutionOnUpdate RoleArn* Stages* Tags Triggers Variables",
        name: Some("Name"),
        is_regional: true,
        longest: 100,
        id: "{name}",
        attributes: &[("Version", "1")],
    },
    ResourceType {
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
    ResourceType {
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
    ResourceType {
        type_name: "AWS::EC2::SecurityGroup",
        properties: "GroupName! GroupDescription!* SecurityGroupEgress SecurityGroupIngress Tags VpcId!",
        name: None,
        is_regional: true,
        longest: 255,
        id: "sg-{hex}",
        attributes: &[("GroupId", "{id}"), ("VpcId", "{VpcId}")],
    },
];
