//! A sandbox whose state stands in a folder.

use std::fs;

use serde_json::Value as Json;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{Sandbox, Settings, accounts_in, reset};

use crate::support::embedded::{Embedded, Keys, words};

const DEV: &str = "100000000001";
const TOPIC: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

fn open(folder: &tempfile::TempDir, clock: Clock) -> Embedded {
    let sandbox = Sandbox::open(folder.path(), clock, Settings::default()).expect("a folder");
    Embedded::of(sandbox, clock)
}

#[tokio::test(start_paused = true)]
async fn a_stack_goes_on_where_another_program_left_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Embedded::new();
    let cloud = open(&folder, first.clock);
    let stacks = cloud.stacks(DEV);
    stacks.0.create_stack().stack_name("app").template_body(TOPIC).send().await.unwrap();
    let other = open(&folder, first.clock);
    assert_eq!(other.stacks(DEV).settled("app").await, "CREATE_COMPLETE");
    let status = stacks.describe("app").await.stack_status.unwrap();
    assert_eq!(status.as_str(), "CREATE_COMPLETE");
    assert_eq!(accounts_in(folder.path()).unwrap(), [DEV.parse().unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_file_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = open(&folder, Embedded::new().clock);
    let path = folder.path().join("100000000001.json");
    fs::write(&path, "{ not json").unwrap();
    let refused = cloud.stacks(DEV).0.describe_stacks().send().await.unwrap_err();
    let said = words(&refused);
    assert!(said.contains(&path.display().to_string()), "{said}");
    assert!(said.contains("xdeploy sandbox reset"), "{said}");
    assert!(cloud.stacks("100000000002").0.describe_stacks().send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reset_leaves_nothing_but_what_is_not_the_sandboxs() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = open(&folder, Embedded::new().clock);
    cloud.stacks(DEV).create("app", TOPIC).await;
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    reset(folder.path(), jiff::Timestamp::now()).unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(cloud.stacks(DEV).0.describe_stacks().send().await.unwrap().stacks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_of_an_older_file_is_made_by_the_next_update_and_missed_by_no_deletion() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Embedded::new().clock;
    let cloud = open(&folder, clock);
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("templates").send().await.unwrap();
    let put = s3.put_object().bucket("templates").key("t").body(TOPIC.as_bytes().to_vec().into());
    put.send().await.unwrap();
    let root = "Resources: { Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: \
                'https://templates.s3.amazonaws.com/t' } } }";
    for name in ["updated", "deleted"] {
        assert_eq!(cloud.stacks(DEV).create(name, root).await, "CREATE_COMPLETE");
    }
    // Such a file knows the resource and no stack of its id.
    let path = folder.path().join("100000000001.json");
    let mut account: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let stacks = account["stacks"].as_object_mut().unwrap();
    stacks.retain(|_, stack| stack["nesting"].is_null());
    assert_eq!(stacks.len(), 2);
    fs::write(&path, account.to_string()).unwrap();

    let cloud = open(&folder, clock);
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.update("updated", root).await, "UPDATE_COMPLETE");
    let told = stacks.0.describe_stack_resource().stack_name("updated");
    let told = told.logical_resource_id("Inner").send().await.unwrap();
    let inner = told.stack_resource_detail.unwrap().physical_resource_id.unwrap();
    let status = stacks.describe(&inner).await.stack_status.unwrap();
    assert_eq!(status.as_str(), "CREATE_COMPLETE");
    for name in ["updated", "deleted"] {
        assert_eq!(stacks.delete(name).await, "DELETE_COMPLETE");
    }
}

#[test]
fn programs_that_share_a_folder_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let make = |program: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let cloud = open(&folder, Clock::System);
            let stacks = cloud.stacks(DEV);
            for number in 0..10 {
                let create = stacks.0.create_stack().stack_name(format!("app-{program}-{number}"));
                create.template_body(TOPIC).send().await.unwrap();
            }
        });
    };
    std::thread::scope(|scope| {
        for program in 0..4 {
            scope.spawn(move || make(program));
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stacks = open(&folder, Clock::System).stacks(DEV);
    let all = runtime.block_on(stacks.0.describe_stacks().send()).unwrap();
    assert_eq!(all.stacks().len(), 40);
}
