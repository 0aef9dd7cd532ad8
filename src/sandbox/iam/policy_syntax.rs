//! Policy documents as IAM checks them when they are stored.

use serde_json::Value as Json;

/// Returns a document that may have been given as JSON text.
pub fn document(value: &Json) -> Json {
    match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        None => value.clone(),
    }
}

/// Returns what is wrong with a trust policy, if one is given.
pub fn trust_fault(value: &Json) -> Option<&'static str> {
    fault(value, |statement| {
        if !statement["Resource"].is_null() {
            return Some("Has prohibited field Resource");
        }
        let has_principal =
            !statement["Principal"].is_null() || !statement["NotPrincipal"].is_null();
        (!has_principal).then_some("Missing required field Principal")
    })
}

/// Returns what is wrong with a policy of permissions, if one is given.
pub fn permissions_fault(value: &Json) -> Option<&'static str> {
    fault(value, |statement| {
        if !statement["Principal"].is_null() {
            return Some("Policy document should not specify a principal.");
        }
        let has_resource = !statement["Resource"].is_null() || !statement["NotResource"].is_null();
        (!has_resource).then_some("Policy statement must contain resources.")
    })
}

fn fault(value: &Json, own: fn(&Json) -> Option<&'static str>) -> Option<&'static str> {
    if value.is_null() {
        return None;
    }
    let document = document(value);
    let statements = match &document["Statement"] {
        Json::Array(statements) if !statements.is_empty() => statements.clone(),
        statement @ Json::Object(_) => vec![statement.clone()],
        _ => return Some("Syntax errors in policy."),
    };
    statements.iter().find_map(|statement| {
        if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
            return Some("Syntax errors in policy.");
        }
        let has_action = !statement["Action"].is_null() || !statement["NotAction"].is_null();
        if !has_action {
            return Some("Policy statement must contain actions.");
        }
        own(statement)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trust_policy_names_a_principal_and_no_resource() {
        let mut policy = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole" } });
        assert_eq!(trust_fault(&policy), Some("Missing required field Principal"));
        policy["Statement"]["Principal"] = json!({ "AWS": "*" });
        assert_eq!(trust_fault(&policy), None);
        policy["Statement"]["Resource"] = json!("*");
        assert_eq!(trust_fault(&policy), Some("Has prohibited field Resource"));
    }

    #[test]
    fn a_permissions_policy_names_a_resource_and_no_principal() {
        let mut policy = json!({ "Statement": [{ "Effect": "Allow", "Action": "*" }] });
        assert_eq!(permissions_fault(&policy), Some("Policy statement must contain resources."));
        policy["Statement"][0]["Resource"] = json!("*");
        assert_eq!(permissions_fault(&policy), None);
    }
}
