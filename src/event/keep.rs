//! What is kept on disk before a stack is changed (intents and prior stacks), and how far that has come.
//!
//! The engine waits here for whoever keeps the run's journal: no call that changes something is sent
//! before its intention, and what stood before, would survive the machine.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::sent_texts::SentNote;
use crate::name::InstanceId;

/// How many notes of what stood before may wait to be written.
const MOST_WAITING: usize = 256;

/// How much of a run is safe on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Every event up to this number.
    UpTo(u64),
    /// No more can be kept: why.
    Lost(String),
}

/// A stack as it stood before a run changed it: all that is needed to go back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorStack {
    /// Which stack instance.
    pub instance: InstanceId,
    /// The stack's ARN.
    pub stack_id: String,
    /// When its last operation began, by AWS's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// The digest of its template; absent if it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Its parameters; one without a value holds what AWS does not show, and is left as it is.
    pub parameters: BTreeMap<String, Option<String>>,
    /// The tags of the stack before the update.
    pub tags: BTreeMap<String, String>,
    /// The capabilities that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// The role that CloudFormation assumes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_role: Option<String>,
    /// Topics that hear of its events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notification_arns: Vec<String>,
    /// Alarms that roll it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollback_alarms: Vec<String>,
    /// Its parts that may have been sent otherwise than they were read; absent where an older version kept it
    /// and did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<BTreeSet<UncertainPart>>,
    /// Whether it was protected from deletion.
    pub termination_protection: bool,
    /// Its stack policy, if the run sets one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_policy: Option<String>,
}

/// A part of a stack that was read where `?` stands for a character that AWS does not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncertainPart {
    /// Its template, as a whole.
    Template,
    /// A parameter, by its name.
    Parameter(String),
    /// A tag, by its key as it was read.
    Tag(String),
    /// An alarm that rolls it back, by its ARN as it was read.
    RollbackAlarm(String),
}

impl fmt::Display for UncertainPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template => f.write_str("its template"),
            Self::Parameter(name) => write!(f, "its parameter `{name}`"),
            Self::Tag(key) => write!(f, "its tag `{key}`"),
            Self::RollbackAlarm(arn) => write!(f, "its rollback alarm `{arn}`"),
        }
    }
}

/// What stood before and what is sent in its place, on its way to the disk.
#[derive(Debug)]
pub struct KeepPriorStack {
    /// The stack as it was; absent where none stood.
    pub before: Option<PriorStack>,
    /// What is sent and will not be answered as it is.
    pub sent: Option<SentNote>,
    /// The text of its template, unless that is kept already.
    pub template: Option<Arc<str>>,
    /// Told once it is safe, or why it is not.
    pub done: oneshot::Sender<Result<(), String>>,
}

/// For how long a run has an environment to itself.
#[derive(Clone, Debug)]
pub enum Lease {
    /// Until both moments: one of the two clocks may stand still while the machine sleeps.
    Until {
        /// By the clock that waits go by.
        until: Instant,
        /// By the machine's time.
        by_the_wall: SystemTime,
    },
    /// No more: why.
    Lost(String),
}

/// What stands before every call that changes something: the leases of all environments of a run.
#[derive(Clone, Debug, Default)]
pub struct Fence {
    leases: Vec<watch::Receiver<Lease>>,
}

impl Fence {
    /// Returns the fence of a run with these leases; one without any is always open.
    pub fn of(leases: Vec<watch::Receiver<Lease>>) -> Self {
        Self { leases }
    }

    /// Whether every environment is the run's own now.
    pub fn is_open(&self) -> bool {
        self.leases.iter().all(|lease| lease.borrow().is_ours())
    }

    /// Waits until every environment is known to be the run's own.
    ///
    /// # Errors
    /// With the reason, once one of them is not.
    pub async fn opens(&self) -> Result<(), String> {
        for lease in &self.leases {
            let is_settled = |lease: &Lease| matches!(lease, Lease::Lost(_)) || lease.is_ours();
            match lease.clone().wait_for(is_settled).await.as_deref() {
                Ok(Lease::Until { .. }) => {}
                Ok(Lease::Lost(why)) => return Err(why.clone()),
                Err(_) => return Err("whoever keeps the lock is gone".to_owned()),
            }
        }
        Ok(())
    }
}

impl Lease {
    fn is_ours(&self) -> bool {
        match self {
            Self::Until { until, by_the_wall } => {
                Instant::now() < *until && SystemTime::now() < *by_the_wall
            }
            Self::Lost(_) => false,
        }
    }
}

/// The engine's end of what is kept.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// What stands before every change.
    pub fence: Fence,
    /// How much of the run is safe.
    pub kept: watch::Receiver<Kept>,
    /// Takes what stood before; absent if nobody keeps it.
    pub prior_stacks: Option<mpsc::Sender<KeepPriorStack>>,
}

/// The end of whoever keeps a run.
#[derive(Debug)]
pub struct Keeper {
    /// Says how much is safe.
    pub kept: watch::Sender<Kept>,
    /// What stood before.
    pub prior_stacks: mpsc::Receiver<KeepPriorStack>,
}

/// Returns the two ends between a run and whoever keeps it.
pub fn keeping() -> (Keeping, Keeper) {
    let (kept_sender, kept) = watch::channel(Kept::UpTo(0));
    let (sender, prior_stacks) = mpsc::channel(MOST_WAITING);
    let keeping = Keeping { fence: Fence::default(), kept, prior_stacks: Some(sender) };
    (keeping, Keeper { kept: kept_sender, prior_stacks })
}

impl Keeping {
    /// Returns what stands in for a keeper where none is: everything counts as safe.
    pub fn by_nobody() -> Self {
        let (_, kept) = watch::channel(Kept::UpTo(u64::MAX));
        Self { fence: Fence::default(), kept, prior_stacks: None }
    }

    /// Waits until the event of that number is safe, and the run still has its environments to itself.
    ///
    /// # Errors
    /// With the reason, when no more can be kept.
    pub async fn is_safe(&mut self, sequence: u64) -> Result<(), String> {
        let reached = |kept: &Kept| match kept {
            Kept::UpTo(number) => *number >= sequence,
            Kept::Lost(_) => true,
        };
        let kept = match self.kept.wait_for(reached).await.as_deref() {
            Ok(Kept::Lost(reason)) => Err(reason.clone()),
            Ok(Kept::UpTo(_)) => Ok(()),
            Err(_) => Err("whoever keeps the journal is gone".to_owned()),
        };
        kept?;
        // What was safe long ago may be another's by now: whoever stood still must not go on.
        self.fence.opens().await
    }
}
