//! The kinds of faults, and the word for each.

use std::time::Duration;

use jiff::SignedDuration;

use crate::name::AccountId;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The call is answered with this HTTP status, 500 to 599, in AWS's form; 409 is a conflict of conditional writes.
    Error(u16),
    /// The call is refused for coming too fast.
    Throttle,
    /// The call is refused for want of permission, as by a service control policy.
    Deny,
    /// Nobody enters the account.
    NoEntry,
    /// Keys are refused as unknown, as in a Region that is not enabled.
    NotEnabled,
    /// Keys are refused as expired this long after their first call.
    Expire(Duration),
    /// The cloud's clock is ahead of ours by this much, or behind.
    Skew(SignedDuration),
    /// The connection ends before the request is seen.
    Reset,
    /// The call is carried out, and the connection ends before the reply.
    LoseReply,
    /// The call is carried out, and the connection ends in the middle of the reply.
    Truncate,
    /// The call is carried out, and the reply stops in its middle on a connection that stays open.
    StallBody,
    /// The call is carried out, and the reply comes a byte every three seconds.
    Drip,
    /// The call is carried out, and the reply has no end.
    Huge,
    /// The call is carried out, and something in between gives a page in place of its reply.
    Garble,
    /// Every page of a list says that there is a further one, always by the same token.
    RepeatToken,
    /// Something in between answers with a page and this HTTP status.
    Html(u16),
    /// The call takes this much longer.
    Slow(Duration),
    /// The call is never answered.
    Hang,
    /// The host's name leads nowhere.
    Dns,
    /// Reads show the state of this long ago.
    Stale(Duration),
    /// The call is carried out, and the ARNs in its answer name another account.
    Foreign,
    /// A session that is asked for is opened in the role of the same name in this account.
    Elsewhere(AccountId),
    /// A step of a resource fails.
    Fail(Vec<StepKind>),
    /// A step of a resource takes this much longer.
    Stall(Duration),
    /// A detection of drift finds that a resource is not as its stack made it.
    Drift(DriftKind),
}

/// What became of a resource behind its stack's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    /// A property has another value.
    Modified,
    /// It is gone.
    Deleted,
    /// Nobody can tell: its service answers with an error.
    Unreadable,
}

/// A step of a resource that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// The resource is deleted.
    Delete,
    /// It goes back to what it was.
    Rollback,
}

/// The words for kinds, with what stands behind `=`; nothing if that is empty.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("error", "a status from 500 to 599, or 409"),
    ("throttle", ""),
    ("deny", ""),
    ("no-entry", ""),
    ("not-enabled", ""),
    ("expire", "a time"),
    ("skew", "a time, behind ours with a minus"),
    ("reset", ""),
    ("lose-reply", ""),
    ("truncate", ""),
    ("stall-body", ""),
    ("drip", ""),
    ("huge", ""),
    ("garble", ""),
    ("repeat-token", ""),
    ("html", "a status from 500 to 599"),
    ("slow", "a time"),
    ("hang", ""),
    ("dns", ""),
    ("stale", "a time"),
    ("foreign", ""),
    ("elsewhere", "an account's id"),
    ("fail", "steps joined by +"),
    ("stall", "a time"),
    ("drift", "modified, deleted or unreadable"),
];

impl StepKind {
    /// All steps, with their words.
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("create", Self::Create),
        ("update", Self::Update),
        ("delete", Self::Delete),
        ("rollback", Self::Rollback),
    ];

    /// Returns the step's word.
    pub fn as_str(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, step)| *step == self);
        named.map(|(word, _)| *word).expect("every step has a word")
    }
}

impl FaultKind {
    /// Whether its targets are resources of stacks; all others are for calls.
    pub fn is_of_resources(&self) -> bool {
        matches!(self, Self::Fail(_) | Self::Stall(_) | Self::Drift(_))
    }

    /// Whether the kind itself says which action it is for.
    pub(super) fn has_own_actions(&self) -> bool {
        self.is_of_resources() || matches!(self, Self::NoEntry | Self::Elsewhere(_))
    }
}
