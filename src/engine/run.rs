//! The run: one loop that brings the coordinator what happens, and obeys it.
//!
//! Who may wait for whom, and why that cannot lock up:
//!
//! - **The loop waits for readers of events** (`events`, bounded), and for nobody else: a reader that
//!   is slow slows the run. A reader never waits for the loop but for the next event, so that there is
//!   always room again; one that went away is not waited for.
//! - **A task waits for the loop**: for room in `messages` (bounded, so that tasks cannot run ahead of
//!   what is read), and for the number of an intention. The loop never waits for a task: it takes what
//!   is there, answers without waiting, and aborts without looking back.
//! - **A task waits for whoever keeps the run**: until its intention is safe (`kept`), and what stood
//!   before is. The keeper reads events, says through a `watch` how far it has come, and waits for its
//!   disk alone. What it waits to read, the loop has said before it answered the task.
//! - **Calls and signals wait for nobody**: what they say goes through `notices` (unbounded, as a call
//!   cannot wait inside the SDK; at most one for each account and one for each login that ends or
//!   begins) and `stop` (a `watch`, which holds the last wish only).
//!
//! So everybody waits for the loop or for the keeper, these for readers, and readers for nobody.
//! Every task's last message is its end; one that panics ends the run with its panic.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::call_notices::notices;
use super::carry_out::carry_out;
use super::coordinator::{Coordinator, Input, InstanceTask, Instruction, TaskKind};
use super::event_writer::EventWriter;
use super::instance_job::InstanceJob;
use super::instance_rollback::{InstanceRollback, roll_back};
use super::instance_work::InstanceWork;
use super::known_outputs::ReadOutputs;
use super::lookup_places::LookupPlaces;
use super::lookups::look_up;
use super::message::TaskMessage;
use super::position::PlanIndex;
use super::secrets::SecretValues;
use super::settings::{Run, Stop};
use super::survey;
use super::task_inputs::{input_of, rethrow};
use super::wave_foresight::WaveForesight;
use super::wave_losses::WaveLosses;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::event::{self, EventKind, Kept, Operation, RunEvent, RunRefusal, RunResult};
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many messages of tasks may wait for the loop.
const MESSAGE_CAPACITY: usize = 256;

/// Carries out a plan, telling everything that happens, until every stack instance has ended.
pub async fn run(
    plan: Arc<Plan>,
    cloud: &Cloud,
    run: Run,
    stop: watch::Receiver<Stop>,
    events: mpsc::Sender<RunEvent>,
) {
    let notices = notices(cloud);
    carry(plan, (cloud, notices), run, stop, events).await;
}

/// Looks ahead over a wave while another run goes on, which hears what calls tell.
fn foresee(
    cloud: Cloud,
    (WaveForesight { plan, run }, whole): (WaveForesight, Arc<Plan>),
    stop: watch::Receiver<Stop>,
) -> Pin<Box<dyn Future<Output = WaveLosses> + Send>> {
    Box::pin(async move {
        let (_, nothing) = mpsc::unbounded_channel();
        let (events, incoming) = event::channel();
        let looking = carry(plan, (&cloud, nothing), run, stop, events);
        let ((), found) = tokio::join!(looking, WaveLosses::gathered(incoming, &whole));
        found
    })
}

async fn carry(
    plan: Arc<Plan>,
    (cloud, notices): (&Cloud, mpsc::UnboundedReceiver<EventKind>),
    run: Run,
    stop: watch::Receiver<Stop>,
    events: mpsc::Sender<RunEvent>,
) {
    let mut secrets = SecretValues::of_run(&plan, run.only_goes_back());
    if let Some(past) = &run.past {
        secrets = secrets.after(&plan, past, &run.unchanged_files);
    }
    let clock = run.clock;
    let mut writer = EventWriter::new(events, clock, secrets);
    if let Some(past) = &run.past {
        writer.go_on_after(past.last);
    }
    let (coordinator, instructions) = Coordinator::begin(plan.clone(), &run);
    let (sender, messages) = mpsc::channel(MESSAGE_CAPACITY);
    let opened = run.sessions.clone();
    let sessions = opened.unwrap_or_else(|| Arc::new(Sessions::new(cloud.clone(), plan.clone())));
    let lookups = Arc::new(LookupPlaces::of(&plan).after(run.past.as_ref()));
    let work = InstanceWork {
        plan,
        index: PlanIndex(0),
        run: run.id,
        sessions,
        lookups,
        stop: stop.clone(),
        control: run.control,
        messages: sender,
        keeping: run.keeping,
        deployed_stacks: run.deployed_stacks,
        prior_stacks: run.prior_stacks,
        cancel_updates: run.cancel_updates,
        change_sets: run.change_sets,
        allow: run.asked.map(|asked| asked.allow).unwrap_or_default().into(),
        sent: None,
        spent: 0,
        follows_change: false,
    };
    let mut running = Running {
        coordinator,
        operation: run.operation,
        writer,
        work,
        cloud: cloud.clone(),
        clock,
        tasks: JoinSet::new(),
        messages,
        notices,
        stop,
        is_over: false,
    };
    running.obey(instructions).await;
    while !running.is_over {
        let (input, number) = running.next().await;
        running.hear(input, number).await;
    }
}

/// Everything that the loop holds; what it decides, the coordinator does.
struct Running {
    coordinator: Coordinator,
    operation: Operation,
    writer: EventWriter,
    /// What every task begins with.
    work: InstanceWork,
    cloud: Cloud,
    clock: Clock,
    tasks: JoinSet<()>,
    messages: mpsc::Receiver<TaskMessage>,
    notices: mpsc::UnboundedReceiver<EventKind>,
    stop: watch::Receiver<Stop>,
    is_over: bool,
}

impl Running {
    /// Waits for what happens next; returns it, and who asks for the number of its event.
    async fn next(&mut self) -> (Input, Option<oneshot::Sender<u64>>) {
        loop {
            tokio::select! {
                biased;
                // Before a wish to stop, so that it is known who asked for that.
                Ok(()) = self.work.control.changed() => {
                    let asked = self.work.control.borrow_and_update().clone();
                    if let Some(request) = asked {
                        return (Input::Asked(request), None);
                    }
                }
                // First of the rest, so that an instance which heeds the wish itself starts no other.
                Ok(()) = self.stop.changed() => {
                    return (Input::Stop(*self.stop.borrow_and_update()), None);
                }
                Ok(()) = self.work.keeping.kept.changed() => {
                    let kept = self.work.keeping.kept.borrow_and_update().clone();
                    if let Kept::Lost(reason) = kept {
                        return (Input::JournalLost(reason), None);
                    }
                }
                Some(notice) = self.notices.recv() => {
                    return (Input::Told(Box::new(notice)), None);
                }
                Some(message) = self.messages.recv() => {
                    self.writer.keep_secrets_of(&message, &self.work.plan);
                    return input_of(message);
                }
                Some(ended) = self.tasks.join_next() => rethrow(ended),
            }
        }
    }

    /// Has the coordinator hear what happened, and obeys it.
    async fn hear(&mut self, input: Input, number: Option<oneshot::Sender<u64>>) {
        let instructions = self.coordinator.on(input);
        self.obey(instructions).await;
        if let Some(number) = number {
            // Whoever asked may have been left meanwhile.
            let _ = number.send(self.writer.last());
        }
    }

    async fn obey(&mut self, instructions: Vec<Instruction>) {
        let mut open = VecDeque::from(instructions);
        while let Some(instruction) = open.pop_front() {
            match instruction {
                Instruction::Say(kind) => self.writer.say(*kind).await,
                Instruction::Start(task) => self.start(*task),
                Instruction::LookAhead { wave, instances } => self.look_ahead(wave, &instances),
                Instruction::GiveUpLogins => self.cloud.give_up_logins(),
                Instruction::Abort => open.extend(self.abort()),
                Instruction::Finish(result, refusal) => self.finish(result, refusal).await,
            }
        }
    }

    /// Aborts every task, and returns what is to be done about what they had told and not ended.
    fn abort(&mut self) -> Vec<Instruction> {
        self.tasks.abort_all();
        let mut instructions = Vec::new();
        while let Ok(message) = self.messages.try_recv() {
            self.writer.keep_secrets_of(&message, &self.work.plan);
            // Whoever asks for a number was aborted.
            let (input, _) = input_of(message);
            instructions.extend(self.coordinator.on(input));
        }
        instructions.extend(self.coordinator.on(Input::Aborted));
        instructions
    }

    fn start(&mut self, task: InstanceTask) {
        let InstanceTask { index, sent, spent, follows_change, kind } = task;
        let work = InstanceWork { index, sent, spent, follows_change, ..self.work.clone() };
        match kind {
            TaskKind::Read => drop(self.tasks.spawn(read(work, self.operation))),
            TaskKind::LookUp(lookups) => drop(self.tasks.spawn(async move {
                let found = Box::pin(look_up(&work, lookups)).await;
                work.send(TaskMessage::LookedUp(index, Box::new(found))).await;
            })),
            TaskKind::Forward(job) => {
                let secrets = job.iter().flat_map(InstanceJob::secrets);
                secrets.for_each(|value| self.writer.keep_secret(value));
                self.tasks.spawn(async move {
                    let end = carry_out(&work, job).await;
                    work.send(TaskMessage::Ended(index, Box::new(end))).await;
                });
            }
            TaskKind::Back { change, failed_before } => {
                let rollback = InstanceRollback::of(&work, change, failed_before);
                self.tasks.spawn(async move {
                    let end = Box::pin(roll_back(&work, rollback)).await;
                    work.send(TaskMessage::Ended(index, Box::new(end))).await;
                });
            }
        }
    }

    fn look_ahead(&mut self, wave: usize, instances: &[PlanIndex]) {
        let work = self.work.clone();
        let ahead = (WaveForesight::of(&work, instances, self.clock), work.plan.clone());
        let foreseeing = foresee(self.cloud.clone(), ahead, self.stop.clone());
        self.tasks.spawn(async move {
            work.send(TaskMessage::Foreseen(wave, Box::new(foreseeing.await))).await;
        });
    }

    async fn finish(&mut self, result: RunResult, refusal: Option<Box<RunRefusal>>) {
        let (api_calls, throttled) = (self.cloud.api_calls(), self.cloud.throttled());
        let finished = EventKind::RunFinished { result, api_calls, throttled, refusal };
        self.writer.say(finished).await;
        self.is_over = true;
    }
}

async fn read(work: InstanceWork, operation: Operation) {
    let read = match operation {
        Operation::Apply | Operation::Plan => survey::read(&work).await,
        // What takes nothing down needs no outputs either.
        Operation::Destroy | Operation::Prune => Ok(ReadOutputs::default()),
    };
    work.send(TaskMessage::Read(work.index, Box::new(read))).await;
}
