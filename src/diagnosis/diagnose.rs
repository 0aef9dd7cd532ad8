//! Diagnoses a refused role: reads the caller's side and the role's, then asks for a verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::provider::ProvideCredentials;

use super::caller::{Caller, CallerKind, RefusedRequest};
use super::evidence::{CallerSide, Evidence, RoleSide};
use super::limits::{IAM_CALLS_PER_SECOND, WITHIN};
use super::{caller_side, role_side, verdict};
use crate::cloud::StsRefusal;
use crate::cloud::{CallRateLimiter, ChainLink, Cloud, Iam, RefusedRole, SourceSession};
use crate::event::Finding;
use crate::plan::{RoleEntry, TargetAccount};

/// How many refused accounts of a run are looked into: those that follow most often share a cause.
const MOST_LOOKED_INTO: usize = 10;

/// How far it is looked into why roles are refused. Clones share what is left of it.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    cloud: Cloud,
    left: Arc<AtomicUsize>,
    read_with: Option<String>,
    shows_external_ids: bool,
    limiter: CallRateLimiter,
}

impl Diagnosis {
    /// Returns what a run may look into: a few refusals, with the credentials that were refused,
    /// and without a word of external ids, as a run is kept and shown to others.
    pub fn of_a_run(cloud: Cloud) -> Self {
        let limiter = CallRateLimiter::new(IAM_CALLS_PER_SECOND, cloud.clock());
        let left = Arc::new(AtomicUsize::new(MOST_LOOKED_INTO));
        Self { cloud, left, read_with: None, shows_external_ids: false, limiter }
    }

    /// Returns what a doctor looks into: every refusal, roles in other accounts through the role of
    /// this name there, if one is given, and external ids are shown.
    pub fn for_doctor(cloud: Cloud, read_with: Option<String>) -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        Self { left, read_with, shows_external_ids: true, ..Self::of_a_run(cloud) }
    }

    fn begin(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Returns why a role was refused, as far as can be told; nothing if the run has looked into
    /// enough of them already.
    pub async fn diagnose(
        &self,
        target: &TargetAccount,
        entry: &RoleEntry,
        source: &SourceSession,
        refused: &RefusedRole,
    ) -> Vec<Finding> {
        if !self.begin() {
            return Vec::new();
        }
        let RefusedRole { role, from, error } = refused;
        let is_on_the_way = *role != entry.role;
        let mut evidence = Evidence {
            target: target.name.clone(),
            caller: Caller::of(&from.caller, &from.account),
            asked: asked_of(entry, role, is_on_the_way, from),
            is_on_the_way,
            refusal: refused.refusal(),
            words: error.text.clone(),
            own: CallerSide::Unread("it was not asked".to_owned()),
            role: RoleSide::Unread("it was not asked".to_owned()),
            shows_external_ids: self.shows_external_ids,
        };
        match evidence.refusal {
            StsRefusal::Denied(..) => self.read_both(&mut evidence, from, source).await,
            StsRefusal::LongerThanRole => {
                evidence.role = self.read_role(&evidence, from, source).await;
            }
            StsRefusal::LongerThanChain
            | StsRefusal::RootCaller
            | StsRefusal::SessionRefused
            | StsRefusal::RegionDisabled
            | StsRefusal::Other => {}
        }
        verdict::verdict(&evidence)
    }

    async fn read_both(&self, evidence: &mut Evidence, from: &ChainLink, source: &SourceSession) {
        let own = self.cloud.iam(&from.settings, self.limiter.clone());
        complete(&mut evidence.caller, from, &own).await;
        let read = caller_side::read(&own, &evidence.caller, &evidence.asked);
        let (own, role) = tokio::join!(
            tokio::time::timeout(WITHIN, read),
            self.read_role(evidence, from, source)
        );
        evidence.own =
            own.unwrap_or_else(|_| CallerSide::Unread("IAM does not answer in time".to_owned()));
        evidence.role = role;
    }

    async fn read_role(
        &self,
        evidence: &Evidence,
        from: &ChainLink,
        source: &SourceSession,
    ) -> RoleSide {
        let read = async {
            let reader = if evidence.is_one_account() {
                (*from.settings).clone()
            } else {
                let Some(role) = &self.read_with else {
                    let way = "`xdeploy doctor --read-with ROLE` reads it";
                    return RoleSide::Unread(format!("it is in another account: {way}"));
                };
                match role_side::reader(&self.cloud, source, &evidence.asked.role, role).await {
                    Ok(settings) => settings,
                    Err(why) => return RoleSide::Unread(why),
                }
            };
            let iam = self.cloud.iam(&reader, self.limiter.clone());
            role_side::read(&iam, &evidence.asked.role).await
        };
        let read = tokio::time::timeout(WITHIN, read).await;
        read.unwrap_or_else(|_| RoleSide::Unread("IAM does not answer in time".to_owned()))
    }
}

/// Returns what is asked of a role.
fn asked_of(
    entry: &RoleEntry,
    role: &crate::name::RoleArn,
    is_on_the_way: bool,
    from: &ChainLink,
) -> RefusedRequest {
    let mut asked = RefusedRequest {
        role: role.clone(),
        external_id: None,
        session_name: entry.session_name.to_string(),
        tags: Default::default(),
        // Whoever was named at the first role is named in every further one as well.
        source_identity: entry.source_identity.clone(),
        region: from.settings.region().map(ToString::to_string),
    };
    if !is_on_the_way {
        asked.external_id = entry.external_id.as_ref().map(|id| id.as_str().to_owned());
        asked.tags.clone_from(&entry.session_tags);
    }
    asked
}

/// Adds what a caller's ARN does not tell: the path of a session's role, and its second factor.
async fn complete(caller: &mut Caller, from: &ChainLink, iam: &Iam) {
    caller.has_second_factor = from.has_second_factor;
    if caller.has_second_factor.is_none() && matches!(caller.kind, CallerKind::User(_)) {
        let provider = from.settings.credentials_provider();
        if let Some(provider) = provider
            && let Ok(keys) = provider.provide_credentials().await
        {
            // Long-term keys prove none; a session of a user may.
            caller.has_second_factor = keys.session_token().is_none().then_some(false);
        }
    }
    if let Some(role) = &from.role {
        caller.principal = role.to_string();
        caller.is_path_known = true;
    } else if let CallerKind::Role(name) = &caller.kind {
        let read = iam.ask("iam:GetRole", || iam.client.get_role().role_name(name).send()).await;
        if let Ok(reply) = read
            && let Some(role) = reply.role
        {
            caller.principal = role.arn;
            caller.is_path_known = true;
        }
    }
}
