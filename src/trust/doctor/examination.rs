//! Looks at every account of a plan, through the same sessions as a run would.

use std::sync::Arc;

use futures::stream::{self, StreamExt};

use crate::cloud::Cloud;
use crate::diagnosis::{Checkup, Diagnosis};
use crate::event::Finding;
use crate::name::{AccountId, AccountName, EnvironmentName};
use crate::plan::{AccountEntry, Plan};
use crate::sessions::Sessions;

/// How many accounts are looked at together.
const AT_ONCE: usize = 64;

/// What was found out about the accounts of a plan.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Who each environment's source credentials are, where they were needed and found.
    pub sources: Vec<SourceIdentity>,
    /// The accounts, in the plan's order.
    pub accounts: Vec<Examined>,
}

/// Who the source credentials of an environment are.
#[derive(Clone, Debug)]
pub struct SourceIdentity {
    /// The environment that they are for.
    pub environment: EnvironmentName,
    /// The account that they belong to.
    pub account_id: AccountId,
    /// The caller's ARN.
    pub caller: String,
}

/// What was found out about an account.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The environment that names it.
    pub environment: EnvironmentName,
    /// Its name there.
    pub account: AccountName,
    /// Its twelve digits.
    pub account_id: AccountId,
    /// How it is entered.
    pub entry: AccountEntry,
    /// The ARN of the session's caller, if it could be entered.
    pub caller: Option<String>,
    /// What is wrong, the first cause first.
    pub findings: Vec<Finding>,
    /// Why it could not be read what the session may do, if it could not.
    pub permissions_unread: Option<String>,
    /// What the session may not do and `apply` needs at times only.
    pub notes: Vec<String>,
}

impl Examined {
    /// Whether the account could be entered.
    pub fn is_entered(&self) -> bool {
        self.caller.is_some()
    }
}

impl Examination {
    /// Returns the exit code: 3 if an account cannot be entered, 1 if something else is wrong.
    pub fn exit_code(&self) -> u8 {
        if !self.accounts.iter().all(Examined::is_entered) {
            3
        } else {
            u8::from(self.accounts.iter().any(|account| !account.findings.is_empty()))
        }
    }
}

/// Looks at every account of a plan. Refused roles in other accounts are read through the role
/// `read_with` there, if one is given; `on_examined` hears when an account is done.
pub async fn examine(
    plan: Arc<Plan>,
    cloud: Cloud,
    read_with: Option<String>,
    on_examined: impl Fn(),
) -> Examination {
    let diagnosis = Diagnosis::for_doctor(cloud.clone(), read_with);
    let sessions = Sessions::new(cloud, plan.clone()).diagnosed_by(diagnosis);
    let accounts = stream::iter(0..plan.accounts.len())
        .map(|account| examine_one(&plan, &sessions, account))
        .buffered(AT_ONCE)
        .inspect(|_| on_examined())
        .collect()
        .await;
    let source = |(position, environment): (usize, &crate::plan::PlannedEnvironment)| {
        let (account, caller) = sessions.source(position)?;
        Some(SourceIdentity {
            environment: environment.name.clone(),
            account_id: account.clone(),
            caller: caller.to_owned(),
        })
    };
    let sources = plan.environments.iter().enumerate().filter_map(source).collect();
    Examination { sources, accounts }
}

async fn examine_one(plan: &Plan, sessions: &Sessions, account: usize) -> Examined {
    let target = &plan.accounts[account];
    let (caller, checkup) = match sessions.enter(account).await.session {
        Ok(session) => {
            (Some(session.caller().to_owned()), Checkup::of(session, plan, account).await)
        }
        Err(failure) => {
            let findings = failure.findings.clone();
            (None, Checkup { findings, ..Checkup::default() })
        }
    };
    Examined {
        environment: plan.environments[target.environment].name.clone(),
        account: target.name.clone(),
        account_id: target.id.clone(),
        entry: target.entry.clone(),
        caller,
        findings: checkup.findings,
        permissions_unread: checkup.permissions_unread,
        notes: checkup.notes,
    }
}
