//! The keeper of a lock: a task that lets it be heard of for as long as somebody has it, and gives it back then.

use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::bucket::{StateBucket, StateError};
use super::close::close;
use super::lease::{BEAT, Hold};
use super::lock_object::{LOCK_SCHEMA, LockBody, look, read_body};
use super::process_mark::ProcessMark;
use crate::cloud::{PutOutcome, WriteCondition};
use crate::event::Lease;
use crate::journal::Holder;

/// How long a lock that is given back is waited for.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(10);

/// How soon a beat is tried again that failed.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often it is tried again to write down who has a lock.
const MOST_SIGNINGS: usize = 5;

/// What is asked of a keeper; it gives the lock back once nobody asks any more.
#[derive(Debug)]
pub(super) enum LockCommand {
    /// Writes down who has it, and tells how that went.
    Sign(Box<Holder>, oneshot::Sender<Result<(), String>>),
}

/// A lock that was written by us, and what keeps it so.
pub(super) struct LockKeeper {
    bucket: StateBucket,
    name: String,
    body: LockBody,
    /// The object's entity tag, as it was written last.
    pub etag: String,
    hold: Hold,
    /// What our own clock counts from.
    started: Instant,
}

impl LockKeeper {
    /// Returns what is about to write a lock over what stood there before.
    pub fn taking(bucket: &StateBucket, name: &str, before: Option<LockBody>) -> Self {
        let mut unclosed = Vec::new();
        if let Some(before) = before {
            unclosed = before.unclosed;
            unclosed.extend(before.token.and(before.holder).map(|holder| holder.run));
        }
        let token = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let body = LockBody {
            schema: LOCK_SCHEMA,
            token: Some(token),
            beat: 0,
            holder: None,
            process: ProcessMark::own(),
            unclosed,
        };
        let (bucket, name, started) = (bucket.clone(), name.to_owned(), Instant::now());
        Self { bucket, name, body, etag: String::new(), hold: Hold::since(Duration::ZERO), started }
    }

    /// Returns the object as it is to be written.
    pub fn json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).expect("names and times become JSON")
    }

    /// Whether what stands there is ours, with which entity tag.
    ///
    /// # Errors
    /// If that cannot be read.
    pub async fn finds_itself(&mut self) -> Result<bool, StateError> {
        let Some(stored) = self.bucket.read(&self.name).await? else { return Ok(false) };
        let body = read_body(&self.bucket, &self.name, &stored.content)?;
        let is_ours = body.token == self.body.token;
        if is_ours {
            self.etag = stored.etag;
        }
        Ok(is_ours)
    }

    /// Closes the runs of owners that are gone, and forgets them.
    ///
    /// # Errors
    /// If one cannot be closed.
    pub async fn close_others(&mut self) -> Result<(), StateError> {
        if self.body.unclosed.is_empty() {
            return Ok(());
        }
        for run in &self.body.unclosed {
            close(&self.bucket, run).await?;
        }
        self.body.unclosed.clear();
        Ok(())
    }

    /// Returns for how long the lock is known to be ours, and the task that keeps it until nobody asks any more.
    pub fn start(
        self,
        commands: mpsc::UnboundedReceiver<LockCommand>,
    ) -> (watch::Receiver<Lease>, JoinHandle<()>) {
        let (told, lease) = watch::channel(self.lease());
        (lease, tokio::spawn(self.keep(commands, told)))
    }

    async fn keep(
        mut self,
        mut commands: mpsc::UnboundedReceiver<LockCommand>,
        told: watch::Sender<Lease>,
    ) {
        let mut next = self.at(self.hold.next_beat());
        loop {
            let signed = tokio::select! {
                command = commands.recv() => match command {
                    None => return self.give_back().await,
                    Some(LockCommand::Sign(holder, done)) => {
                        self.body.holder = Some(*holder);
                        Some(done)
                    }
                },
                () = sleep_until(next) => None,
            };
            let mut renewed = self.renew().await;
            // What is signed must stand there before anything of the run is written.
            for _ in 0..MOST_SIGNINGS {
                if signed.is_none() || !matches!(renewed, Err(Renewal::Failed(_))) {
                    break;
                }
                sleep(TRIED_AGAIN_AFTER).await;
                renewed = self.renew().await;
            }
            next = match renewed {
                Ok(()) => self.at(self.hold.next_beat()),
                Err(_) => Instant::now() + TRIED_AGAIN_AFTER,
            };
            let lost = match &renewed {
                Err(Renewal::Lost(why)) => Some(why.clone()),
                Ok(()) | Err(Renewal::Failed(_)) => None,
            };
            told.send_replace(lost.clone().map_or_else(|| self.lease(), Lease::Lost));
            if let Some(done) = signed {
                let _ = done.send(renewed.map_err(|failed| failed.to_string()));
            }
            if lost.is_some() {
                return;
            }
        }
    }

    /// Lets the lock be heard of once more.
    async fn renew(&mut self) -> Result<(), Renewal> {
        self.body.beat += 1;
        let began = Instant::now();
        // An answer that comes later than the next beat is worth nothing.
        let put = self.bucket.put(&self.name, self.json(), WriteCondition::Unchanged(&self.etag));
        let put = timeout_at(began + BEAT, put).await;
        match put {
            Ok(Ok(PutOutcome::Written(etag))) => {
                self.etag = etag;
                self.hold = Hold::since(began.duration_since(self.started));
                Ok(())
            }
            Ok(Ok(PutOutcome::Refused)) => match self.finds_itself().await {
                Ok(true) => Err(Renewal::Failed("its answer was lost".to_owned())),
                Ok(false) => Err(Renewal::Lost(self.lost().await)),
                Err(error) => Err(Renewal::Failed(error.to_string())),
            },
            Ok(Err(error)) => Err(Renewal::Failed(error.to_string())),
            Err(_) => Err(Renewal::Failed("no answer came in time".to_owned())),
        }
    }

    /// Says who has it now.
    async fn lost(&self) -> String {
        let holder = match look(&self.bucket, &self.name).await {
            Ok(view) => view.and_then(|view| view.holder),
            Err(_) => None,
        };
        let by = match holder {
            Some(Holder { run, owner, .. }) => {
                format!("run {run} of {} on {} has", owner.user, owner.host)
            }
            None => "another run has".to_owned(),
        };
        format!("{by} taken {} meanwhile, as this one was not heard of", self.name)
    }

    /// Gives the lock back.
    pub async fn give_back(mut self) {
        let body = LockBody { token: None, holder: None, process: None, ..self.body.clone() };
        self.body = LockBody { beat: body.beat + 1, ..body };
        let put = self.bucket.put(&self.name, self.json(), WriteCondition::Unchanged(&self.etag));
        match timeout_at(Instant::now() + GIVEN_BACK_WITHIN, put).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a lock is not given back: it ends by itself"),
            Err(_) => tracing::warn!(name = self.name, "a lock is not given back in time"),
        }
    }

    fn at(&self, since: Duration) -> Instant {
        self.started + since
    }

    /// Until when the lock counts as ours, by both clocks of this machine: one of them may have stood still with it.
    fn lease(&self) -> Lease {
        let until = self.at(self.hold.until());
        let left = until.saturating_duration_since(Instant::now());
        Lease::Until { until, by_the_wall: SystemTime::now() + left }
    }
}

/// Why a lock was not renewed.
#[derive(Clone, Debug, thiserror::Error)]
enum Renewal {
    /// It is another's.
    #[error("{0}")]
    Lost(String),
    /// It is tried again.
    #[error("{0}")]
    Failed(String),
}
