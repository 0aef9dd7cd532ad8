//! Plans as they were told: losses, values, many accounts.

use super::{Recording, announced, end};
use crate::event::{
    ChangeAction, EventKind, Failure, FailureKind, Operation, Outcome, Preview, PropertyChange,
    Replacement, ResourceChange, RunResult,
};

/// Returns what would become of a queue.
pub fn change(action: ChangeAction, resource: &str) -> ResourceChange {
    ResourceChange::new(action, resource, "AWS::SQS::Queue")
}

/// Returns a change of a queue's properties, of which no values are known.
pub fn modified(resource: &str, properties: &[(&str, Replacement)]) -> ResourceChange {
    ResourceChange {
        replacement: properties.iter().map(|(_, replacement)| *replacement).max(),
        properties: properties
            .iter()
            .map(|(name, replacement)| PropertyChange::new(*name, *replacement))
            .collect(),
        ..change(ChangeAction::Modify, resource)
    }
}

/// Adds how a stack instance would end.
pub fn foreseen(run: Recording, path: &str, outcome: Outcome, preview: Preview) -> Recording {
    let mut end = end(path, outcome);
    end.preview = Some(Box::new(preview));
    run.after_ms(40).say(EventKind::InstanceFinished { end })
}

/// A plan of four accounts, three of which change alike.
pub fn planned() -> Recording {
    let accounts = ["acceptance", "dev", "prod", "test"];
    let stacks = ["network", "app"];
    let paths: Vec<String> = accounts
        .iter()
        .flat_map(|account| stacks.iter().map(move |stack| format!("{account}/{stack}")))
        .collect();
    let instances = paths.iter().map(|path| announced(path, 3)).collect();
    let mut run = Recording::started(Operation::Plan, instances);
    let update = Preview {
        changes: vec![
            change(ChangeAction::Add, "Alarms"),
            modified(
                "Queue",
                &[("DelaySeconds", Replacement::False), ("Tags", Replacement::False)],
            ),
            change(ChangeAction::Remove, "Documents"),
            modified("Work", &[("Tags", Replacement::False), ("QueueName", Replacement::True)]),
            modified("Reader", &[("Queues", Replacement::Conditional)]),
            ResourceChange { retained: true, ..change(ChangeAction::Remove, "Archive") },
        ],
        notes: vec!["RoleArn may differ: it comes from a stack that would change as well".into()],
        ..Preview::default()
    };
    for account in ["acceptance", "dev", "test"] {
        let network = format!("{account}/network");
        run = foreseen(run, &network, Outcome::Unchanged, Preview::default());
        run = foreseen(run, &format!("{account}/app"), Outcome::Updated, update.clone());
    }
    let creation = Preview {
        changes: vec![change(ChangeAction::Add, "Queue")],
        notes: vec!["RoleArn is known after apply".into()],
        ..Preview::default()
    };
    run = foreseen(run, "prod/network", Outcome::Created, creation);
    let failure = Failure::new(FailureKind::Refused, "no such parameter: Tier");
    run.fails("prod/app", Outcome::Failed, failure).finished(RunResult::Failed)
}

/// Returns a property's change from one value to another.
pub fn valued(name: &str, before: &str, after: &str, cause: &str) -> PropertyChange {
    PropertyChange {
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
        cause: Some(cause.to_owned()),
        ..PropertyChange::new(name, Replacement::False)
    }
}

/// What would become of a stack with a queue that is replaced and one in a stack within it.
fn with_values(account: &str) -> Preview {
    let name = format!("https://sqs.eu-central-1.amazonaws.com/{account}/work");
    let tag = PropertyChange {
        path: Some("/Properties/Tags/0/Value".to_owned()),
        ..valued("Tags", "a \u{1b}[2J\n::error::b", &"long ".repeat(30), "tags")
    };
    let renamed = PropertyChange {
        replacement: Replacement::True,
        ..valued("QueueName", &format!("work-{account}"), "jobs", "template")
    };
    let replaced = ResourceChange {
        physical_id: Some(name),
        properties: vec![tag, renamed],
        ..modified("Work", &[("QueueName", Replacement::True)])
    };
    let timeout = ResourceChange {
        properties: vec![valued("VisibilityTimeout", "60", "90", "parameter Timeout")],
        ..modified("Queue", &[("VisibilityTimeout", Replacement::False)])
    };
    let nested = ResourceChange {
        properties: vec![valued("DelaySeconds", "1", "2", "parameter Delay, template")],
        resource: "Inner/Queue".to_owned(),
        ..timeout.clone()
    };
    let removed = ResourceChange {
        physical_id: Some(format!("documents-{account}")),
        ..change(ChangeAction::Remove, "Documents")
    };
    Preview { changes: vec![timeout, replaced, nested, removed], ..Preview::default() }
}

/// A plan in which values differ by the account alone.
pub fn planned_values() -> Recording {
    let paths: Vec<String> = (1..=3).map(|n| format!("dev{n}/app")).collect();
    let instances = paths.iter().map(|path| announced(path, 3)).collect();
    let run = Recording::started(Operation::Plan, instances);
    let run = paths.iter().fold(run, |run, path| {
        let account = announced(path, 3).account_id;
        foreseen(run, path, Outcome::Updated, with_values(account.as_str()))
    });
    run.finished(RunResult::Succeeded)
}

/// A plan of 300 accounts in which one value is another in each.
pub fn planned_variety() -> Recording {
    let paths: Vec<String> = (1..=300).map(|n| format!("dev{n}/app")).collect();
    let instances = paths.iter().map(|path| announced(path, 3)).collect();
    let run = Recording::started(Operation::Plan, instances);
    let run = paths.iter().enumerate().fold(run, |run, (at, path)| {
        let property = valued("Value", &format!("old-{at}"), "new", "parameter Value");
        let change = ResourceChange {
            properties: vec![property],
            ..modified("Setting", &[("Value", Replacement::False)])
        };
        let preview = Preview { changes: vec![change], ..Preview::default() };
        foreseen(run, path, Outcome::Updated, preview)
    });
    run.finished(RunResult::Succeeded)
}

/// A plan of one account in which each of so many stacks changes in a way of its own.
pub fn planned_of_many_stacks(count: usize) -> Recording {
    let paths: Vec<String> = (1..=count).map(|n| format!("dev/app-{n}")).collect();
    let instances = paths.iter().map(|path| announced(path, 3)).collect();
    let run = Recording::started(Operation::Plan, instances);
    let run = paths
        .iter()
        .fold(run, |run, path| foreseen(run, path, Outcome::Updated, with_values("111111111111")));
    run.finished(RunResult::Succeeded)
}
