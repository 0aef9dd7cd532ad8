//! What a serverless function publishes: its address, and the version and alias of `AutoPublishAlias`, with the
//! references to them.
//!
//! Source: the AWS SAM developer guide, "Generated CloudFormation resources when you specify
//! AWS::Serverless::Function".

use serde_json::{Map, Value as Json, json};

/// Makes the address of a function, its version and its alias, as far as it publishes them.
pub(super) fn publish(id: &str, properties: &Map<String, Json>, made: &mut Map<String, Json>) {
    let function = json!({ "Ref": id });
    if let Some(url) = properties.get("FunctionUrlConfig") {
        let properties = json!({ "AuthType": url["AuthType"], "TargetFunctionArn": function });
        made.insert(
            format!("{id}Url"),
            json!({ "Type": "AWS::Lambda::Url", "Properties": properties }),
        );
    }
    let Some(alias) = properties.get("AutoPublishAlias") else { return };
    made.insert(
        format!("{id}Version"),
        json!({ "Type": "AWS::Lambda::Version", "Properties": { "FunctionName": function } }),
    );
    let version = json!({ "Fn::GetAtt": [format!("{id}Version"), "Version"] });
    let properties = json!({ "Name": alias, "FunctionName": function, "FunctionVersion": version });
    made.insert(
        format!("{id}Alias{}", alias.as_str().unwrap_or_default()),
        json!({ "Type": "AWS::Lambda::Alias", "Properties": properties }),
    );
}

/// Leads references such as `Function.Alias` to what was published.
pub(super) fn lead(template: &mut Json) {
    let Some(resources) = template["Resources"].as_object() else { return };
    let is_published = |kind: &str, resource: &Json| resource["Type"] == kind;
    let mut names = Vec::new();
    for (id, resource) in resources {
        let function = resource["Properties"]["FunctionName"]["Ref"].as_str();
        let Some(function) = function else { continue };
        for (kind, last) in [("AWS::Lambda::Alias", "Alias"), ("AWS::Lambda::Version", "Version")] {
            if is_published(kind, resource) {
                names.push((format!("{function}.{last}"), id.clone()));
            }
        }
    }
    if !names.is_empty() {
        lead_all(template, &names);
    }
}

fn lead_all(value: &mut Json, names: &[(String, String)]) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| lead_all(item, names)),
        Json::Object(map) => {
            for (key, value) in map {
                match (&**key, value) {
                    ("Ref", Json::String(text)) => {
                        if let Some((_, id)) = names.iter().find(|(name, _)| name == text) {
                            text.clone_from(id);
                        }
                    }
                    (_, value) => lead_all(value, names),
                }
            }
        }
        Json::String(text) => {
            for (name, id) in names {
                let variable = format!("${{{name}}}");
                if text.contains(&variable) {
                    *text = text.replace(&variable, &format!("${{{id}}}"));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_the_alias_that_is_published() {
        let properties = json!({ "AutoPublishAlias": "live", "FunctionUrlConfig": {} });
        let mut made = Map::new();
        publish("Hello", properties.as_object().unwrap(), &mut made);
        assert_eq!(made["HelloUrl"]["Type"], "AWS::Lambda::Url");
        let mut template = json!({
            "Resources": made,
            "Outputs": {
                "A": { "Value": { "Ref": "Hello.Alias" } },
                "B": { "Value": { "Fn::Sub": "${Hello.Alias}/${Hello.Arn}" } },
                "C": { "Value": { "Ref": "Hello.Version" } },
            },
        });
        lead(&mut template);
        let outputs = &template["Outputs"];
        assert_eq!(outputs["A"]["Value"]["Ref"], "HelloAliaslive");
        assert_eq!(outputs["B"]["Value"]["Fn::Sub"], "${HelloAliaslive}/${Hello.Arn}");
        assert_eq!(outputs["C"]["Value"]["Ref"], "HelloVersion");
    }
}
