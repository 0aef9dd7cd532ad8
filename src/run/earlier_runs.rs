//! What earlier runs kept, for those that come after.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::engine::{DeployedStacks, DeployingRun, PriorStacks};
use crate::event::EventKind;
use crate::journal::{self, RunFolder, SentTextNotes, Templates};
use crate::name::{EnvironmentName, RunId};
use crate::plan::{Plan, StackInstance};

/// How many earlier runs of each environment are read for what they left.
const MOST_READ: usize = 3;
/// How many are looked at for being of an environment, and how many until the first that is.
const MOST_LOOKED_AT: usize = 20;
const MOST_LOOKED_AT_FOR_ONE: usize = 200;

/// Keeps the templates of a plan, so that a later run can go back to them.
///
/// # Errors
/// If one cannot be written.
pub(super) fn keep_templates(folder: &RunFolder, plan: &Plan) -> io::Result<()> {
    let templates = Templates::of(folder);
    let instances = plan.instances.iter().filter(|instance| instance.removed().is_none());
    let own = instances.map(|instance| {
        (instance.template().digest.as_str(), instance.template().file.text.as_str())
    });
    let desired = plan.instances.iter().filter_map(StackInstance::desired);
    let nested = desired.flat_map(|desired| desired.uploads.iter());
    let nested = nested.filter_map(|upload| Some((upload.digest(), upload.template_text()?)));
    let by_digest: BTreeMap<&str, &str> = own.chain(nested).collect();
    by_digest.into_iter().try_for_each(|(digest, text)| templates.keep(digest, text))
}

/// Returns what stood before a run changed it, as far as it is kept.
///
/// # Errors
/// If what is kept cannot be read.
pub(super) fn prior_stacks(folder: &RunFolder, run: &RunId) -> io::Result<PriorStacks> {
    let templates = Templates::of(folder);
    let known = journal::read_prior_stacks(folder, run)?;
    Ok(PriorStacks::new(known, move |digest| templates.read(digest)))
}

/// Checks that the templates that a run's changes go back to are what they were; one that is not kept any
/// more is told where it is needed.
///
/// # Errors
/// With the first that was cut or changed, or cannot be read.
pub fn check_templates(folder: &RunFolder, run: &RunId) -> io::Result<()> {
    let templates = Templates::of(folder);
    let prior_stacks = journal::read_prior_stacks(folder, run)?;
    let digests: BTreeSet<String> =
        prior_stacks.into_values().filter_map(|before| before.template).collect();
    for digest in digests {
        match templates.read(&digest) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Returns what the last runs of a plan's environments left where. What cannot be read is not known, and
/// asked of the cloud.
pub fn deployed_stacks(folder: &RunFolder, plan: &Plan) -> DeployedStacks {
    let runs = folder.runs().unwrap_or_default();
    let names: Vec<&EnvironmentName> = plan.environments.iter().map(|it| &it.name).collect();
    let mut latest = latest(&runs, &names, |run| environments(&folder.journal(run)));
    latest.reverse();
    let mut standing = DeployedStacks::default();
    for run in latest {
        let prior_stacks = journal::read_prior_stacks(folder, run).unwrap_or_default();
        let SentTextNotes { sent, standing: known } =
            journal::read_sent_texts(folder, run).unwrap_or_default();
        standing.next_run(DeployingRun::new(prior_stacks, sent), known);
        let read = journal::read(&folder.journal(run), |event| standing.on(&event));
        if let Err(error) = read {
            tracing::warn!(%run, %error, "an earlier run cannot be read");
        }
    }
    standing
}

/// Returns the last runs of each of these environments, newest first as all of them; `covered` says which a
/// run covers.
fn latest<'r>(
    runs: &'r [RunId],
    names: &[&EnvironmentName],
    covered: impl Fn(&RunId) -> Vec<EnvironmentName>,
) -> Vec<&'r RunId> {
    let mut counts: BTreeMap<&EnvironmentName, usize> =
        names.iter().map(|&name| (name, 0)).collect();
    let mut latest = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let is_wanted = |count: usize| {
            let most = if count == 0 { MOST_LOOKED_AT_FOR_ONE } else { MOST_LOOKED_AT };
            number < most && count < MOST_READ
        };
        if !counts.values().any(|&count| is_wanted(count)) {
            break;
        }
        let covered = covered(run);
        let of_plan = || counts.iter().filter(|(name, _)| covered.contains(name));
        if of_plan().any(|(_, &count)| is_wanted(count)) {
            latest.push(run);
            let of_plan: Vec<&EnvironmentName> = of_plan().map(|(name, _)| *name).collect();
            for name in of_plan {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    latest
}

/// Returns the environments that the run of a journal covers; none if that cannot be read.
pub fn environments(journal: &Path) -> Vec<EnvironmentName> {
    match journal::first_event(journal).map(|event| event.kind) {
        Some(EventKind::RunStarted { environments, .. }) => environments,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Returns the positions of the runs that are read of these, newest first, for `a` and `b`.
    fn read(covered: &[&[&str]]) -> Vec<usize> {
        let runs: Vec<RunId> =
            (0..covered.len() as u32).map(|n| RunId::new(Timestamp::UNIX_EPOCH, n)).collect();
        let name = |text: &str| -> EnvironmentName { text.parse().expect("a name") };
        let (a, b) = (name("a"), name("b"));
        let position = |run: &RunId| runs.iter().position(|it| it == run).expect("one of them");
        let latest = latest(&runs, &[&a, &b], |run| {
            covered[position(run)].iter().map(|text| name(text)).collect()
        });
        latest.into_iter().map(position).collect()
    }

    #[test]
    fn the_last_runs_of_each_environment_are_read_however_often_the_others_ran() {
        assert_eq!(read(&[&["a"], &["a"], &["a"], &["a"], &["b"]]), [0, 1, 2, 4]);
        assert_eq!(
            read(&[&["a", "b"], &["c"], &["a", "b"], &["b", "a"], &["a"], &["b"]]),
            [0, 2, 3]
        );
    }

    #[test]
    fn an_environment_that_ran_long_ago_is_looked_for_further_than_one_that_was_found() {
        let mut covered: Vec<&[&str]> = vec![&["a"]];
        covered.extend([&["c"][..]; 30]);
        covered.extend([&["a"][..], &["b"][..], &["b"][..]]);
        assert_eq!(read(&covered), [0, 32], "of `a` and `b`, one was found and is enough");
    }
}
