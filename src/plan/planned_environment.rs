//! Environments as a plan has them: whose credentials start, where, and what bounds each wave.

use std::path::PathBuf;

use super::composer::Composer;
use super::evaluate::{EnvVariables, EvaluationScope};
use super::fault_book::FaultBook;
use super::kept_types::doubt_kept_types;
use super::model::PlannedEnvironment;
use super::notice_target::NoticeTarget;
use super::notify::notice_targets;
use super::organization_role::organization_role;
use super::placements::Placements;
use super::session_settings;
use super::state_place::state_place;
use super::wave;
use crate::document::{Fault, Faults};
use crate::environment::{Environment, Text};
use crate::file;
use crate::name::Region;

/// The Region of an environment whose file names none before its accounts are known.
const ELSE_REGION: &str = "us-east-1";

impl PlannedEnvironment {
    /// Returns the files that it was read from, each with its digest.
    pub fn files(&self) -> impl Iterator<Item = (&PathBuf, &String)> {
        let beneath = self.beneath.iter().map(|(path, digest)| (path, digest));
        [(&self.path, &self.digest)].into_iter().chain(beneath)
    }

    /// Reads anew where its notices are posted to, as no state keeps what is secret of that. What is not there any more is told
    /// when one is to be sent.
    pub fn read_webhooks_anew(&mut self, variables: &EnvVariables<'_>) {
        for target in &mut self.notify {
            if let NoticeTarget::Webhook(address) = target {
                let _ = address.read_anew(variables);
            }
        }
    }

    /// Whether it was read from the same texts as another, wherever they stand.
    pub fn has_files_of(&self, other: &Self) -> bool {
        let digests =
            |one: &'_ Self| one.files().map(|(_, digest)| digest.clone()).collect::<Vec<_>>();
        self.name == other.name && digests(self) == digests(other)
    }
}

/// Returns an environment by itself, and what else `read` reads of it, given its home Region: before its accounts are
/// known, or where they do not matter.
///
/// # Errors
/// What is wrong with the keys of `source` and with what is read.
pub(super) fn planned_alone<T>(
    environment: &Environment,
    variables: &EnvVariables<'_>,
    read: impl for<'e> FnOnce(&mut Composer<'e, '_>, &'e Region) -> T,
) -> Result<(PlannedEnvironment, T), Faults> {
    let environments = std::slice::from_ref(environment);
    // What is wrong with stacks is told by whoever needs them.
    let placements = Placements::of(environments, &mut FaultBook::default());
    let else_region: Region = ELSE_REGION.parse().expect("it is a Region");
    let home = placements.home_region(0).unwrap_or(&else_region);
    let mut composer = Composer::new(&placements, variables, FaultBook::default());
    let planned = planned_environment(&mut composer, 0, home);
    let read = read(&mut composer, home);
    match composer.faults.has_no_errors() {
        true => Ok((planned, read)),
        false => Err(composer.faults.into_faults()),
    }
}

/// Returns every environment that sends stacks somewhere; the others are at fault.
pub(super) fn planned_environments(composer: &mut Composer<'_, '_>) -> Vec<PlannedEnvironment> {
    let placements = composer.evaluator.placements;
    let mut planned = Vec::with_capacity(placements.environments.len());
    for (position, environment) in placements.environments.iter().enumerate() {
        match placements.home_region(position) {
            Some(home) => {
                let notify = notice_targets(composer, position, home);
                let alone = planned_environment(composer, position, home);
                planned.push(PlannedEnvironment { notify, ..alone });
                organization_role(composer, position, home);
                doubt_kept_types(composer, position);
                state_place(composer, position, home);
            }
            None => {
                let message =
                    format!("the environment `{}` sends no stack anywhere", environment.name.value);
                composer.faults.enter(Fault::at(&environment.name.place, message));
            }
        }
    }
    planned
}

/// Returns an environment, given as a position, whose source credentials are asked for in a Region.
pub(super) fn planned_environment<'e>(
    composer: &mut Composer<'e, '_>,
    position: usize,
    home_region: &'e Region,
) -> PlannedEnvironment {
    let environment = &composer.evaluator.placements.environments[position];
    let scope = EvaluationScope { environment: position, target: None, region: Some(home_region) };
    let source = &environment.source;
    let mut own = |text: &Option<Text>| {
        let read = text.as_ref().map(|text| composer.evaluator.text(text, scope)).transpose();
        read.unwrap_or_else(|fault| {
            composer.faults.enter(fault);
            None
        })
    };
    let (source_profile, mfa_serial) = (own(&source.profile), own(&source.mfa_serial));
    if let (Some(serial), Some(text)) = (&mfa_serial, &source.mfa_serial)
        && let Some(fault) = session_settings::no_mfa_serial(serial, &text.place)
    {
        composer.faults.enter(fault);
    }
    let beneath = environment.beneath.iter();
    PlannedEnvironment {
        name: environment.name.value.clone(),
        path: environment.file.path.clone(),
        digest: file::digest(&environment.file.text),
        beneath: beneath.map(|file| (file.path.clone(), file::digest(&file.text))).collect(),
        source_account: environment.source.account.as_ref().map(|id| id.value.clone()),
        source_profile,
        mfa_serial,
        home_region: home_region.clone(),
        waves: wave::count(environment),
        approvals: wave::approvals(environment),
        wave_limits: environment.rollout.wave_limits,
        keep: environment.guards.keep.iter().map(|kept| kept.value.clone()).collect(),
        notify: Vec::new(),
    }
}
