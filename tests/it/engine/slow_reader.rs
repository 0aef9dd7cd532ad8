//! A run whose events are read late, one by one: whoever waits for the loop is served in the end.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use xdeploy::engine::{self, Limits, Run, Stop};
use xdeploy::event::{
    self, EventKind, KeepPriorStack, Keeper, Kept, Operation, Outcome, RunEvent, RunResult,
};

use crate::support::files::SETTING;
use crate::support::world::{Ran, World};

/// More tasks than messages may wait for the loop.
const STACKS: usize = 300;
/// How long the reader takes for each event.
const LATE: Duration = Duration::from_millis(10);
/// Longer than any of these runs takes.
const LONG: Duration = Duration::from_secs(24 * 3600);

fn file(value: &str) -> String {
    let stack =
        |at| format!("  s{at:03}: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n");
    let stacks: String = (0..STACKS).map(stack).collect();
    format!(
        "environment: prod\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts: {{ dev: '100000000001' }}\nstacks:\n{stacks}"
    )
}

/// Applies the file while one event may wait for its reader, who is late with each and then says that
/// it is safe; the reader wishes to stop once so many intentions were read.
async fn applied(world: &World, value: &str, wish: Option<(usize, Stop)>) -> Ran {
    let (keeping, Keeper { kept, mut prior_stacks }) = event::keeping();
    let run = world.new_run(Operation::Apply, Limits::default());
    let run = Run { keeping, prior_stacks: world.prior_stacks(), ..run };
    let (stop, stopped) = watch::channel(Stop::No);
    let (sender, mut incoming) = mpsc::channel::<RunEvent>(1);
    let read = async {
        let (mut events, mut intentions) = (Vec::new(), 0);
        while let Some(event) = incoming.recv().await {
            tokio::time::sleep(LATE).await;
            kept.send_replace(Kept::UpTo(event.sequence));
            intentions += usize::from(matches!(event.kind, EventKind::ActionIntended { .. }));
            if let Some((_, wished)) = wish.filter(|(after, _)| intentions == *after) {
                stop.send_replace(wished);
            }
            events.push(event);
        }
        events
    };
    let keep_prior_stacks = async {
        while let Some(KeepPriorStack { before, template, done, .. }) = prior_stacks.recv().await {
            world.keep_before(before, template.as_deref());
            let _ = done.send(Ok(()));
        }
    };
    let (plan, cloud) = (world.plan(&file(value)), world.cloud());
    let working = engine::run(plan, &cloud, run, stopped, sender);
    let all = async { tokio::join!(working, read, keep_prior_stacks) };
    let ((), events, ()) = tokio::time::timeout(LONG, all).await.expect("nobody waits for ever");
    Ran::new(events)
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_late_with_every_event_slows_a_run_and_never_locks_it_up() {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let created = applied(&world, "one", None).await;
    assert_eq!(created.report.summary.created, STACKS);
    let updated = applied(&world, "two", None).await;
    assert_eq!(updated.report.summary.updated, STACKS);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_while_its_reader_is_late_ends_every_stack_instance_once() {
    for wished in [Stop::Settle, Stop::AtOnce] {
        let world = World::new(&["100000000001"]);
        world.write("app.yaml", SETTING);
        let ran = applied(&world, "one", Some((20, wished))).await;
        assert_eq!(ran.report.result, RunResult::Cancelled);
        let ended = |kind: &EventKind| matches!(kind, EventKind::InstanceFinished { .. });
        assert_eq!(ran.events.iter().filter(|event| ended(&event.kind)).count(), STACKS);
        let is_created = |end: &Outcome| *end == Outcome::Created;
        let outcomes = ran.report.stack_instances.iter().map(|instance| instance.outcome);
        assert_eq!(outcomes.clone().any(|end| is_created(&end)), wished == Stop::Settle);
    }
}
