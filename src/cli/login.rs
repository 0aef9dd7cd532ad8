//! Logins are looked for before anything is asked or begun; those that are missing are told once each.

use std::sync::Arc;

use super::error::CommandError;
use super::print;
use super::run_output::RunOutput;
use crate::cloud::Cloud;
use crate::engine::{self, Run};
use crate::event;
use crate::plan::Plan;
use crate::report::{self, Reporters, RunState, counted, wrapped};
use crate::sessions::{MissingLogin, Sessions};

/// How wide the names of accounts are told.
const WIDTH: usize = 78;
/// How many accounts are named.
const MOST_NAMES: usize = 8;

/// Finds every login that a plan needs, for the sessions of its run. `run` is the run as it stands,
/// and `state` what is known of it, for the report of one that is not begun.
///
/// # Errors
/// With the exit code, after every login that is missing was told and the report was written.
pub async fn log_in(
    output: &RunOutput<'_>,
    plan: &Arc<Plan>,
    cloud: &Cloud,
    run: Run,
    state: RunState,
) -> Result<Arc<Sessions>, CommandError> {
    cloud.bear_outages(|error| {
        print::note_line(&format!(
            "AWS is not reached now: {error}; it is asked again for a minute and a half"
        ));
    });
    let sessions = Arc::new(Sessions::new(cloud.clone(), plan.clone()));
    let Err(missing) = sessions.log_in().await else { return Ok(sessions) };
    missing.iter().for_each(|one| tell(plan, one));
    let clock = run.clock;
    let (events, incoming) = event::channel();
    let turned_away = engine::turn_away(plan, run, &missing, cloud, events);
    let following = report::drive_from(state, incoming, Reporters::none(), &clock);
    let ((), state) = tokio::join!(turned_away, following);
    Err(CommandError::reported(output.finish_told(&state)))
}

/// Says why a login is missing, what to do, and which accounts need it.
fn tell(plan: &Plan, MissingLogin { failure, accounts }: &MissingLogin) {
    print::refusal(failure);
    let named: Vec<String> = accounts
        .iter()
        .take(MOST_NAMES)
        .map(|&at| {
            let account = &plan.accounts[at];
            format!("{}/{}", plan.environments[account.environment].name, account.name)
        })
        .collect();
    let more = match accounts.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let needed = counted(accounts.len(), "account");
    let text = format!("needed for {needed} ({}{more}): nothing was touched", named.join(", "));
    wrapped(&text, WIDTH).iter().for_each(|line| print::trouble(&format!("  {line}")));
}
