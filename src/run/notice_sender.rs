//! Sends the notices of a run on, to whoever its environments name, while the run goes on. What cannot be sent stops nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cloud::{Cloud, NoticeMessage};
use crate::error_chain::with_causes;
use crate::event::Failure;
use crate::foreign;
use crate::name::EnvironmentName;
use crate::plan::{NoticeTarget, Plan};
use crate::report::{Notice, counted};
use crate::sessions::Sessions;

/// How long one notice may take.
const SENT_WITHIN: Duration = Duration::from_secs(30);

/// How long the end of a run waits for what is still to be sent.
const LEFT_WITHIN: Duration = Duration::from_secs(15);

/// Who is told of a run, each in turn of its own: one that is slow keeps nobody else waiting.
pub(super) struct NoticeSender {
    queues: Vec<Queue>,
    sending: JoinSet<Sent>,
}

/// The notices that wait for one target.
struct Queue {
    environments: Vec<EnvironmentName>,
    shown: String,
    waiting: mpsc::UnboundedSender<Arc<NoticeMessage>>,
}

/// What became of the notices for one target.
struct Sent {
    shown: String,
    taken: usize,
    /// How many were not, and why the last was not.
    lost: usize,
    reason: Option<String>,
}

/// One who is told, and by whose credentials.
struct Recipient {
    target: NoticeTarget,
    /// Its first environment, as a position in the plan's.
    environment: usize,
    sessions: Arc<Sessions>,
    cloud: Cloud,
}

impl NoticeSender {
    /// Returns what tells those that the environments of a plan name; nothing if they name nobody.
    pub fn of(plan: &Plan, cloud: &Cloud, sessions: &Arc<Sessions>) -> Option<Self> {
        let (mut queues, mut sending) = (Vec::new(), JoinSet::new());
        for (target, environments) in targets(plan) {
            let Some(&first) = environments.first() else { continue };
            let shown = target.shown();
            let recipient = Recipient {
                target,
                environment: first,
                sessions: sessions.clone(),
                cloud: cloud.clone(),
            };
            let (waiting, queue) = mpsc::unbounded_channel();
            sending.spawn(recipient.tell_all(queue));
            let environments = environments.iter().map(|at| plan.environments[*at].name.clone());
            queues.push(Queue { environments: environments.collect(), shown, waiting });
        }
        (!queues.is_empty()).then_some(Self { queues, sending })
    }

    /// Hands notices on until no more come.
    pub async fn hand_on(&self, mut notices: mpsc::UnboundedReceiver<Notice>) {
        while let Some(notice) = notices.recv().await {
            let message = Arc::new(message(&notice));
            for queue in &self.queues {
                let concerns = |name| queue.environments.contains(name);
                if notice.environment.as_ref().is_none_or(concerns) {
                    // A sender ends with its queue.
                    let _ = queue.waiting.send(message.clone());
                }
            }
        }
    }

    /// Waits until all is sent, for a while, and returns what was not: sentences without a full stop at their end.
    pub async fn finish(self) -> Vec<String> {
        let Self { queues, mut sending } = self;
        let mut open: Vec<String> = queues.into_iter().map(|queue| queue.shown).collect();
        let mut untold = Vec::new();
        let all = async {
            while let Some(sent) = sending.join_next().await {
                let Ok(sent) = sent else { continue };
                open.retain(|shown| *shown != sent.shown);
                untold.extend(sent.told());
            }
        };
        let why = match timeout(LEFT_WITHIN, all).await {
            Err(_) => "it takes too long",
            Ok(()) => "whoever sends its notices has failed",
        };
        untold.extend(open.into_iter().map(|shown| format!("{shown} was not told all: {why}")));
        untold.sort();
        untold
    }
}

/// Returns everybody who is told, each with the environments that name it, as positions.
fn targets(plan: &Plan) -> Vec<(NoticeTarget, Vec<usize>)> {
    let mut targets: Vec<(NoticeTarget, Vec<usize>)> = Vec::new();
    for (position, environment) in plan.environments.iter().enumerate() {
        for target in &environment.notify {
            match targets.iter_mut().find(|(known, _)| known == target) {
                Some((_, environments)) => environments.push(position),
                None => targets.push((target.clone(), vec![position])),
            }
        }
    }
    targets
}

fn message(notice: &Notice) -> NoticeMessage {
    let json = serde_json::to_string(notice).expect("names, numbers and text become JSON");
    NoticeMessage {
        kind: notice.notice.word(),
        subject: format!("xdeploy: {}", notice.text),
        json: foreign::json(&json),
        group: notice.run.to_string(),
        id: format!("{}-{}", notice.run, notice.sequence),
    }
}

impl Sent {
    /// Returns what was lost of it, if something was.
    fn told(self) -> Option<String> {
        let Self { shown, taken, lost, reason } = self;
        let reason = reason?;
        let notices = match taken {
            0 => counted(lost, "notice"),
            _ => format!("{lost} of {}", counted(lost + taken, "notice")),
        };
        Some(format!("{notices} did not reach {shown}: {reason}"))
    }
}

impl Recipient {
    async fn tell_all(self, mut queue: mpsc::UnboundedReceiver<Arc<NoticeMessage>>) -> Sent {
        let mut sent = Sent { shown: self.target.shown(), taken: 0, lost: 0, reason: None };
        while let Some(message) = queue.recv().await {
            let told = timeout(SENT_WITHIN, self.tell(&message)).await;
            match told.unwrap_or_else(|_| Err("no answer came in time".to_owned())) {
                Ok(()) => sent.taken += 1,
                Err(reason) => {
                    let kind = message.kind;
                    tracing::warn!(to = sent.shown, kind, reason, "a notice is not sent");
                    sent.lost += 1;
                    sent.reason = Some(reason);
                }
            }
        }
        sent
    }

    /// Sends one message.
    ///
    /// # Errors
    /// With why it is not taken, as a sentence.
    async fn tell(&self, message: &NoticeMessage) -> Result<(), String> {
        let source = || async {
            let found = self.sessions.source_session(self.environment).await;
            found.map_err(|failure: &Failure| foreign::one_line(&failure.message))
        };
        let words = |error: &dyn std::error::Error| foreign::one_line(&with_causes(error));
        match &self.target {
            NoticeTarget::Sns(topic) => {
                let sent = self.cloud.publish(source().await?, topic, message).await;
                sent.map_err(|error| words(&error))
            }
            NoticeTarget::EventBus(bus) => {
                let sent = self.cloud.put_event(source().await?, bus, message).await;
                sent.map_err(|error| words(&error))
            }
            NoticeTarget::Webhook(_) if self.cloud.is_embedded() => {
                Err("the sandbox calls nobody outside".to_owned())
            }
            NoticeTarget::Webhook(address) => {
                let address = address.known().ok_or_else(|| {
                    "its address is read anew, and a variable of it is not set".to_owned()
                })?;
                self.cloud.post(&address, message).await.map_err(|error| words(&error))
            }
            NoticeTarget::Unknown(reason) => Err(foreign::one_line(reason)),
        }
    }
}
