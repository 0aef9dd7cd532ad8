//! Ids in the form of their services: `vpc-…`, `eu-central-1_…`, a UUID.

use super::mark;
use super::resource::MadeUp;

/// How the ids of a type begin; 17 hexadecimal digits follow.
const PREFIXES: [(&str, &str); 52] = [
    ("AWS::EC2::CapacityReservation", "cr-"),
    ("AWS::EC2::CarrierGateway", "cagw-"),
    ("AWS::EC2::ClientVpnEndpoint", "cvpn-endpoint-"),
    ("AWS::EC2::CustomerGateway", "cgw-"),
    ("AWS::EC2::DHCPOptions", "dopt-"),
    ("AWS::EC2::EgressOnlyInternetGateway", "eigw-"),
    ("AWS::EC2::EIPAssociation", "eipassoc-"),
    ("AWS::EC2::FlowLog", "fl-"),
    ("AWS::EC2::Host", "h-"),
    ("AWS::EC2::IPAM", "ipam-"),
    ("AWS::EC2::IPAMPool", "ipam-pool-"),
    ("AWS::EC2::Instance", "i-"),
    ("AWS::EC2::InstanceConnectEndpoint", "eice-"),
    ("AWS::EC2::InternetGateway", "igw-"),
    ("AWS::EC2::KeyPair", "key-"),
    ("AWS::EC2::LaunchTemplate", "lt-"),
    ("AWS::EC2::NatGateway", "nat-"),
    ("AWS::EC2::NetworkAcl", "acl-"),
    ("AWS::EC2::NetworkInterface", "eni-"),
    ("AWS::EC2::NetworkInterfaceAttachment", "eni-attach-"),
    ("AWS::EC2::PrefixList", "pl-"),
    ("AWS::EC2::RouteTable", "rtb-"),
    ("AWS::EC2::SecurityGroup", "sg-"),
    ("AWS::EC2::SecurityGroupEgress", "sgr-"),
    ("AWS::EC2::SecurityGroupIngress", "sgr-"),
    ("AWS::EC2::SpotFleet", "sfr-"),
    ("AWS::EC2::Subnet", "subnet-"),
    ("AWS::EC2::SubnetCidrBlock", "subnet-cidr-assoc-"),
    ("AWS::EC2::SubnetNetworkAclAssociation", "aclassoc-"),
    ("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc-"),
    ("AWS::EC2::TransitGateway", "tgw-"),
    ("AWS::EC2::TransitGatewayAttachment", "tgw-attach-"),
    ("AWS::EC2::TransitGatewayRouteTable", "tgw-rtb-"),
    ("AWS::EC2::TransitGatewayVpcAttachment", "tgw-attach-"),
    ("AWS::EC2::VPC", "vpc-"),
    ("AWS::EC2::VPCCidrBlock", "vpc-cidr-assoc-"),
    ("AWS::EC2::VPCEndpoint", "vpce-"),
    ("AWS::EC2::VPCEndpointService", "vpce-svc-"),
    ("AWS::EC2::VPCPeeringConnection", "pcx-"),
    ("AWS::EC2::VPNConnection", "vpn-"),
    ("AWS::EC2::VPNGateway", "vgw-"),
    ("AWS::EC2::Volume", "vol-"),
    ("AWS::EFS::AccessPoint", "fsap-"),
    ("AWS::EFS::FileSystem", "fs-"),
    ("AWS::EFS::MountTarget", "fsmt-"),
    ("AWS::FSx::FileSystem", "fs-"),
    ("AWS::DirectoryService::MicrosoftAD", "d-"),
    ("AWS::DirectoryService::SimpleAD", "d-"),
    ("AWS::ServiceDiscovery::HttpNamespace", "ns-"),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "ns-"),
    ("AWS::ServiceDiscovery::Service", "srv-"),
    ("AWS::Transfer::Server", "s-"),
];

/// How the ids of other resources begin that an attribute may name.
const NAMED: [(&str, &str); 9] = [
    ("AllocationId", "eipalloc-"),
    ("InternetGatewayId", "igw-"),
    ("NetworkAcl", "acl-"),
    ("NetworkInterfaceId", "eni-"),
    ("RouteTableId", "rtb-"),
    ("SecurityGroupId", "sg-"),
    ("SecurityGroup", "sg-"),
    ("SubnetId", "subnet-"),
    ("VpcId", "vpc-"),
];

impl MadeUp<'_> {
    /// Returns an id that an attribute of this name may have.
    pub(super) fn id_named(&self, attribute: &str) -> String {
        let own = PREFIXES.iter().find(|(kind, _)| *kind == self.type_name);
        let named = NAMED.iter().find(|(name, _)| attribute.ends_with(name));
        let last = self.type_name.rsplit("::").next().unwrap_or_default();
        let is_own = ["Id", "GroupId"].contains(&attribute)
            || attribute.strip_suffix("Id").is_some_and(|of| of.eq_ignore_ascii_case(last));
        match (own, named) {
            (Some((_, prefix)), _) if is_own => format!("{prefix}{}", self.hex("id", 17)),
            (_, Some((_, prefix))) => format!("{prefix}{}", self.hex(attribute, 17)),
            (Some((_, prefix)), None) => format!("{prefix}{}", self.hex(attribute, 17)),
            (None, None) => self.id_of_service(attribute),
        }
    }

    fn id_of_service(&self, attribute: &str) -> String {
        let letters = |length: usize| self.hex(attribute, length);
        match self.type_name {
            "AWS::Cognito::UserPool" => self.pool(),
            "AWS::Cognito::UserPoolClient" => letters(26),
            "AWS::Cognito::IdentityPool" => format!("{}:{}", self.facts.region, self.facts.token),
            "AWS::CloudFront::Distribution" => format!("E{}", letters(13).to_uppercase()),
            "AWS::Route53::HostedZone" => format!("Z{}", letters(20).to_uppercase()),
            "AWS::AppSync::GraphQLApi" => letters(26),
            name if name.starts_with("AWS::ApiGateway") => letters(10),
            _ if self.is_foreign() => mark::text(&format!("id-{}", letters(8))),
            _ if attribute.contains("HostedZone") => format!("Z{}", letters(13).to_uppercase()),
            _ => self.facts.token.to_owned(),
        }
    }

    /// Returns the id of a user pool.
    pub(super) fn pool(&self) -> String {
        format!("{}_{}", self.facts.region, self.hex("pool", 9))
    }
}
