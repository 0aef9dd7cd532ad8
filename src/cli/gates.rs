//! The question about waves that are to be approved, once a run has ended before them: at a terminal, and then it goes on.

use std::io::{BufRead, Write};

use tokio::task::JoinHandle;

use super::apply::CancelArgs;
use super::approval::{Asked, Ended, Waiting, can_ask};
use super::arguments::Global;
use super::caught_signals::Signals;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::resume::{ResumeArgs, resume};
use super::state_args::OfArgs;
use crate::event::Gate;
use crate::foreign;
use crate::report::{Report, approve_command, asked_at_gate};

/// Asks the person at the terminal about the waves that a run waits for, and goes on with it, as often as it waits.
///
/// # Errors
/// When it was refused before it went on.
pub async fn asked(
    ended: Result<Ended, CommandError>,
    global: &Global,
) -> Result<Exit, CommandError> {
    let mut ended = ended?;
    loop {
        let Ended { exit, waiting } = ended;
        let Some(waiting) = waiting.filter(|waiting| can_ask(&waiting.run_args)) else {
            return Ok(exit);
        };
        // Nobody is kept waiting by a question.
        waiting.cloud.state.settle().await;
        let named_state = waiting.cloud.state.named();
        let approve = approve_command(&waiting.run, named_state.as_ref());
        let left = format!("not approved: what ran stays; `{approve}` lets the rest begin");
        let Some(gates) = answer(&waiting.report, &left) else {
            print::note_line(&left);
            return Ok(exit);
        };
        ended = resume(&resumed(waiting, gates), global).await?;
    }
}

fn resumed(waiting: Waiting, gates: Vec<Gate>) -> ResumeArgs {
    let Waiting { run, report: _, cloud, run_args, cancel_updates } = waiting;
    ResumeArgs {
        run: run.to_string(),
        cloud,
        of: OfArgs { of: None },
        yes: false,
        approve: false,
        gates: Asked::These(gates),
        run_args,
        cancelling: CancelArgs { cancel_updates },
    }
}

/// Asks whether the waves that a run waits for may begin, and returns them if they may; `left` is said where a signal ends the
/// question.
fn answer(report: &Report, left: &str) -> Option<Vec<Gate>> {
    let mut text = String::new();
    let mut gates = Vec::new();
    for gate in report.gates.iter().filter(|gate| gate.opened.is_none()) {
        text.push_str(&format!("\n{}\n", asked_at_gate(&gate.reached)));
        gate.reached.losses.iter().for_each(|loss| text.push_str(&format!("  {loss}\n")));
        gates.push(gate.reached.gate.clone());
    }
    gates.sort();
    let _left = left_by_signal(left.to_owned());
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{}Approve? Type yes: ", foreign::screen(&text));
    let _ = stderr.flush();
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) if line.trim().eq_ignore_ascii_case("yes") => Some(gates),
        _ => None,
    }
}

/// Ends the program at a signal while a question stands, as if it had been answered with no.
fn left_by_signal(said: String) -> LeftBySignal {
    let mut signals = Signals::catch();
    LeftBySignal(tokio::spawn(async move {
        signals.next().await;
        print::trouble("");
        print::trouble_line(&said);
        std::process::exit(Exit::Refused.code().into());
    }))
}

/// The time while a question stands.
struct LeftBySignal(JoinHandle<()>);

impl Drop for LeftBySignal {
    fn drop(&mut self) {
        self.0.abort();
    }
}
