//! The gates of a run on its way forward: which waves have one, what is asked there, and what is known of what they lose.

use super::super::order::{WaveOfPlan, wave_of};
use super::super::position::PlanIndex;
use super::super::wave_losses::WaveLosses;
use super::ledger::Ledger;
use crate::environment::Approve;
use crate::event::{Gate, Operation, ReachedGate, RunRefusal};
use crate::plan::StackInstance;

/// How many losses are named where somebody is asked about them.
const MOST_LOSSES: usize = 20;

/// What becomes of a wave whose turn has come and that has a gate.
pub(super) enum AtGate {
    /// Somebody is to be asked.
    Ask(Box<ReachedGate>),
    /// Nothing of it is lost: it begins.
    Open(Gate),
    /// What it would lose is to be found out first, of these stack instances.
    LookAhead(Vec<PlanIndex>),
}

/// Whether a wave begins only once it is approved, and that was not done yet.
pub(super) fn has_gate(wave: WaveOfPlan, ledger: &Ledger) -> bool {
    let is_asked = match ledger.operation {
        Operation::Apply | Operation::Destroy | Operation::Prune => approve(wave, ledger),
        Operation::Plan => Approve::Never,
    };
    is_asked != Approve::Never
        && gate(wave, ledger).is_some_and(|gate| !ledger.past.is_open_gate(&gate))
}

/// Decides what becomes of a wave whose turn has come; what it would lose is known of a saved plan.
pub(super) fn at_gate(wave: WaveOfPlan, ledger: &Ledger) -> AtGate {
    let (asked, number) = (approve(wave, ledger), named(wave, ledger));
    match (asked, ledger.operation) {
        (Approve::IfLost, Operation::Apply | Operation::Plan) => match &ledger.saved_plan {
            Some(saved) => decided(wave, WaveLosses::planned(members(wave, ledger), saved), ledger),
            None => AtGate::LookAhead(positions(wave, ledger)),
        },
        (Approve::IfLost, Operation::Destroy | Operation::Prune) => {
            ask(wave, format!("{number} deletes stacks"), Vec::new(), ledger)
        }
        (Approve::Always | Approve::Never, _) => {
            ask(wave, format!("{number} is to be approved before it begins"), Vec::new(), ledger)
        }
    }
}

/// Decides the same once it is known what the wave would lose.
pub(super) fn decided(wave: WaveOfPlan, losses: WaveLosses, ledger: &Ledger) -> AtGate {
    let WaveLosses { mut losses, unknown } = losses;
    let number = named(wave, ledger);
    let count = losses.len();
    losses.truncate(MOST_LOSSES);
    let why = match (count, unknown) {
        (0, None) => return AtGate::Open(gate(wave, ledger).expect("a wave with a gate has one")),
        (_, Some(why)) => format!("what {number} would replace or remove is not known: {why}"),
        (1, None) => format!("{number} replaces or removes a resource"),
        (count, None) => format!("{number} replaces or removes {count} resources"),
    };
    ask(wave, why, losses, ledger)
}

/// Returns why a run is left that stands at gates.
pub(super) fn refusal(ledger: &Ledger) -> RunRefusal {
    let several = ledger.plan.has_several_environments();
    let waits = |reached: &ReachedGate| {
        let Gate { environment, wave } = &reached.gate;
        let of = if several { format!(" in {environment}") } else { String::new() };
        format!("wave {wave} of {}{of}", reached.waves)
    };
    let waits: Vec<String> = ledger.gates.iter().map(waits).collect();
    let message = format!("waits for approval before {}", waits.join(" and "));
    RunRefusal { message, help: None, dependents: Vec::new(), losses: Vec::new() }
}

/// Returns what a wave is called: `wave 2 of 3`.
pub(super) fn named(wave: WaveOfPlan, ledger: &Ledger) -> String {
    let number = wave.number.map_or(0, |number| number + 1);
    let environment = &ledger.plan.environments[wave.environment];
    match ledger.plan.has_several_environments() {
        true => format!("wave {number} of {} in {}", environment.waves, environment.name),
        false => format!("wave {number} of {}", environment.waves),
    }
}

fn ask(wave: WaveOfPlan, why: String, losses: Vec<String>, ledger: &Ledger) -> AtGate {
    let members: Vec<&StackInstance> = members(wave, ledger).collect();
    let mut accounts: Vec<usize> = members.iter().map(|instance| instance.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    AtGate::Ask(Box::new(ReachedGate {
        gate: gate(wave, ledger).expect("a wave with a gate has one"),
        waves: ledger.plan.environments[wave.environment].waves,
        why,
        losses,
        accounts: accounts.len(),
        stack_instances: members.len(),
    }))
}

fn approve(wave: WaveOfPlan, ledger: &Ledger) -> Approve {
    let approvals = &ledger.plan.environments[wave.environment].approvals;
    wave.number.and_then(|number| approvals.get(&number)).copied().unwrap_or_default()
}

fn gate(wave: WaveOfPlan, ledger: &Ledger) -> Option<Gate> {
    let environment = ledger.plan.environments[wave.environment].name.clone();
    Some(Gate { environment, wave: wave.number? + 1 })
}

/// Returns the stack instances of a wave that have not ended.
fn positions(wave: WaveOfPlan, ledger: &Ledger) -> Vec<PlanIndex> {
    let is_left = |index: &PlanIndex| {
        wave_of(&ledger.plan, *index) == wave
            && ledger.past.end(&ledger.instance(*index).id).is_none()
    };
    PlanIndex::all(&ledger.plan).filter(is_left).collect()
}

fn members(wave: WaveOfPlan, ledger: &Ledger) -> impl Iterator<Item = &StackInstance> {
    positions(wave, ledger).into_iter().map(|index| ledger.instance(index))
}
