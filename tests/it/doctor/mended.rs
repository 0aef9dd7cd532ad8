//! Remedies, carried out as a program would: from their JSON and nothing else.

use aws_sdk_iam::Client;
use serde_json::{Value as Json, json};

use super::clinic::{Clinic, policy};

/// The stack that holds the policy that bounds ann, where there is one.
pub const BOUNDARY: &str = "boundary";

/// Carries out a remedy.
pub async fn carry_out(clinic: &Clinic, remedy: &Json) {
    let text = |key: &str| remedy[key].as_str().unwrap_or_default();
    let name = |key: &str| text(key).rsplit('/').next().unwrap_or_default().to_owned();
    let iam = clinic.iam(text("account"));
    let statement = &remedy["statement"];
    match text("kind") {
        "trust-statement" => {
            change_trust(&iam, &name("role"), |all| all.push(statement.clone())).await;
        }
        "remove-trust-statement" => {
            change_trust(&iam, &name("role"), |all| all.retain(|one| one != statement)).await;
        }
        "create-role" => {
            let trust = &remedy["trust_policy"]["Statement"];
            clinic.role(text("account"), &name("role"), trust).await;
        }
        "identity-statement" if text("principal").contains(":role/") => {
            let put = iam.put_role_policy().role_name(name("principal")).policy_name("mended");
            put.policy_document(policy(statement)).send().await.expect("stored");
        }
        "identity-statement" => {
            let put = iam.put_user_policy().user_name(name("principal")).policy_name("mended");
            put.policy_document(policy(statement)).send().await.expect("stored");
        }
        "remove-identity-statement" => {
            let (user, own) = (name("principal"), text("policy"));
            let get = iam.get_user_policy().user_name(&user).policy_name(own);
            let mut statements = read(&get.send().await.expect("read").policy_document);
            statements.retain(|one| one != statement);
            let put = iam.put_user_policy().user_name(&user).policy_name(own);
            put.policy_document(policy(&json!(statements))).send().await.expect("stored");
        }
        "boundary-statement" => widen_boundary(clinic, text("account"), statement).await,
        "environment-file" => {
            let mut environment = clinic.environment();
            let path = remedy["path"].as_array().expect("a path");
            set(&mut environment, path, remedy.get("value"));
            clinic.write(&environment);
        }
        other => panic!("no program carries out `{other}`: {remedy}"),
    }
}

async fn change_trust(iam: &Client, role: &str, change: impl FnOnce(&mut Vec<Json>)) {
    let reply = iam.get_role().role_name(role).send().await.expect("the role stands");
    let trust = reply.role.and_then(|role| role.assume_role_policy_document).expect("a policy");
    let mut statements = read(&trust);
    change(&mut statements);
    let update = iam.update_assume_role_policy().role_name(role);
    update.policy_document(policy(&json!(statements))).send().await.expect("stored");
}

async fn widen_boundary(clinic: &Clinic, account: &str, statement: &Json) {
    let template = boundary_of(&json!([{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" },
                                       statement]));
    let root = clinic.root(account);
    let update = root.cloudformation().update_stack().stack_name(BOUNDARY).template_body(template);
    update.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.expect("accepted");
    root.settled(BOUNDARY).await.expect("it stands");
}

/// Returns a template of the policy `boundary`.
pub fn boundary_of(statements: &Json) -> String {
    let document: Json = serde_json::from_str(&policy(statements)).expect("JSON");
    json!({ "Resources": { "Policy": { "Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "ManagedPolicyName": "boundary", "PolicyDocument": document,
    } } } })
    .to_string()
}

/// Returns the statements of a policy that IAM shows.
fn read(encoded: &str) -> Vec<Json> {
    let bytes: Vec<u8> = {
        let mut pieces = encoded.split('%');
        let first = pieces.next().unwrap_or_default().as_bytes().to_vec();
        pieces.fold(first, |mut bytes, piece| {
            bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two digits"));
            bytes.extend_from_slice(&piece.as_bytes()[2..]);
            bytes
        })
    };
    let document: Json = serde_json::from_slice(&bytes).expect("a policy is JSON");
    match &document["Statement"] {
        Json::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    }
}

/// Sets a key; an account in short form becomes a long one.
fn set(at: &mut Json, path: &[Json], value: Option<&Json>) {
    let (key, rest) = path.split_first().expect("a path has a key");
    let key = key.as_str().expect("a key is text");
    if at.is_string() {
        *at = json!({ "id": at });
    }
    if at.is_null() {
        *at = json!({});
    }
    let map = at.as_object_mut().expect("a map");
    match value {
        _ if !rest.is_empty() => set(map.entry(key).or_insert(Json::Null), rest, value),
        Some(value) => drop(map.insert(key.to_owned(), value.clone())),
        None => drop(map.remove(key)),
    }
}
