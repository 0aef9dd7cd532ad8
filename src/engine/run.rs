//! The run: one loop over what instances tell and what the person wants.

mod back;
mod left;
mod turn;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::back::WayBack;
use self::left::Moving;
use super::draft::Foreseen;
use super::instance::{Message, Work};
use super::order::{Order, WaveOfPlan};
use super::past::Past;
use super::request::Known;
use super::schedule::{Decision, EntryIndex, Schedule};
use super::secrets::Secrets;
use super::settings::{Run, Stop};
use super::voice::{Voice, started};
use crate::cloud::{Awaited, Cloud, LoginNews, Sessions};
use crate::event::{Failure, InstanceEnd, Kept, Operation, Outcome, RunEvent, RunResult, What};
use crate::name::InstanceId;
use crate::plan::Plan;

/// How many messages of instances may wait for the loop.
const MESSAGE_CAPACITY: usize = 256;

/// Carries out a plan, telling everything that happens, until every stack instance has ended.
pub async fn run(
    plan: Arc<Plan>,
    cloud: &Cloud,
    run: Run,
    stop: watch::Receiver<Stop>,
    events: mpsc::Sender<RunEvent>,
) {
    let (sender, messages) = mpsc::channel(MESSAGE_CAPACITY);
    let (teller, awaited) = mpsc::unbounded_channel();
    // Nobody listens any more once the run has ended.
    cloud.tell_awaited(move |awaited| drop(teller.send(awaited)));
    let (teller, logins) = mpsc::unbounded_channel();
    cloud.tell_logins(move |news| drop(teller.send(news)));
    let opened = run.sessions.clone();
    let sessions = opened.unwrap_or_else(|| Arc::new(Sessions::new(cloud.clone(), plan.clone())));
    let work = Work {
        plan: plan.clone(),
        index: 0,
        run: run.id.clone(),
        sessions,
        stop: stop.clone(),
        messages: sender,
        keeping: run.keeping.clone(),
        standing: run.standing.clone(),
        befores: run.befores.clone(),
        cancel_updates: run.cancel_updates,
        sent: None,
        cancelled: 0,
    };
    let order = Order::of(&plan, run.operation, &run.limits);
    let schedule = Schedule::new(&order.entries, &order.waves, run.limits.max_concurrent);
    let mut running = Running {
        voice: Voice::new(events, run.clock, Secrets::of(&plan)),
        past: run.past.clone().unwrap_or_default(),
        unkept: None,
        plan,
        operation: run.operation,
        schedule,
        waves: order.meaning,
        work,
        messages,
        awaited,
        logins,
        cloud: cloud.clone(),
        stop,
        tasks: JoinSet::new(),
        known: Known::default(),
        foreseen: Foreseen::default(),
        unread: BTreeMap::new(),
        moving: BTreeMap::new(),
        sent: BTreeSet::new(),
        unknown: Vec::new(),
        changed: BTreeMap::new(),
        way_back: None,
        has_bad: false,
        is_cancelled: false,
    };
    running.begin(&run).await;
    let only_back = run.goes_back || running.past.goes_back();
    let is_left = !only_back && running.go_forward().await;
    if !is_left && running.turn_back(&run, only_back).await {
        running.go_on().await;
    }
    running.end(cloud).await;
}

struct Running {
    voice: Voice,
    /// What was before this began to go on with the run.
    past: Past,
    /// Why the run can no longer be kept on disk.
    unkept: Option<String>,
    plan: Arc<Plan>,
    operation: Operation,
    schedule: Schedule,
    /// What each of the schedule's waves is in the plan.
    waves: Vec<WaveOfPlan>,
    work: Work,
    messages: mpsc::Receiver<Message>,
    /// Accounts in which IAM's last change does not count yet: one each at most.
    awaited: mpsc::UnboundedReceiver<Awaited>,
    /// Logins that end in mid-run, and new ones.
    logins: mpsc::UnboundedReceiver<LoginNews>,
    cloud: Cloud,
    stop: watch::Receiver<Stop>,
    tasks: JoinSet<()>,
    known: Known,
    /// The same for a run that only looks ahead.
    foreseen: Foreseen,
    /// Why stack instances outside the selection could not be read.
    unread: BTreeMap<usize, Failure>,
    /// What is known of each instance that runs.
    moving: BTreeMap<InstanceId, Moving>,
    /// The stack instances for which a call was about to be sent.
    sent: BTreeSet<InstanceId>,
    /// Those that ended without it being known what became of that.
    unknown: Vec<InstanceId>,
    /// How this run changed what may have to go back.
    changed: BTreeMap<usize, InstanceEnd>,
    /// What goes back; the schedule is theirs then.
    way_back: Option<WayBack>,
    has_bad: bool,
    is_cancelled: bool,
}

impl Running {
    async fn begin(&mut self, run: &Run) {
        match run.past {
            None => self.voice.say(started(&self.plan, run)).await,
            Some(_) => {
                // What is only put back is not taken up again.
                let reopened = match run.goes_back && !self.past.goes_back() {
                    true => Vec::new(),
                    false => self.past.open_again(),
                };
                let owner = run.asked.as_ref().map(|asked| asked.owner.clone());
                self.voice.go_on_after(self.past.last);
                let what = What::RunResumed { owner, reopened };
                let sequence = self.voice.say(what.clone()).await;
                self.past.on(&RunEvent { sequence, at: run.clock.now(), what });
                let ends = self.plan.instances.iter().filter_map(|i| self.past.end(&i.id));
                self.has_bad = ends.into_iter().any(|end| !end.outcome.is_good());
                sequence
            }
        };
    }

    /// Does what the plan wants, and returns whether the run was left before it was over.
    async fn go_forward(&mut self) -> bool {
        self.recall();
        let decisions = self.schedule.begin();
        self.obey(decisions).await;
        self.go_on().await
    }

    /// Has the schedule take up where the run was before somebody went on with it.
    fn recall(&mut self) {
        let all = 0..self.plan.instances.len();
        for index in all.clone() {
            if let Some(is_good) = self.ended_before(index) {
                self.schedule.recall_ended(EntryIndex(index), is_good);
            }
        }
        for index in all {
            if self.past.sent(&self.plan.instances[index].id).is_some() {
                self.schedule.recall_under_way(EntryIndex(index));
            }
        }
    }

    /// Carries out what the schedule says until it is over, and returns whether it was left before.
    async fn go_on(&mut self) -> bool {
        while !self.schedule.is_over() {
            tokio::select! {
                biased;
                // First of all, so that an instance which heeds the wish itself starts no other.
                Ok(()) = self.stop.changed() => {
                    let stop = *self.stop.borrow_and_update();
                    if self.heed(stop).await {
                        return true;
                    }
                }
                Ok(()) = self.work.keeping.kept.changed(), if self.unkept.is_none() => {
                    self.look_after_keeping().await;
                }
                Some(Awaited { account, operation }) = self.awaited.recv() => {
                    let (account_id, operation) = (account, operation.to_owned());
                    self.voice.say(What::PermissionAwaited { account_id, operation }).await;
                }
                Some(news) = self.logins.recv() => drop(self.voice.say(told(news)).await),
                Some(message) = self.messages.recv() => self.hear(message).await,
                Some(ended) = self.tasks.join_next() => rethrow(ended),
            }
        }
        false
    }

    async fn end(mut self, cloud: &Cloud) {
        let is_back = self.way_back.as_ref().is_some_and(|way| !way.has_failed);
        let result = match (self.has_bad, self.is_cancelled) {
            _ if is_back => RunResult::RolledBack,
            (false, _) => RunResult::Succeeded,
            (true, true) => RunResult::Cancelled,
            (true, false) => RunResult::Failed,
        };
        let (api_calls, throttled) = (cloud.api_calls(), cloud.throttled());
        self.voice.say(What::RunFinished { result, api_calls, throttled }).await;
    }

    async fn hear(&mut self, message: Message) {
        match message {
            Message::Told(what) => {
                self.remember(&what);
                self.voice.say(*what).await;
            }
            Message::Intended(what, number) => {
                if let What::ActionIntended { instance, .. } = &*what {
                    self.sent.insert(instance.clone());
                }
                // Whoever asked may have been left meanwhile.
                let _ = number.send(self.voice.say(*what).await);
            }
            Message::Ended(index, end) => self.finish(index, *end).await,
            Message::Read(index, read) => {
                let is_good = read.is_ok();
                match *read {
                    Ok(outputs) if self.operation == Operation::Plan => {
                        self.foreseen.keep(index, Outcome::Unchanged, outputs);
                    }
                    Ok(outputs) => self.known.keep(index, outputs),
                    Err(failure) => drop(self.unread.insert(index, failure)),
                }
                let decisions = self.schedule.finished(EntryIndex(index), is_good);
                self.obey(decisions).await;
            }
        }
    }

    fn remember(&mut self, what: &What) {
        match what {
            What::ActionStarted { instance, action, found, stack_id } => {
                let (stack_id, status) = (stack_id.clone(), found.clone());
                self.moving.insert(instance.clone(), Moving { action: *action, stack_id, status });
            }
            What::StackChanged { instance, status, .. } => {
                if let Some(moving) = self.moving.get_mut(instance) {
                    moving.status = Some(status.clone());
                }
            }
            _ => {}
        }
    }

    async fn finish(&mut self, index: usize, end: InstanceEnd) {
        let is_good = end.outcome.is_good();
        self.has_bad |= !is_good;
        match self.operation {
            Operation::Plan if is_good => {
                self.foreseen.keep(index, end.outcome, end.outputs.clone());
            }
            Operation::Apply | Operation::Destroy if is_good => {
                self.known.keep(index, end.outputs.clone());
            }
            Operation::Apply | Operation::Destroy | Operation::Plan => {}
        }
        self.moving.remove(&end.instance);
        let was_sent = self.sent.remove(&end.instance) || self.past.sent(&end.instance).is_some();
        if was_sent && end.failure.as_ref().is_some_and(|why| why.kind.leaves_unknown()) {
            self.unknown.push(end.instance.clone());
        }
        let (position, is_good) = match &mut self.way_back {
            None => (EntryIndex(index), is_good),
            Some(way) => {
                let is_back = end.outcome == Outcome::RolledBack;
                way.has_failed |= !is_back;
                (way.position[&index], is_back)
            }
        };
        if end.is_change() {
            self.changed.insert(index, end.clone());
        }
        self.voice.say(What::InstanceFinished { end }).await;
        let decisions = self.schedule.finished(position, is_good);
        self.obey(decisions).await;
    }

    async fn obey(&mut self, decisions: Vec<Decision>) {
        let mut decisions = VecDeque::from(decisions);
        while let Some(decision) = decisions.pop_front() {
            match decision {
                Decision::Start(at) if let Some(way) = &self.way_back => {
                    let index = way.going[at.0];
                    match self.went_back_before(index) {
                        Some(is_back) => decisions.extend(self.schedule.finished(at, is_back)),
                        None => self.start_back(index).await,
                    }
                }
                Decision::Skip { index: at, because } if let Some(way) = &self.way_back => {
                    let (index, going) = (way.going[at.0], way.going.clone());
                    self.stay(index, because, &going).await;
                }
                Decision::Start(entry) => self.start(entry.0).await,
                Decision::Skip { index, because } => self.skip(index.0, because).await,
            }
        }
    }

    /// Starts nothing more once the run can no longer be kept: what would be done then could not be
    /// gone on with.
    async fn look_after_keeping(&mut self) {
        let Kept::Lost(reason) = self.work.keeping.kept.borrow_and_update().clone() else { return };
        self.unkept = Some(reason);
        let decisions = self.schedule.cancel();
        self.obey(decisions).await;
    }
}

fn told(news: LoginNews) -> What {
    match news {
        LoginNews::Ended { account, from, reason, remedy } => {
            What::LoginEnded { account_id: account, from, reason, remedy }
        }
        LoginNews::Renewed { account } => What::LoginRenewed { account_id: account },
    }
}

fn rethrow(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
