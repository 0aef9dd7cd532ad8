//! A log that GitHub Actions folds and annotates.
//!
//! Source: the GitHub documentation, "Workflow commands for GitHub Actions"; the runner reads
//! commands from stderr as well as from stdout. AWS CodeBuild's logs know nothing of the kind.

use crate::event::{EventKind, RunEvent};
use crate::foreign;
use crate::report::clusters::Cluster;
use crate::report::fold::state::RunState;
use crate::report::messages::failures;
use crate::report::text::prose;

/// GitHub shows no more annotations of a step than these.
///
/// Source: the GitHub documentation, "Annotations": ten errors and ten warnings a step.
const ANNOTATIONS: usize = 10;

/// Folds the lines of a run into groups: one for each wave if there are several, else one for all.
///
/// The first line, the last one and the failures stand outside of them.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    is_open: bool,
}

impl Groups {
    /// Returns the lines of an event that `state` has taken in, with what opens and closes groups.
    pub fn around(&mut self, event: &RunEvent, state: &RunState, lines: &[String]) -> Vec<String> {
        let lines = lines.to_vec();
        match &event.kind {
            EventKind::RunStarted { .. } if !is_by_wave(state) => {
                self.is_open = true;
                [lines, vec!["::group::Progress".to_owned()]].concat()
            }
            // Only the first stack instance of a wave has a line when it starts.
            EventKind::InstanceStarted { .. } if is_by_wave(state) && !lines.is_empty() => {
                let closed = self.close();
                self.is_open = true;
                let groups = lines.iter().map(|line| {
                    // GitHub shows the time of each line itself.
                    let title = line.trim_start().split_once("  ").map_or("", |(_, title)| title);
                    format!("::group::{}", data(title))
                });
                closed.into_iter().chain(groups).collect()
            }
            EventKind::RunFinished { .. } => {
                [self.close(), annotations(&state.failures.ranked(), state), lines].concat()
            }
            _ => lines,
        }
    }

    fn close(&mut self) -> Vec<String> {
        if std::mem::take(&mut self.is_open) { vec!["::endgroup::".to_owned()] } else { Vec::new() }
    }
}

/// Whether one wave follows the other, and so can be a group each.
fn is_by_wave(state: &RunState) -> bool {
    let has_waves = state.instances.iter().any(|instance| instance.announced.wave.is_some());
    has_waves && !state.has_several_environments()
}

/// Returns an annotation for each cause, those of most accounts first.
fn annotations(clusters: &[&Cluster], state: &RunState) -> Vec<String> {
    let several = state.has_several_environments();
    let annotation = |cluster: &&Cluster| {
        let names = failures::shown(&cluster.names(several)).join(", ");
        let mut message = vec![match cluster.accounts {
            1 => names,
            accounts => format!("{}: {names}", prose::counted(accounts, "account")),
        }];
        message.extend((!cluster.is_whole).then(|| cluster.example()));
        message.extend(cluster.help.as_ref().map(|help| format!("help: {help}")));
        format!("::error title={}::{}", property(&cluster.cause()), data(&message.join("\n")))
    };
    clusters.iter().take(ANNOTATIONS).map(annotation).collect()
}

/// Returns text as the message of a command.
fn data(text: &str) -> String {
    foreign::screen(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Returns text as the value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
