//! The queue of invocations: those that wait for a process, and those that a process has, with their
//! timeouts and retries.
//!
//! Decided here, and only from the moment: which is handed out next, how long it may take, and
//! whether it is tried again.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot::Sender;

use super::function::Function;
use super::outcome::InvocationOutcome;

/// How long after an error an asynchronous invocation is tried again, and then once more.
const RETRY_AFTER: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// Invocations, oldest first.
#[derive(Debug)]
pub struct Queue {
    timeout: Duration,
    invocations: Vec<FunctionInvocation>,
}

/// One invocation of a function.
#[derive(Debug)]
pub struct FunctionInvocation {
    id: String,
    function: Function,
    payload: Bytes,
    /// Who waits for its answer; nobody waits for that of an asynchronous one.
    caller: Option<Sender<InvocationOutcome>>,
    /// How many times it ended with an error.
    errors: usize,
    stage: Stage,
}

/// How far an invocation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It waits for a process, from that moment on.
    Waiting(Timestamp),
    /// A process has it until then.
    Dispatched(Timestamp),
}

/// What a process is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchedInvocation {
    /// The id of the invocation.
    pub id: String,
    /// The ARN by which the function was invoked.
    pub function: String,
    /// What the function is given.
    pub payload: Bytes,
    /// When its time is over.
    pub deadline: Timestamp,
}

impl FunctionInvocation {
    /// Returns an asynchronous invocation that waits for a process from a moment on.
    pub fn new(id: String, function: Function, payload: Bytes, from: Timestamp) -> Self {
        Self { id, function, payload, caller: None, errors: 0, stage: Stage::Waiting(from) }
    }

    /// Returns the invocation as one whose answer somebody waits for.
    pub fn with_caller(self, caller: Sender<InvocationOutcome>) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// Whether a process of this function, or of any, may have it now.
    fn is_for(&self, function: Option<&str>, now: Timestamp) -> bool {
        matches!(self.stage, Stage::Waiting(from) if from <= now)
            && function.is_none_or(|name| name == self.function.name)
    }

    /// Whether its caller left before any process had it.
    fn is_given_up(&self) -> bool {
        let is_waiting = matches!(self.stage, Stage::Waiting(_));
        is_waiting && self.caller.as_ref().is_some_and(Sender::is_closed)
    }
}

impl Queue {
    /// Returns an empty queue of invocations that may take as long as `timeout`.
    pub fn new(timeout: Duration) -> Self {
        Self { timeout, invocations: Vec::new() }
    }

    /// Adds an invocation.
    pub fn add(&mut self, invocation: FunctionInvocation) {
        self.invocations.push(invocation);
    }

    /// Hands the oldest invocation out that waits for a process of this function, or of any.
    pub fn dispatch(
        &mut self,
        function: Option<&str>,
        now: Timestamp,
    ) -> Option<DispatchedInvocation> {
        let deadline = now + self.timeout;
        let next = self.invocations.iter_mut().find(|one| one.is_for(function, now))?;
        next.stage = Stage::Dispatched(deadline);
        let (id, payload) = (next.id.clone(), next.payload.clone());
        Some(DispatchedInvocation { id, function: next.function.arn(), payload, deadline })
    }

    /// Ends an invocation that a process has, if its time is not over; returns whether one had it.
    pub fn end(&mut self, id: &str, outcome: InvocationOutcome, now: Timestamp) -> bool {
        self.expire_overdue(now);
        let is_it =
            |one: &FunctionInvocation| one.id == id && matches!(one.stage, Stage::Dispatched(_));
        let Some(index) = self.invocations.iter().position(is_it) else { return false };
        self.finish(index, outcome, now);
        true
    }

    /// Ends the invocation that would be handed out next, if one waits.
    pub fn fail_next(
        &mut self,
        function: Option<&str>,
        outcome: InvocationOutcome,
        now: Timestamp,
    ) {
        let next = self.invocations.iter().position(|one| one.is_for(function, now));
        if let Some(index) = next {
            self.finish(index, outcome, now);
        }
    }

    /// Ends what took too long and forgets what nobody waits for any more.
    pub fn expire_overdue(&mut self, now: Timestamp) {
        self.invocations.retain(|one| !one.is_given_up());
        let is_over =
            |one: &FunctionInvocation| matches!(one.stage, Stage::Dispatched(at) if at <= now);
        while let Some(index) = self.invocations.iter().position(is_over) {
            let one = &self.invocations[index];
            let Stage::Dispatched(at) = one.stage else { return };
            self.finish(index, InvocationOutcome::timed_out(&one.id, self.timeout), at);
        }
    }

    /// Returns the next moment at which something happens by itself.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = self.invocations.iter().map(|one| match one.stage {
            Stage::Waiting(at) | Stage::Dispatched(at) => at,
        });
        moments.filter(|at| *at > now).min()
    }

    /// Ends an invocation, or lets it wait for another try.
    fn finish(&mut self, index: usize, outcome: InvocationOutcome, at: Timestamp) {
        let one = &mut self.invocations[index];
        if outcome.is_error && one.caller.is_none() {
            let again = RETRY_AFTER.get(one.errors);
            one.errors += 1;
            if let Some(after) = again {
                one.stage = Stage::Waiting(at + *after);
                return;
            }
        }
        if let Some(caller) = self.invocations.remove(index).caller {
            // A caller that left meanwhile does not hear of it.
            let _ = caller.send(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    const TIMEOUT: Duration = Duration::from_secs(900);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn invocation(id: &str, function: &str, from: i64) -> FunctionInvocation {
        let (account, region) = ("100000000001".parse().unwrap(), "eu-central-1".parse().unwrap());
        let function = Function::named(function, &account, &region).unwrap();
        FunctionInvocation::new(id.into(), function, Bytes::from_static(b"{}"), at(from))
    }

    fn id_of(dispatched: Option<DispatchedInvocation>) -> Option<String> {
        dispatched.map(|dispatched| dispatched.id)
    }

    #[test]
    fn an_asynchronous_invocation_is_tried_three_times() {
        let mut queue = Queue::new(TIMEOUT);
        queue.add(invocation("a", "f", 0));
        let error = || InvocationOutcome::failed(Bytes::from_static(b"{}"), None);
        for (tried, again) in [(0, 60), (60, 180)] {
            assert_eq!(id_of(queue.dispatch(None, at(tried))).as_deref(), Some("a"));
            assert!(queue.end("a", error(), at(tried)));
            assert!(!queue.end("a", error(), at(tried)), "it ends once");
            assert_eq!(queue.dispatch(None, at(again - 1)), None);
            assert_eq!(queue.next_due(at(tried)), Some(at(again)));
        }
        assert_eq!(id_of(queue.dispatch(None, at(180))).as_deref(), Some("a"));
        queue.expire_overdue(at(180 + 900));
        assert!(queue.invocations.is_empty(), "{queue:?}");
    }

    #[test]
    fn an_answer_after_the_deadline_is_nobodys() {
        let mut queue = Queue::new(TIMEOUT);
        let (caller, mut answer) = oneshot::channel();
        queue.add(invocation("a", "f", 0).with_caller(caller));
        assert_eq!(queue.dispatch(None, at(5)).unwrap().deadline, at(905));
        assert!(!queue.end("a", InvocationOutcome::returned(Bytes::new()), at(905)));
        let said = String::from_utf8(answer.try_recv().unwrap().payload.to_vec()).unwrap();
        assert!(said.contains("RequestId: a Error: Task timed out after 900.00 seconds"), "{said}");
    }

    #[test]
    fn a_process_of_one_function_has_no_others() {
        let mut queue = Queue::new(TIMEOUT);
        for (id, function) in [("a", "f"), ("b", "g"), ("c", "f")] {
            queue.add(invocation(id, function, 0));
        }
        let mut take = |function| id_of(queue.dispatch(function, at(0)));
        assert_eq!(take(Some("g")).as_deref(), Some("b"));
        assert_eq!(take(Some("g")), None);
        assert_eq!(take(None).as_deref(), Some("a"));
        assert_eq!(take(Some("f")).as_deref(), Some("c"));
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_not_handed_out() {
        let mut queue = Queue::new(TIMEOUT);
        let (caller, answer) = oneshot::channel();
        queue.add(invocation("a", "f", 0).with_caller(caller));
        queue.expire_overdue(at(0));
        assert_eq!(queue.invocations.len(), 1);
        drop(answer);
        queue.expire_overdue(at(0));
        assert_eq!(queue.dispatch(None, at(0)), None);
    }
}
