//! Uploads of local artifacts: before the stack, once, told, and given up with the run.

use std::fs;
use std::sync::Arc;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, Operation, RunEvent, StackAction};
use xdeploy::plan::Plan;

use crate::support::client::s3;
use crate::support::files::{HEAD, ONE};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";

const APP: &str = "Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties: { Code: code, Role: 'arn:aws:iam::100000000001:role/r', Runtime: python3.13, Handler: a.main }
";

/// Returns a world with code for two stacks, and no bucket for it.
fn world() -> World {
    let world = World::new(&[DEV]);
    let template = world.write("app.yaml", APP);
    let folder = template.parent().expect("a folder").join("code");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.py"), "def main(event, context): pass\n").expect("written");
    world
}

async fn make_bucket(world: &World) {
    let made = s3(world, DEV, "eu-central-1").create_bucket().bucket("code").send();
    made.await.expect("the name is free");
}

fn packaged(world: &World, stacks: &str) -> Arc<Plan> {
    let head = format!("{ONE}artifacts: {{ bucket: code, owner: \"{DEV}\" }}\n");
    world.packed(&format!("{head}stacks: {stacks}\n"))
}

fn calls(ran: &Ran, operation: &str) -> u64 {
    ran.report.api_calls.get(operation).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn an_object_that_two_stacks_name_is_sent_once() {
    let world = world();
    make_bucket(&world).await;
    let plan = packaged(&world, "{ one: { template: app.yaml }, two: { template: app.yaml } }");
    let ran = world.run(Operation::Apply, plan).await;
    assert_eq!(ran.report.summary.created, 2);
    assert_eq!(calls(&ran, "s3:PutObject"), 1, "{:?}", ran.report.api_calls);
    assert_eq!(calls(&ran, "s3:HeadObject"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_told_with_how_much_of_it_was_sent() {
    let world = world();
    make_bucket(&world).await;
    world.inject("slow=5s,action=PutObject");
    let plan = packaged(&world, "{ app: { template: app.yaml } }");
    let ran = world.run(Operation::Apply, plan).await;
    let (mut begun, mut sent) = (None, None);
    for event in &ran.events {
        match &event.kind {
            EventKind::UploadStarted { bucket, objects, bytes, .. } => {
                assert_eq!((bucket.as_str(), *objects), ("code", 1));
                begun = Some(*bytes);
            }
            EventKind::UploadProgressed { sent_bytes, .. } => sent = Some(*sent_bytes),
            _ => {}
        }
    }
    assert!(begun.is_some());
    assert_eq!(begun, sent, "all of it went out, and S3 took its time");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_created_once_the_run_is_cancelled_while_it_uploads() {
    let world = world();
    make_bucket(&world).await;
    world.inject("hang,action=PutObject");
    let plan = packaged(&world, "{ app: { template: app.yaml } }");
    let (wish, stop) = watch::channel(Stop::No);
    let watching = |event: &RunEvent| {
        if matches!(event.kind, EventKind::UploadStarted { .. }) {
            wish.send_replace(Stop::Settle);
        }
    };
    let ran = world.run_until(Operation::Apply, plan, Limits::default(), stop, watching).await;
    assert_eq!(ran.report.exit_code(), 130, "{:?}", ran.report);
    assert_eq!(calls(&ran, "cloudformation:CreateStack"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_never_worked_stays_while_its_code_cannot_be_uploaded() {
    let world = world();
    make_bucket(&world).await;
    world.inject("fail=create,times=1");
    let stacks = "{ app: { template: app.yaml } }";
    let ran = world.run(Operation::Apply, packaged(&world, stacks)).await;
    let status = |ran: &Ran| ran.instance("dev", "app").status.as_ref().map(ToString::to_string);
    assert_eq!(status(&ran).as_deref(), Some("ROLLBACK_COMPLETE"));
    let folder = world.write("app.yaml", APP);
    let code = folder.parent().expect("a folder").join("code/a.py");
    fs::write(code, "def main(event, context): return 1\n").expect("written");
    world.inject("deny,action=PutObject,times=1");
    let plan = packaged(&world, stacks);
    let ran = world.run(Operation::Apply, plan.clone()).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app failed"]);
    assert_eq!(calls(&ran, "cloudformation:DeleteStack"), 0);
    let ran = world.run(Operation::Apply, plan).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    assert_eq!(calls(&ran, "cloudformation:DeleteStack"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_was_deleted_is_created_with_what_it_names_in_spite_of_a_stop() {
    let world = world();
    make_bucket(&world).await;
    world.inject("fail=create,times=1");
    let plan = packaged(&world, "{ app: { template: app.yaml } }");
    world.run(Operation::Apply, plan.clone()).await;
    let (wish, stop) = watch::channel(Stop::No);
    let when_it_is_deleted = |event: &RunEvent| {
        if let EventKind::ActionStarted { action: StackAction::DeleteBeforeCreate, .. } = event.kind
        {
            wish.send_replace(Stop::Settle);
        }
    };
    let limits = Limits::default();
    let ran = world.run_until(Operation::Apply, plan, limits, stop, when_it_is_deleted).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
}

#[tokio::test(start_paused = true)]
async fn accounts_with_one_template_are_announced_with_one_whatever_their_buckets_are_called() {
    let world = world();
    let artifacts = "artifacts: { bucket: 'code-${account.id}' }";
    let plan =
        world.packed(&format!("{HEAD}{artifacts}\nstacks: {{ app: {{ template: app.yaml }} }}\n"));
    let sent: Vec<&str> = plan.instances.iter().map(|it| &*it.template().digest).collect();
    assert_ne!(sent[0], sent[1], "each is sent with the place in its own bucket");
    let ran = world.run(Operation::Apply, plan).await;
    let EventKind::RunStarted { instances, .. } = &ran.events[0].kind else {
        panic!("a run begins with that: {:?}", ran.events[0]);
    };
    assert_eq!(instances[0].template, instances[1].template);
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_cannot_be_read_stays_as_it_is_written_and_none_is_uploaded_for_itself() {
    let world = world();
    let notice = "Metadata: { AWS::ServerlessRepo::Application: { LicenseUrl: LICENSE } }\n";
    let socket = world.write("x", "").with_file_name("LICENSE");
    std::os::unix::net::UnixListener::bind(socket).expect("a socket is made");
    for (rest, uploads) in [(APP, 1), ("Resources: { T: { Type: AWS::SNS::Topic } }\n", 0)] {
        world.write("app.yaml", &format!("{notice}{rest}"));
        let plan = packaged(&world, "{ app: { template: app.yaml } }");
        let desired = plan.instances[0].desired().expect("it is deployed");
        assert_eq!(desired.uploads.len(), uploads);
        assert_eq!(desired.artifacts.is_some(), uploads > 0);
        assert!(desired.template.file.text.starts_with(notice));
    }
}
