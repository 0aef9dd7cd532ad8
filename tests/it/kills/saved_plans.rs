//! Plans that are kept, killed while they are made and while they are carried out: each change set is executed or deleted.

use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudformation::types::ExecutionStatus;

use super::{ACCOUNTS, FILE, Field, Files, State, account, kill_and_resume, moment};

const PLAN: &str = "reviewed.plan";

/// Returns how many change sets stand in an account that could still be executed.
async fn open_change_sets(endpoint: &str, account: &str) -> usize {
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .build();
    let client = aws_sdk_cloudformation::Client::from_conf(config);
    let mut open = 0;
    for stack in ["first", "second"] {
        let listed = client.list_change_sets().stack_name(stack).send().await;
        let listed = listed.expect("change sets are listed");
        let is_open = |status: Option<&ExecutionStatus>| {
            matches!(status, Some(ExecutionStatus::Available | ExecutionStatus::Unavailable))
        };
        open += listed.summaries().iter().filter(|it| is_open(it.execution_status())).count();
    }
    open
}

fn left(field: &Field) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut left = 0;
        for number in 0..ACCOUNTS {
            left += open_change_sets(&field.server.endpoint(), &account(number)).await;
        }
        left
    })
}

/// Kills a plan while it is made, then a run of another while it carries that out.
fn try_one(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let field = Field::new(State::Folder);
    let whole = |command: &[&str]| {
        field.run(&[command, &["--progress", "none"]].concat()).expect_code(0);
    };
    whole(&["apply", FILE, "--yes"]);
    field.write("two");
    let planned = ["plan", FILE, "--out", PLAN];
    let moment = moment(&mut random, 300);
    let said = field.kill(&planned, moment);
    let killed = format!("a plan killed at {moment:?}, after {} events", said.lines().count());
    if field.place.path().join(PLAN).exists() {
        whole(&["plan", "--discard", PLAN]);
    }
    assert_eq!(left(&field), 0, "seed {seed}: {killed}");
    whole(&planned);
    let told = kill_and_resume(&field, &["apply", PLAN, "--yes"], Files::AsTheyWere, &mut random);
    assert_eq!(
        field.begun().get("UPDATE_IN_PROGRESS"),
        Some(&80),
        "seed {seed}: {killed} {told:?}"
    );
    assert!(!field.sent().keys().any(|call| call.starts_with("Update")), "seed {seed}: {told:?}");
    assert_eq!(left(&field), 0, "seed {seed}: {killed} {told:?}");
    println!("seed {seed}: {killed} {told:?}");
}

#[test]
fn killed_plans_and_runs_of_them_leave_no_change_set_and_make_every_change_once() {
    (0..6).for_each(try_one);
}
