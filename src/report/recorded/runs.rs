//! Recorded runs that tests share: each ends in another way.

use super::recording::{Recording, account_id, announced, end};
use crate::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, Operation, Outcome, RunResult, StackAction,
};

/// Two stacks in a chain in each of two accounts, all created.
pub fn chain() -> Recording {
    let paths = ["dev/network", "test/network", "dev/app", "test/app"];
    Recording::apply(&paths)
        .after_ms(210)
        .entered("dev")
        .entered("test")
        .after_ms(90)
        .begins("dev/network", StackAction::Create)
        .begins("test/network", StackAction::Create)
        .after_ms(4_000)
        .resource("dev/network", "Vpc", "CREATE_COMPLETE", None)
        .after_ms(8_100)
        .ends_with(
            "dev/network",
            Outcome::Created,
            &[("VpcId", "vpc-1"), ("RoleArn", "arn:aws:iam::100000000001:role/network-role")],
        )
        .begins("dev/app", StackAction::Create)
        .after_ms(1_000)
        .ends_with("test/network", Outcome::Unchanged, &[("VpcId", "vpc-2")])
        .begins("test/app", StackAction::Update)
        .after_ms(60_000)
        .ends("dev/app", Outcome::Created)
        .ends("test/app", Outcome::Updated)
        .finished(RunResult::Succeeded)
}

/// A resource that fails, its stack that rolls back, and a dependent that is skipped.
pub fn failure() -> Recording {
    let refused = "User: arn:aws:sts::100000000001:assumed-role/x/y is not authorized to perform: \
                   sns:CreateTopic on resource: arn:aws:sns:eu-central-1:100000000001:t";
    let cause = Failure {
        resource: Some("Topic".to_owned()),
        help: Some("allow sns:CreateTopic in the role that xdeploy assumes".to_owned()),
        ..Failure::new(FailureKind::ResourceFailed, refused)
    };
    let skipped = Failure::new(FailureKind::NeedFailed, "dev/eu-central-1/network did not succeed");
    Recording::apply(&["dev/network", "dev/app", "dev/alarms"])
        .after_ms(300)
        .entered("dev")
        .begins("dev/network", StackAction::Create)
        .begins("dev/alarms", StackAction::Update)
        .after_ms(2_000)
        .ends("dev/alarms", Outcome::Unchanged)
        .after_ms(10_000)
        .resource("dev/network", "Topic", "CREATE_FAILED", Some(refused))
        .resource("dev/network", "Queue", "CREATE_FAILED", Some("Resource creation cancelled"))
        .stack("dev/network", "ROLLBACK_IN_PROGRESS")
        .after_ms(9_000)
        .fails("dev/network", Outcome::Failed, cause)
        .fails("dev/app", Outcome::Skipped, skipped)
        .finished(RunResult::Failed)
}

/// An account that does not let us in, beside one that does.
pub fn refusal() -> Recording {
    let cause = Failure::new(
        FailureKind::RoleRefused,
        "role crossaccount-prod-role in test could not be assumed: AccessDenied",
    )
    .with_help("name the source account in the role's trust policy");
    let skipped =
        Failure::new(FailureKind::NeedFailed, "test/eu-central-1/network did not succeed");
    Recording::apply(&["dev/network", "test/network", "test/app"])
        .after_ms(300)
        .entered("dev")
        .refused("test", cause.clone())
        .fails("test/network", Outcome::Failed, cause)
        .fails("test/app", Outcome::Skipped, skipped)
        .begins("dev/network", StackAction::Create)
        .after_ms(5_000)
        .ends("dev/network", Outcome::Created)
        .finished(RunResult::Failed)
}

/// A denial as CloudFormation tells it of a role in the stack `app` of an account.
pub fn denied(account: &str, number: usize) -> Failure {
    let id = account_id(account);
    let message = format!(
        "Role (AWS::IAM::Role): Resource handler returned message: \"User: \
         arn:aws:sts::{id}:assumed-role/deployer/xdeploy-prod is not authorized to perform: \
         iam:CreateRole on resource: arn:aws:iam::{id}:role/app-Role-1A2B3C4D5E{number:02} with an \
         explicit deny in a service control policy: \
         arn:aws:organizations::052343574110:policy/o-y3vn941x7j/service_control_policy/p-kfhxcsd9 \
         (Service: Iam, Status Code: 403, Request ID: b1bb91a6-005f-4b5e-a3bf-d8bed38b{number:04})\" \
         (RequestToken: 97cd1be4-fb19-c351-1288-81b9dc83{number:04}, HandlerErrorCode: AccessDenied)"
    );
    let failure = Failure::new(FailureKind::ResourceFailed, message)
        .with_help("mend the cause and apply again: the stack is deleted and created anew");
    Failure { resource: Some("Role".to_owned()), ..failure }
}

/// Accounts in which a service control policy denies a role, so that what needs it is skipped; and
/// one more where all is well.
pub fn denials(accounts: usize) -> Recording {
    let accounts: Vec<String> = (0..accounts).map(|number| format!("team-{number:03}")).collect();
    let with_two = accounts.iter().flat_map(|account| {
        ["app", "alarms"].map(|stack| announced(&format!("{account}/{stack}"), 4))
    });
    let instances = with_two.chain([announced("dev/app", 4)]).collect();
    let mut recording = Recording::started(Operation::Apply, instances)
        .begins("dev/app", StackAction::Create)
        .after_ms(500);
    for (number, account) in accounts.iter().enumerate() {
        let (app, alarms) = (format!("{account}/app"), format!("{account}/alarms"));
        let why = format!("it needs {account}/eu-central-1/app, which did not succeed");
        recording = recording
            .begins(&app, StackAction::Create)
            .after_ms(50)
            .fails(&app, Outcome::Failed, denied(account, number))
            .fails(&alarms, Outcome::Skipped, Failure::new(FailureKind::NeedFailed, why));
    }
    recording.after_ms(9_000).ends("dev/app", Outcome::Created).finished(RunResult::Failed)
}

/// Accounts that all refuse to let us in, as AWS and xdeploy word it.
pub fn refusals(accounts: usize) -> Recording {
    let accounts: Vec<String> = (0..accounts).map(|number| format!("team-{number:03}")).collect();
    let paths: Vec<String> = accounts.iter().map(|account| format!("{account}/app")).collect();
    let mut recording =
        Recording::apply(&paths.iter().map(String::as_str).collect::<Vec<_>>()).after_ms(200);
    for (account, path) in accounts.iter().zip(&paths) {
        let id = account_id(account);
        let (caller, role) = (
            "arn:aws:sts::999999999999:assumed-role/hub/ci",
            format!("arn:aws:iam::{id}:role/deployer"),
        );
        let failure = Failure::new(
            FailureKind::RoleRefused,
            format!(
                "account `{account}` ({id}) cannot be entered: {caller} may not assume {role}: \
                 AccessDenied: User: {caller} is not authorized to perform: sts:AssumeRole on \
                 resource: {role}"
            ),
        )
        .with_help(format!(
            "AWS does not say which side refuses. In account {id}: the role `deployer` exists, its \
             trust policy names account 999999999999"
        ));
        recording = recording.after_ms(3).refused(account, failure.clone()).fails(
            path,
            Outcome::Failed,
            failure,
        );
    }
    recording.finished(RunResult::Failed)
}

/// Four accounts in two waves, the second of which has begun.
pub fn in_waves() -> Recording {
    let paths = ["dev/app", "test/app", "a/app", "b/app"];
    let wave = |(at, path): (usize, &&str)| AnnouncedInstance {
        wave: Some(1 + at / 2),
        ..announced(path, 3)
    };
    Recording::started(Operation::Apply, paths.iter().enumerate().map(wave).collect())
        .after_ms(1_000)
        .begins("dev/app", StackAction::Create)
        .begins("test/app", StackAction::Create)
        .after_ms(58_000)
        .ends("dev/app", Outcome::Created)
        .ends("test/app", Outcome::Created)
        .after_ms(1_000)
        .begins("a/app", StackAction::Create)
        .begins("b/app", StackAction::Create)
}

/// Three accounts in two waves, the first of which stops the second.
pub fn stopped_wave() -> Recording {
    let cause = Failure::new(FailureKind::Refused, "the template has no resources");
    let stopped = Failure::new(FailureKind::WaveStopped, "wave 1 stopped when dev failed")
        .with_help("`--on-failure continue` does what does not need it all the same");
    let wave =
        |(path, wave): (&str, usize)| AnnouncedInstance { wave: Some(wave), ..announced(path, 3) };
    let instances = [("dev/app", 1), ("dev/alarms", 1), ("a/app", 2), ("b/app", 2)].map(wave);
    Recording::started(Operation::Apply, instances.to_vec())
        .begins("dev/app", StackAction::Create)
        .begins("dev/alarms", StackAction::Create)
        .after_ms(2_000)
        .fails("dev/app", Outcome::Failed, cause)
        .fails("a/app", Outcome::Skipped, stopped.clone())
        .fails("b/app", Outcome::Skipped, stopped)
        .after_ms(4_000)
        .ends("dev/alarms", Outcome::Created)
        .finished(RunResult::Failed)
}

/// A run that is asked to stop once and lets what runs settle.
pub fn cancelled() -> Recording {
    let cancelled = Failure::new(FailureKind::Cancelled, "the run was cancelled before its start");
    Recording::apply(&["dev/network", "dev/app"])
        .begins("dev/network", StackAction::Create)
        .after_ms(3_000)
        .say(EventKind::CancelRequested { at_once: false, owner: None })
        .after_ms(4_000)
        .ends("dev/network", Outcome::Created)
        .fails("dev/app", Outcome::Skipped, cancelled)
        .finished(RunResult::Cancelled)
}

/// A run that is left while a stack is being created.
pub fn left_at_once() -> Recording {
    let moving = Failure::new(FailureKind::StillMoving, "left while it was being created");
    let mut end = end("dev/network", Outcome::Failed);
    end.status = None;
    end.failure = Some(moving);
    Recording::apply(&["dev/network"])
        .begins("dev/network", StackAction::Create)
        .stack("dev/network", "CREATE_IN_PROGRESS")
        .after_ms(3_000)
        .say(EventKind::CancelRequested { at_once: false, owner: None })
        .after_ms(500)
        .say(EventKind::CancelRequested { at_once: true, owner: None })
        .say(EventKind::InstanceFinished { end })
        .finished(RunResult::Cancelled)
}

/// An apply that finds everything as asked for.
pub fn unchanged() -> Recording {
    Recording::apply(&["dev/network", "test/network"])
        .entered("dev")
        .entered("test")
        .begins("dev/network", StackAction::Update)
        .begins("test/network", StackAction::Update)
        .after_ms(700)
        .ends("dev/network", Outcome::Unchanged)
        .ends("test/network", Outcome::Unchanged)
        .finished(RunResult::Succeeded)
}

/// 300 accounts with two stacks each: one yields an output, one fails.
pub fn many() -> Recording {
    let accounts: Vec<String> = (0..300).map(|number| format!("team-{number:03}")).collect();
    let instances = accounts.iter().flat_map(|account| {
        ["network", "app"].map(|stack| announced(&format!("{account}/{stack}"), 4))
    });
    let mut recording = Recording::started(Operation::Apply, instances.collect());
    for account in &accounts {
        let (network, app) = (format!("{account}/network"), format!("{account}/app"));
        recording = recording
            .begins(&network, StackAction::Create)
            .begins(&app, StackAction::Update)
            .after_ms(100)
            .ends(&network, Outcome::Created);
        let stuck = Failure::new(FailureKind::StackStuck, "the stack stands in DELETE_FAILED");
        recording = match account.as_str() {
            "team-007" => recording.fails(&app, Outcome::Failed, stuck),
            "team-011" => recording.ends_with(&app, Outcome::Updated, &[("Url", "https://x.test")]),
            _ => recording.ends(&app, Outcome::Unchanged),
        };
    }
    recording.finished(RunResult::Failed)
}
