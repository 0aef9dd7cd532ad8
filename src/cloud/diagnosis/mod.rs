//! Why a role is refused: whose side it is, and what mends it.
//!
//! AWS answers most of what can be wrong with the same `AccessDenied`. Here both sides are read, as
//! far as the credentials at hand may: what the caller's own policies come to, and what the role's
//! trust policy says. What is read is plain data ([`case`]); what it comes to is decided apart from
//! reading ([`verdict`]). Nothing is changed, nothing is tried with other rights than those given,
//! and nothing is waited for long.

mod caller;
mod case;
mod checkup;
mod condition;
mod held;
mod iam;
mod narrowing;
mod needs;
mod own_guards;
mod own_side;
mod own_verdict;
mod pattern;
mod policy;
mod role_side;
mod said;
mod simulation;
mod trust;
mod trust_guards;
mod trust_verdict;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;

pub use self::checkup::Checkup;

use self::caller::{Asked, Caller, CallerKind};
use self::case::{Case, OwnSide, RoleSide};
use self::iam::{Iam, asked};
use self::said::Said;
use super::connection::Cloud;
use super::enter::role_chain::{Foothold, Turned};
use super::enter::source::Source;
use super::wire::rate_limited::Paced;
use crate::clock::Clock;
use crate::event::Finding;
use crate::plan::{RoleEntry, TargetAccount};

/// How many refused accounts of a run are looked into: those that follow most often share a cause.
const MOST_LOOKED_INTO: usize = 10;
/// How often IAM is asked a second. It bears few calls.
const CALLS_PER_SECOND: f64 = 5.0;
/// How long each side of a refused role is looked into.
const WITHIN: Duration = Duration::from_secs(20);

/// How far it is looked into why accounts cannot be entered. Clones share what is left of it.
#[derive(Clone, Debug)]
pub(super) struct Diagnosis {
    left: Arc<AtomicUsize>,
    read_with: Option<String>,
    shows_external_ids: bool,
    pace: Paced,
}

impl Diagnosis {
    /// Returns what a run may look into: a few refusals, with the credentials that were refused,
    /// and without a word of external ids, as a run is kept and shown to others.
    pub fn of_a_run(clock: Clock) -> Self {
        Self {
            left: Arc::new(AtomicUsize::new(MOST_LOOKED_INTO)),
            read_with: None,
            shows_external_ids: false,
            pace: Paced::new(CALLS_PER_SECOND, clock),
        }
    }

    fn begin(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl Cloud {
    /// Returns the same cloud for a doctor: every refusal is looked into, roles in other accounts
    /// are read through the role of this name there, if one is given, and external ids are shown.
    pub fn for_doctor(self, read_with: Option<String>) -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let diagnosis = self.diagnosis().clone();
        self.with_diagnosis(Diagnosis { left, read_with, shows_external_ids: true, ..diagnosis })
    }

    /// Returns why a role was refused, as far as can be told; nothing if the run has looked into
    /// enough of them already.
    pub(super) async fn diagnose(
        &self,
        target: &TargetAccount,
        entry: &RoleEntry,
        source: &Source,
        turned: &Turned<'_>,
    ) -> Vec<Finding> {
        let diagnosis = self.diagnosis();
        if !diagnosis.begin() {
            return Vec::new();
        }
        let Turned { role, from, error } = turned;
        let is_on_the_way = **role != entry.role;
        let code = error.code.as_deref().unwrap_or_default();
        let mut case = Case {
            target: target.name.clone(),
            caller: Caller::of(&from.caller, &from.account),
            asked: asked_of(entry, role, is_on_the_way, from),
            is_on_the_way,
            said: Said::of(code, &error.text),
            words: error.text.clone(),
            own: OwnSide::Unread("it was not asked".to_owned()),
            role: RoleSide::Unread("it was not asked".to_owned()),
            shows_external_ids: diagnosis.shows_external_ids,
        };
        match case.said {
            Said::Denied(..) => self.read_both(&mut case, from, source).await,
            Said::LongerThanRole => case.role = self.read_role(&case, from, source).await,
            Said::LongerThanChain
            | Said::RootCaller
            | Said::SessionRefused
            | Said::RegionDisabled
            | Said::Other => {}
        }
        verdict::verdict(&case)
    }

    async fn read_both(&self, case: &mut Case, from: &Foothold, source: &Source) {
        let own = Iam::of(self, &from.settings, self.diagnosis().pace.clone());
        complete(&mut case.caller, from, &own).await;
        let read = own_side::read(&own, &case.caller, &case.asked);
        let (own, role) =
            tokio::join!(tokio::time::timeout(WITHIN, read), self.read_role(case, from, source));
        case.own =
            own.unwrap_or_else(|_| OwnSide::Unread("IAM does not answer in time".to_owned()));
        case.role = role;
    }

    async fn read_role(&self, case: &Case, from: &Foothold, source: &Source) -> RoleSide {
        let diagnosis = self.diagnosis();
        let read = async {
            let reader = if case.is_one_account() {
                (*from.settings).clone()
            } else {
                let Some(role) = &diagnosis.read_with else {
                    let way = "`xdeploy doctor --read-with ROLE` reads it";
                    return RoleSide::Unread(format!("it is in another account: {way}"));
                };
                match role_side::reader(self, source, &case.asked.role, role).await {
                    Ok(settings) => settings,
                    Err(why) => return RoleSide::Unread(why),
                }
            };
            let iam = Iam::of(self, &reader, diagnosis.pace.clone());
            role_side::read(&iam, &case.asked.role).await
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
    from: &Foothold,
) -> Asked {
    let mut asked = Asked {
        role: role.clone(),
        external_id: None,
        session_name: entry.session_name.to_string(),
        tags: Default::default(),
        // Whoever was named at the first role is named in every further one as well.
        source_identity: entry.source_identity.clone(),
        region: from.settings.region().map(ToString::to_string),
    };
    if !is_on_the_way {
        asked.external_id.clone_from(&entry.external_id);
        asked.tags.clone_from(&entry.session_tags);
    }
    asked
}

/// Adds what a caller's ARN does not tell: the path of a session's role, and its second factor.
async fn complete(caller: &mut Caller, from: &Foothold, iam: &Iam) {
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
        let read = asked!(iam, "iam:GetRole", iam.client.get_role().role_name(name));
        if let Ok(reply) = read
            && let Some(role) = reply.role
        {
            caller.principal = role.arn;
            caller.is_path_known = true;
        }
    }
}
