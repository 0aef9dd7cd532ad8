//! A run that is paused, and goes on an hour later.

use std::time::Duration;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Run, Stop};
use xdeploy::event::{
    Control, ControlRequest, EventKind, Operation, Owner, RunEvent, RunResult, StackAction,
};

use crate::support::files::{ONE, SETTING};
use crate::support::world::{Ran, World};

const CHAIN: &str = "
stacks:
  first: { template: app.yaml }
  second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }
";

const HOUR: Duration = Duration::from_secs(3600);

fn asked(control: Control) -> Option<ControlRequest> {
    let owner = Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
    Some(ControlRequest { control, owner })
}

/// Applies a chain of two, paused once `is_time` and asked for `then` an hour later.
async fn paused(is_time: impl Fn(&EventKind) -> bool, then: Control) -> Ran {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let plan = world.plan(&format!("{ONE}{CHAIN}"));
    let (wish, stop) = watch::channel(Stop::No);
    let (control, heard) = watch::channel(None);
    let run = Run { control: heard, ..world.new_run(Operation::Apply, Limits::default()) };
    let mut is_asked = false;
    let watching = |event: &RunEvent| {
        if is_asked || !is_time(&event.kind) {
            return;
        }
        is_asked = true;
        control.send_replace(asked(Control::Pause));
        let (control, wish) = (control.clone(), wish.clone());
        tokio::spawn(async move {
            tokio::time::sleep(HOUR).await;
            control.send_replace(asked(then));
            if then == Control::Cancel {
                wish.send_replace(Stop::Settle);
            }
        });
    };
    world.carry_out(run, plan, stop, watching).await
}

/// Returns the stack instances for which a call that changes a stack was about to be sent while the run was paused.
fn sent_while_paused(ran: &Ran) -> Vec<String> {
    let position = |is_it: &dyn Fn(&EventKind) -> bool| {
        ran.events.iter().position(|event| is_it(&event.kind)).expect("it was said")
    };
    let from = position(&|kind| matches!(kind, EventKind::RunPaused { .. }));
    let to = position(&|kind| {
        matches!(kind, EventKind::RunContinued { .. } | EventKind::CancelRequested { .. })
    });
    let sent = ran.events[from..to].iter().filter_map(|event| match &event.kind {
        EventKind::ActionIntended { instance, .. } => Some(instance.stack.to_string()),
        _ => None,
    });
    sent.collect()
}

#[tokio::test(start_paused = true)]
async fn what_runs_settles_and_the_next_begins_once_the_run_goes_on() {
    let moves = |kind: &EventKind| {
        matches!(kind, EventKind::ActionStarted { action: StackAction::Create, .. })
    };
    let ran = paused(moves, Control::Continue).await;
    assert_eq!(ran.report.result, RunResult::Succeeded);
    assert_eq!(sent_while_paused(&ran), [""; 0]);
    let ended = ran.events.iter().filter_map(|event| match &event.kind {
        EventKind::InstanceFinished { end } => Some((end.instance.stack.to_string(), event.at)),
        _ => None,
    });
    let ended: Vec<_> = ended.collect();
    let apart: Duration = ended[1].1.duration_since(ended[0].1).try_into().expect("they follow");
    assert!(ended[0].0 == "first" && apart > HOUR / 2, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn what_has_begun_and_sent_nothing_yet_waits_as_well() {
    let begins = |kind: &EventKind| matches!(kind, EventKind::RunStarted { .. });
    let ran = paused(begins, Control::Continue).await;
    assert_eq!(sent_while_paused(&ran), [""; 0]);
    assert_eq!(ran.report.result, RunResult::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_ends_a_paused_run_in_which_nothing_was_sent() {
    let begins = |kind: &EventKind| matches!(kind, EventKind::RunStarted { .. });
    let ran = paused(begins, Control::Cancel).await;
    assert_eq!(sent_while_paused(&ran), [""; 0]);
    assert_eq!(ran.report.result, RunResult::Cancelled);
    let cancels = ran.events.iter().filter_map(|event| match &event.kind {
        EventKind::CancelRequested { owner, .. } => Some(owner.as_ref()?.user.clone()),
        _ => None,
    });
    assert_eq!(cancels.collect::<Vec<_>>(), ["ada"]);
    let has_sent =
        ran.events.iter().any(|event| matches!(event.kind, EventKind::ActionIntended { .. }));
    assert!(!has_sent);
}
