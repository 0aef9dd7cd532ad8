//! The run: one loop over what instances tell and what the person wants.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::draft::Foreseen;
use super::ending;
use super::instance::{Message, Work};
use super::job::{self, Job};
use super::order::{Order, WaveOfPlan, wave_of};
use super::past::{Past, Sent};
use super::request::Known;
use super::rollback::{Extent, backwards, waves_that_go_back};
use super::schedule::{Decision, Schedule, SkipCause};
use super::secrets::Secrets;
use super::settings::{Run, Stop};
use super::skipped;
use super::undo::{self, Undo};
use super::voice::{Voice, started};
use crate::cloud::{Awaited, Cloud, LoginNews, Sessions};
use crate::event::{
    Failure, FailureKind, InstanceEnd, Kept, Operation, Outcome, RunEvent, RunResult, StackAction,
    What,
};
use crate::name::InstanceId;
use crate::plan::{Plan, Purpose};
use crate::status::StackStatus;

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
    let sessions = Arc::new(Sessions::new(cloud.clone(), plan.clone()));
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

/// What goes back, in the schedule's order.
struct WayBack {
    going: Vec<usize>,
    position: BTreeMap<usize, usize>,
    has_failed: bool,
}

/// The last operation that was begun on a stack instance, and how its stack was last seen.
struct Moving {
    action: StackAction,
    stack_id: Option<String>,
    status: Option<StackStatus>,
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
                self.schedule.recall_ended(index, is_good);
            }
        }
        for index in all {
            if self.past.sent(&self.plan.instances[index].id).is_some() {
                self.schedule.recall_under_way(index);
            }
        }
    }

    /// Begins to put back what the run changed, if that is wanted and anything is.
    async fn turn_back(&mut self, run: &Run, only_back: bool) -> bool {
        if self.operation != Operation::Apply
            || (!only_back && (self.is_cancelled || self.unkept.is_some()))
        {
            return false;
        }
        let extent = if only_back { Some(Extent::Run) } else { self.extent_to_go_back(run) };
        let Some(extent) = extent else { return false };
        if !self.unknown.is_empty() && !only_back {
            let unknown = std::mem::take(&mut self.unknown);
            self.voice.say(What::RollbackPostponed { unknown }).await;
            return false;
        }
        let meant = self.past.going_back();
        let goes = |index: &usize| {
            let id = &self.plan.instances[*index].id;
            let is_meant = meant.is_empty() || meant.contains(id);
            is_meant && self.change(*index).is_some() && extent.holds(wave_of(&self.plan, *index))
        };
        let going: Vec<usize> = (0..self.plan.instances.len()).filter(goes).collect();
        if going.is_empty() {
            return false;
        }
        if meant.is_empty() {
            let ids = going.iter().map(|&index| self.plan.instances[index].id.clone()).collect();
            self.voice.say(What::RollbackStarted { instances: ids }).await;
        }
        self.schedule = backwards(&self.plan, &going, run.limits.max_concurrent);
        let position = going.iter().enumerate().map(|(at, index)| (*index, at)).collect();
        self.way_back = Some(WayBack { going, position, has_failed: false });
        let decisions = self.schedule.begin();
        self.obey(decisions).await;
        true
    }

    fn extent_to_go_back(&self, run: &Run) -> Option<Extent> {
        let stopped = self.schedule.stopped().into_iter().map(|wave| {
            let wave = self.waves[wave];
            let planned = self.plan.environments[wave.environment].pace.on_failure;
            (wave, run.limits.on_failure.unwrap_or(planned))
        });
        waves_that_go_back(stopped)
    }

    /// Returns how the run left a stack instance that it created or updated.
    fn change(&self, index: usize) -> Option<&InstanceEnd> {
        self.changed.get(&index).or_else(|| self.past.change(&self.plan.instances[index].id))
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
                let decisions = self.schedule.finished(index, is_good);
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
            None => (index, is_good),
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
                    let index = way.going[at];
                    match self.went_back_before(index) {
                        Some(is_back) => decisions.extend(self.schedule.finished(at, is_back)),
                        None => self.start_back(index).await,
                    }
                }
                Decision::Skip { index: at, because } if let Some(way) = &self.way_back => {
                    let (index, going) = (way.going[at], way.going.clone());
                    self.stay(index, because, &going).await;
                }
                Decision::Start(index) => self.start(index).await,
                Decision::Skip { index, because } => self.skip(index, because).await,
            }
        }
    }

    /// Returns whether a stack instance ended well before the run was gone on with, if it ended;
    /// nothing is left to do on it then.
    fn ended_before(&mut self, index: usize) -> Option<bool> {
        let end = self.past.end(&self.plan.instances[index].id)?;
        let is_good = end.outcome.is_good();
        // What a journal may not hold is read again.
        if is_good && end.outputs.values().any(|value| Secrets::is_masked(value)) {
            return None;
        }
        if is_good {
            self.known.keep(index, end.outputs.clone());
        }
        self.has_bad |= !is_good;
        Some(is_good)
    }

    /// Starts nothing more once the run can no longer be kept: what would be done then could not be
    /// gone on with.
    async fn look_after_keeping(&mut self) {
        let Kept::Lost(reason) = self.work.keeping.kept.borrow_and_update().clone() else { return };
        self.unkept = Some(reason);
        let decisions = self.schedule.cancel();
        self.obey(decisions).await;
    }

    /// Returns whether a stack instance went back before the run was gone on with, if that ended.
    fn went_back_before(&mut self, index: usize) -> Option<bool> {
        let end =
            self.past.end(&self.plan.instances[index].id).filter(|_| self.past.goes_back())?;
        let is_back = end.outcome == Outcome::RolledBack;
        self.way_back.iter_mut().for_each(|way| way.has_failed |= !is_back);
        Some(is_back)
    }

    /// Begins to put a stack instance back.
    async fn start_back(&mut self, index: usize) {
        let instance = &self.plan.instances[index];
        let Some(end) = self.change(index).cloned() else { return };
        let request = (end.outcome == Outcome::Updated)
            .then(|| self.work.befores.request(instance).map_err(|why| undo::unknown(&why)));
        let sent = self.past.sent(&instance.id).cloned();
        let work = Work { index, sent, ..self.work.clone() };
        self.voice.say(What::InstanceStarted { instance: instance.id.clone() }).await;
        self.tasks.spawn(async move {
            let end = Box::pin(undo::undo(&work, Undo { end, request })).await;
            work.send(Message::Ended(index, Box::new(end))).await;
        });
    }

    /// Leaves a stack instance as the run left it, because something else does not go back.
    async fn stay(&mut self, index: usize, because: SkipCause, going: &[usize]) {
        let failure = match because {
            SkipCause::NeedFailed { need } => undo::is_needed(&self.plan.instances[going[need]].id),
            SkipCause::Cancelled
            | SkipCause::WaveStopped { .. }
            | SkipCause::NotSucceeded { .. } => match &self.unkept {
                Some(reason) => skipped::unkept(reason),
                None => skipped::cancelled(),
            },
        };
        let Some(end) = self.change(index) else { return };
        let end = undo::stays(end, failure);
        self.has_bad = true;
        self.way_back.iter_mut().for_each(|way| way.has_failed = true);
        self.voice.say(What::InstanceFinished { end }).await;
    }

    async fn start(&mut self, index: usize) {
        let instance = &self.plan.instances[index];
        let sent = self.past.sent(&instance.id).cloned();
        let cancelled = self.past.cancelled(&instance.id);
        let work = Work { index, sent, cancelled, ..self.work.clone() };
        if instance.purpose == Purpose::Read || self.past.end(&instance.id).is_some() {
            let operation = self.operation;
            self.tasks.spawn(async move {
                let read = match operation {
                    Operation::Apply | Operation::Plan => super::survey::read(&work).await,
                    // What takes nothing down needs no outputs either.
                    Operation::Destroy => Ok(BTreeMap::new()),
                };
                work.send(Message::Read(index, Box::new(read))).await;
            });
            return;
        }
        self.voice.say(What::InstanceStarted { instance: instance.id.clone() }).await;
        let job = match self.operation {
            Operation::Destroy => Ok(Job::Destroy),
            Operation::Apply => self.known.request(&self.plan, index).map(Job::Apply),
            Operation::Plan => self.foreseen.draft(&self.plan, index).map(Job::Preview),
        };
        let secrets = job.as_ref().map(Job::secrets).unwrap_or_default();
        secrets.iter().for_each(|value| self.voice.keep_secret(value));
        self.tasks.spawn(async move {
            let end = job::carry_out(&work, job).await;
            work.send(Message::Ended(index, Box::new(end))).await;
        });
    }

    async fn skip(&mut self, index: usize, because: SkipCause) {
        let instance = &self.plan.instances[index];
        if instance.purpose == Purpose::Read {
            return;
        }
        if let Some(end) = self.past.end(&instance.id) {
            self.has_bad |= !end.outcome.is_good();
            return;
        }
        let end = match self.past.sent(&instance.id) {
            Some(sent) => self.left(&instance.id, Some(&Moving::from(sent))),
            None => ending::skipped(&instance.id, self.why_skipped(because)),
        };
        self.has_bad = true;
        self.voice.say(What::InstanceFinished { end }).await;
    }

    fn why_skipped(&self, because: SkipCause) -> Failure {
        let plan = &self.plan;
        match because {
            SkipCause::Cancelled => match &self.unkept {
                Some(reason) => skipped::unkept(reason),
                None => skipped::cancelled(),
            },
            SkipCause::NeedFailed { need } if self.unread.contains_key(&need) => {
                self.unread[&need].clone()
            }
            SkipCause::NeedFailed { need } => skipped::need_failed(plan, self.operation, need),
            SkipCause::WaveStopped { wave, failed } => {
                skipped::wave_stopped(plan, self.waves[wave], failed)
            }
            SkipCause::NotSucceeded { wave } => skipped::environment_failed(plan, self.waves[wave]),
        }
    }

    /// Obeys a wish to stop, and returns whether the run is left now.
    async fn heed(&mut self, stop: Stop) -> bool {
        if stop == Stop::No {
            return false;
        }
        let at_once = stop == Stop::AtOnce;
        self.voice.say(What::CancelRequested { at_once }).await;
        self.is_cancelled = true;
        self.cloud.give_up_logins();
        let decisions = self.schedule.cancel();
        self.obey(decisions).await;
        if at_once {
            self.leave().await;
        }
        at_once
    }

    /// Ends every instance that still runs, without waiting for it.
    async fn leave(&mut self) {
        self.tasks.abort_all();
        while let Ok(message) = self.messages.try_recv() {
            self.hear(message).await;
        }
        for at in self.schedule.running() {
            let index = self.way_back.as_ref().map_or(at, |way| way.going[at]);
            let instance = &self.plan.instances[index];
            let is_read = self.past.end(&instance.id).is_some() && self.way_back.is_none();
            if instance.purpose == Purpose::Read || is_read {
                continue;
            }
            self.way_back.iter_mut().for_each(|way| way.has_failed = true);
            let known = self.moving.remove(&instance.id);
            let end = self.left(&instance.id, known.as_ref());
            self.has_bad = true;
            self.voice.say(What::InstanceFinished { end }).await;
        }
    }

    /// Returns the end of one that is not followed any longer.
    fn left(&self, instance: &InstanceId, known: Option<&Moving>) -> InstanceEnd {
        if self.operation == Operation::Plan {
            return ending::left_looking(instance, &self.work.run);
        }
        let message = match known {
            Some(known) => format!("left while its {} was under way", known.action.as_noun()),
            None => "left before any change of it was known to be accepted".to_owned(),
        };
        let failure = Failure::new(FailureKind::StillMoving, message).with_help(format!(
            "CloudFormation goes on by itself; `xdeploy resume {}` follows it to its end",
            self.work.run
        ));
        let mut end = ending::failed(instance, failure, None);
        if let Some(known) = known {
            (end.stack_id, end.status) = (known.stack_id.clone(), known.status.clone());
        }
        end
    }
}

/// What is known of a call that was sent when the run was carried out before.
impl From<&Sent> for Moving {
    fn from(sent: &Sent) -> Self {
        Self { action: sent.action, stack_id: sent.stack_id.clone(), status: None }
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
