//! ARNs in the form of their services.

use super::resource::MadeUp;
use crate::sandbox::cloudformation::resource_facts::Facts;

/// Services that ARNs name otherwise than resource types do.
const SERVICES: [(&str, &str); 34] = [
    ("AmazonMQ", "mq"),
    ("ApiGatewayV2", "apigateway"),
    ("ApplicationAutoScaling", "application-autoscaling"),
    ("ApplicationInsights", "applicationinsights"),
    ("CertificateManager", "acm"),
    ("CodeStarConnections", "codestar-connections"),
    ("CodeStarNotifications", "codestar-notifications"),
    ("Cognito", "cognito-idp"),
    ("DirectoryService", "ds"),
    ("DocDB", "rds"),
    ("EFS", "elasticfilesystem"),
    ("EMR", "elasticmapreduce"),
    ("ElasticLoadBalancing", "elasticloadbalancing"),
    ("ElasticLoadBalancingV2", "elasticloadbalancing"),
    ("Elasticsearch", "es"),
    ("InspectorV2", "inspector2"),
    ("KinesisAnalytics", "kinesisanalytics"),
    ("KinesisAnalyticsV2", "kinesisanalytics"),
    ("KinesisFirehose", "firehose"),
    ("MSK", "kafka"),
    ("Neptune", "rds"),
    ("NetworkFirewall", "network-firewall"),
    ("NetworkManager", "networkmanager"),
    ("OpenSearchServerless", "aoss"),
    ("OpenSearchService", "es"),
    ("ResourceGroups", "resource-groups"),
    ("S3Express", "s3express"),
    ("S3ObjectLambda", "s3-object-lambda"),
    ("SSMContacts", "ssm-contacts"),
    ("SSMIncidents", "ssm-incidents"),
    ("StepFunctions", "states"),
    ("VpcLattice", "vpc-lattice"),
    ("WAFRegional", "waf-regional"),
    ("ResourceExplorer2", "resource-explorer-2"),
];

/// How ARNs name a resource where that is not the last part of its type before its name.
const RESOURCES: [(&str, &str); 34] = [
    ("AWS::ApiGateway::RestApi", "/restapis/{name}"),
    ("AWS::ApiGatewayV2::Api", "/apis/{name}"),
    ("AWS::Batch::ComputeEnvironment", "compute-environment/{name}"),
    ("AWS::Batch::JobDefinition", "job-definition/{name}:1"),
    ("AWS::Batch::JobQueue", "job-queue/{name}"),
    ("AWS::CloudFormation::Stack", "stack/{name}/{uuid}"),
    ("AWS::CloudWatch::Alarm", "alarm:{name}"),
    ("AWS::CodeBuild::Project", "project/{name}"),
    ("AWS::CodePipeline::Pipeline", "{name}"),
    ("AWS::CodeCommit::Repository", "{name}"),
    ("AWS::Cognito::UserPool", "userpool/{pool}"),
    ("AWS::DocDB::DBCluster", "cluster:{name}"),
    ("AWS::DocDB::DBInstance", "db:{name}"),
    ("AWS::ECS::TaskDefinition", "task-definition/{name}:1"),
    ("AWS::ElasticLoadBalancingV2::Listener", "listener/app/{name}/{hex}/{more}"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "loadbalancer/app/{name}/{hex}"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "targetgroup/{name}/{hex}"),
    ("AWS::Events::EventBus", "event-bus/{name}"),
    ("AWS::KinesisFirehose::DeliveryStream", "deliverystream/{name}"),
    ("AWS::KMS::Key", "key/{uuid}"),
    ("AWS::CertificateManager::Certificate", "certificate/{uuid}"),
    ("AWS::Lambda::Alias", "function:{function}:{name}"),
    ("AWS::Lambda::LayerVersion", "layer:{name}:1"),
    ("AWS::Lambda::Version", "function:{function}:1"),
    ("AWS::Logs::LogGroup", "log-group:{name}:*"),
    ("AWS::MSK::Cluster", "cluster/{name}/{uuid}-5"),
    ("AWS::MSK::ServerlessCluster", "cluster/{name}/{uuid}-s1"),
    ("AWS::Neptune::DBCluster", "cluster:{name}"),
    ("AWS::RDS::DBCluster", "cluster:{name}"),
    ("AWS::RDS::DBInstance", "db:{name}"),
    ("AWS::RDS::DBProxy", "db-proxy:prx-{hex}"),
    ("AWS::SecretsManager::Secret", "secret:{name}-{six}"),
    ("AWS::StepFunctions::Activity", "activity:{name}"),
    ("AWS::StepFunctions::StateMachine", "stateMachine:{name}"),
];

/// Services whose ARNs have no Region.
const WITHOUT_REGION: [&str; 5] = ["cloudfront", "route53", "organizations", "shield", "iam"];
/// Services whose ARNs have no account.
const WITHOUT_ACCOUNT: [&str; 3] = ["apigateway", "route53", "s3"];

/// Returns how ARNs and hosts name the service of a type.
pub(super) fn service(type_name: &str) -> String {
    let mut parts = type_name.split("::").skip(1);
    let service = parts.next().unwrap_or("custom");
    let named = SERVICES.iter().find(|(name, _)| *name == service).map(|(_, named)| *named);
    named.map_or_else(|| service.to_lowercase(), str::to_owned)
}

impl MadeUp<'_> {
    /// Returns the resource's ARN.
    pub(super) fn arn(&self) -> String {
        let Facts { account, region, .. } = self.facts;
        let (service, partition) = (service(self.type_name), region.partition());
        let region = if WITHOUT_REGION.contains(&&*service) { "" } else { &region.to_string() };
        let account = if WITHOUT_ACCOUNT.contains(&&*service) { "" } else { &account.to_string() };
        format!("arn:{partition}:{service}:{region}:{account}:{}", self.resource_part())
    }

    /// Returns an ARN that an attribute of this name may have.
    pub(super) fn arn_named(&self, attribute: &str) -> String {
        let last = attribute.rsplit('.').next().unwrap_or_default();
        if last.ends_with("StreamArn") {
            return format!("{}/stream/2026-01-01T00:00:00.000", self.arn());
        }
        if attribute.starts_with("Second") { format!("{}-2", self.arn()) } else { self.arn() }
    }

    fn resource_part(&self) -> String {
        let own = self.given("Name").or_else(|| self.own_name());
        let name = own.unwrap_or_else(|| self.facts.name.to_owned());
        let pattern = RESOURCES.iter().find(|(kind, _)| *kind == self.type_name);
        let Some((_, pattern)) = pattern else {
            let kind = self.type_name.rsplit("::").next().unwrap_or_default().to_lowercase();
            return format!("{kind}/{name}");
        };
        let filled = pattern.replace("{name}", &name).replace("{uuid}", self.facts.token);
        let filled =
            filled.replace("{six}", &self.hex("six", 6)).replace("{hex}", &self.hex("arn", 16));
        filled
            .replace("{more}", &self.hex("more", 16))
            .replace("{pool}", &self.pool())
            .replace("{function}", &self.function())
    }

    /// Returns the name of the function that a property names, which may give its ARN.
    fn function(&self) -> String {
        let given = self.given("FunctionName").unwrap_or_default();
        given.rsplit(':').next().unwrap_or_default().to_owned()
    }

    /// Returns the name that the type's own property gives: `TableName` of a table.
    fn own_name(&self) -> Option<String> {
        let last = self.type_name.rsplit("::").next().unwrap_or_default();
        let named = if last == "LayerVersion" { "Layer" } else { last };
        self.given(&format!("{named}Name"))
    }
}
