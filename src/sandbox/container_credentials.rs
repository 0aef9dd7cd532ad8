//! The credentials that a container gets: the session of an AWS service in one of its roles.
//!
//! CodeBuild and ECS give what they run an address, `AWS_CONTAINER_CREDENTIALS_FULL_URI`, at which
//! the keys of its role are read. Here the address names the service and the role:
//! `/_sandbox/credentials/codebuild.amazonaws.com/arn:aws:iam::…:role/…`. Source: the SDKs and tools
//! reference, "Container credential provider".

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::caller::AssumedRole;
use super::cloudformation;
use super::iam::admits_service;
use super::sts::{secret_key, session_key};
use super::wire::{Refusal, form};
use super::world::{Settings, Store};
use crate::name::RoleArn;

/// What every such address begins with.
const ADDRESS: &str = "/_sandbox/credentials/";

/// How long the keys are good for.
const LASTS: Duration = Duration::from_secs(3600);

/// A request for the keys of a service's role.
pub struct ContainerRequest {
    service: String,
    role: String,
}

impl ContainerRequest {
    /// Returns what a request asks for, if it is one for keys.
    pub fn of(request: &Request<Bytes>) -> Option<Self> {
        let path = request.uri().path().strip_prefix(ADDRESS)?;
        let path = form::decode(path, false);
        let (service, role) = path.split_once('/').unwrap_or((&path, ""));
        let is_read = request.method() == Method::GET;
        is_read.then(|| Self { service: service.to_owned(), role: role.to_owned() })
    }

    /// Returns the keys of a session of the service in its role.
    ///
    /// # Errors
    /// If there is no such role, or its trust policy does not name the service.
    pub fn keys(
        &self,
        store: &mut Store,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<Json, Refusal> {
        let Self { service, role } = self;
        let arn: RoleArn = role.parse().map_err(|error| Refusal::validation(format!("{error}")))?;
        let account = arn.account();
        cloudformation::bring_up_to_date(store, &account, now, settings)?;
        let until = now.checked_sub(settings.iam_propagation).unwrap_or(Timestamp::MIN);
        let standing = store.account(&account).roles.get(arn.role_name());
        let trusting =
            standing.filter(|standing| standing.arn == arn.as_str()).filter(|standing| {
                standing.trust.counting(until).is_some_and(|trust| admits_service(trust, service))
            });
        let trusting = trusting.ok_or_else(|| {
            let message = format!("{service} may not assume {arn}, or there is no such role");
            Refusal::forbidden("AccessDenied", message)
        })?;
        let session = AssumedRole {
            key: session_key(&account),
            account,
            role_arn: trusting.arn.clone(),
            role_id: trusting.id.clone(),
            name: service.split('.').next().unwrap_or_default().to_owned(),
            expires: now + LASTS,
            policy: None,
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive: BTreeSet::new(),
            source_identity: None,
        };
        Ok(json!({
            "RoleArn": session.role_arn,
            "AccessKeyId": session.key,
            "SecretAccessKey": secret_key(),
            "Token": session.token(),
            "Expiration": format!("{:.0}", session.expires),
        }))
    }
}

/// Returns the answer to a request for keys, as the SDKs read it.
pub fn respond(keys: Result<Json, Refusal>) -> Response<Bytes> {
    let (status, body) = match keys {
        Ok(keys) => (200, keys),
        Err(refusal) => {
            (refusal.status, json!({ "Code": refusal.code, "Message": refusal.message }))
        }
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .expect("a status of ours and plain headers make a response")
}
