//! What `Ref` and `Fn::GetAtt` return of a resource whose service is not modelled.

use serde_json::{Value as Json, json};

use super::resource::MadeUp;
use super::{arn, mark};
use crate::sandbox::cloudformation::resource_facts::Facts;
use crate::sandbox::cloudformation::resource_types::published;
use crate::template::{AttributeKind, PublishedType};

impl MadeUp<'_> {
    /// Returns what `Ref` returns: what identifies the resource.
    pub fn physical_id(&self) -> String {
        if let Some(id) = self.id_unlike_its_identifier() {
            return id;
        }
        let identifier = PublishedType::find(self.type_name).map(|schema| &schema.identifier[..]);
        match identifier {
            Some([name]) => self.identifying(name),
            // Of several, that which the service gives tells the resource from all others.
            Some(names @ [_, ..]) => match names.iter().find(|name| !self.is_given(name)) {
                Some(name) => self.identifying(name),
                None => {
                    names.iter().map(|name| self.identifying(name)).collect::<Vec<_>>().join("|")
                }
            },
            _ => mark::text(self.facts.name),
        }
    }

    /// Returns what `Ref` returns where that is not what identifies the resource in its schema.
    fn id_unlike_its_identifier(&self) -> Option<String> {
        Some(match self.type_name {
            "AWS::Events::Rule" => self.given("Name").unwrap_or_else(|| self.facts.name.to_owned()),
            "AWS::Batch::ComputeEnvironment"
            | "AWS::Batch::JobDefinition"
            | "AWS::Batch::JobQueue"
            | "AWS::CloudFormation::Stack"
            | "AWS::SecretsManager::Secret" => self.arn(),
            "AWS::ApiGateway::Stage" => self.given("StageName")?,
            "AWS::Glue::Database" => {
                self.facts.properties["DatabaseInput"]["Name"].as_str()?.to_owned()
            }
            "AWS::Route53::RecordSet" => self.given("Name")?,
            "AWS::CloudFormation::CustomResource" => mark::text(self.facts.name),
            _ => return None,
        })
    }

    fn identifying(&self, name: &str) -> String {
        self.given(name).unwrap_or_else(|| match self.is_given_here(name) {
            true => self.facts.name.to_owned(),
            false => self.text(name),
        })
    }

    /// Whether a property gives it, or could.
    fn is_given_here(&self, name: &str) -> bool {
        published::find(self.type_name).is_some_and(|kind| kind.has(name))
    }

    fn is_given(&self, name: &str) -> bool {
        self.given(name).is_some() || self.is_given_here(name)
    }

    /// Returns what `Fn::GetAtt` returns of an attribute; `id` is what `Ref` returns.
    pub fn attribute(&self, attribute: &str, id: &str) -> Json {
        let properties = self.facts.properties;
        let property = attribute.split('.').fold(properties, |within, name| &within[name]);
        let is_text = |items: &Vec<Json>| items.iter().all(Json::is_string);
        if property.is_string() || property.as_array().is_some_and(is_text) {
            return property.clone();
        }
        let schema = PublishedType::find(self.type_name);
        let kind = schema.and_then(|schema| schema.attribute(attribute));
        let is_id = schema.is_some_and(|schema| schema.identifier == [attribute]);
        // What a nested stack puts out is text, whatever it is called: lists are joined.
        let is_output = self.type_name == "AWS::CloudFormation::Stack";
        match kind.unwrap_or_else(|| likely_kind(attribute)) {
            _ if is_id => json!(id),
            AttributeKind::List if is_output => json!(self.texts(attribute).join(",")),
            AttributeKind::List => json!(self.texts(attribute)),
            AttributeKind::Number => json!("1"),
            AttributeKind::Truth => json!("false"),
            AttributeKind::Text => json!(self.text(attribute)),
        }
    }

    fn texts(&self, attribute: &str) -> Vec<String> {
        let one = singular(attribute);
        let (first, second) = (self.text(one), self.text(&format!("Second{one}")));
        if first == second { vec![first] } else { vec![first, second] }
    }

    /// Returns a text that looks like an attribute of this name.
    fn text(&self, attribute: &str) -> String {
        let last = attribute.rsplit('.').next().unwrap_or_default();
        let ends_with = |ends: &[&str]| ends.iter().any(|end| last.ends_with(end));
        if ends_with(&["Arn", "ARN"]) {
            return self.arn_named(attribute);
        }
        if ends_with(&["Port"]) {
            return self.port().to_owned();
        }
        if ends_with(&["Ip", "IpAddress", "IP"]) {
            return self.address(attribute);
        }
        if ends_with(&["CidrBlock", "Cidr"]) {
            return self.network(last);
        }
        match (self.type_name, last) {
            ("AWS::EC2::VPCEndpoint", "DnsEntry" | "SecondDnsEntry") => {
                return self.endpoint_entry(attribute);
            }
            ("AWS::Lambda::Url", "FunctionUrl") => return self.function_url(),
            _ => {}
        }
        if ends_with(&["Url", "URL", "Uri", "URI", "ApiEndpoint"]) {
            return format!("https://{}", self.host(""));
        }
        if ends_with(&[
            "Address",
            "Endpoint",
            "DomainName",
            "DNSName",
            "DnsName",
            "NameServer",
            "Host",
        ]) {
            return self.host(attribute);
        }
        if ends_with(&["Id", "ID", "SecurityGroup", "NetworkAcl"]) {
            return self.id_named(attribute);
        }
        match last {
            "Name" => self.facts.name.to_owned(),
            "Status" | "State" => "ACTIVE".to_owned(),
            last if last.ends_with("Version") || last.ends_with("VersionNumber") => "1".to_owned(),
            _ => {
                let name = attribute.replace('.', "-").to_lowercase();
                mark::text(&format!("{name}-{}", self.hex(attribute, 8)))
            }
        }
    }

    /// Returns a range of addresses, in IPv6 as large as AWS assigns to a network.
    fn network(&self, attribute: &str) -> String {
        match attribute.contains("Ipv6") {
            true => format!("2a05:d014:{}:{}00::/56", self.hex("net", 3), self.hex(attribute, 2)),
            false => "10.0.0.0/16".to_owned(),
        }
    }

    /// Returns a hosted zone and a name in it at which an endpoint answers.
    fn endpoint_entry(&self, attribute: &str) -> String {
        let service = self.given("ServiceName").unwrap_or_default();
        let (service, region) = (service.rsplit('.').next().unwrap_or_default(), self.facts.region);
        let (zone, id) = (self.hex("zone", 12).to_uppercase(), self.id_named("Id"));
        format!("Z{zone}:{id}-{}.{service}.{region}.vpce.amazonaws.com", self.hex(attribute, 8))
    }

    fn function_url(&self) -> String {
        format!("https://{}.lambda-url.{}.on.aws/", self.hex("url", 32), self.facts.region)
    }

    /// Returns the name of a host, another one for the second of a list.
    fn host(&self, attribute: &str) -> String {
        let purpose = if attribute.starts_with("Second") { "second host" } else { "host" };
        let Facts { region, name, .. } = self.facts;
        let (service, suffix) = (arn::service(self.type_name), region.partition().dns_suffix());
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        format!("{}.{}.{region}.{service}.{suffix}", name.to_lowercase(), self.hex(purpose, 12))
    }

    fn address(&self, attribute: &str) -> String {
        let digits = self.hex(attribute, 4);
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or_default();
        let network = if attribute.contains("Public") { "203.0" } else { "10.0" };
        format!("{network}.{}.{}", part(0), part(2).max(4))
    }

    fn port(&self) -> &'static str {
        let engine = self.given("Engine").unwrap_or_default();
        match self.type_name {
            name if name.starts_with("AWS::RDS::") && engine.contains("postgres") => "5432",
            name if name.starts_with("AWS::RDS::") => "3306",
            name if name.starts_with("AWS::ElastiCache::") && engine == "memcached" => "11211",
            name if name.starts_with("AWS::ElastiCache::") => "6379",
            name if name.starts_with("AWS::Redshift") => "5439",
            name if name.starts_with("AWS::DocDB::") => "27017",
            name if name.starts_with("AWS::Neptune::") => "8182",
            _ => "443",
        }
    }
}

/// Returns what kind of value an attribute has of which no schema tells.
fn likely_kind(attribute: &str) -> AttributeKind {
    let last = attribute.rsplit('.').next().unwrap_or_default();
    let lists = [
        "Ids",
        "Arns",
        "ARNs",
        "Names",
        "NameServers",
        "Addresses",
        "Endpoints",
        "CidrBlocks",
        "Entries",
        "Ips",
    ];
    match lists.iter().any(|end| last.ends_with(end)) {
        true => AttributeKind::List,
        false => AttributeKind::Text,
    }
}

/// Returns the name of one item of a list of this name.
fn singular(name: &str) -> &str {
    if name == "DnsEntries" {
        return "DnsEntry";
    }
    let without_es =
        name.strip_suffix("Addresses").map(|rest| &name[..rest.len() + "Address".len()]);
    without_es.or_else(|| name.strip_suffix('s')).unwrap_or(name)
}
