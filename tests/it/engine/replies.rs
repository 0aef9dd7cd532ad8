//! Replies that stop, drip, have no end, are no answer, lead in a circle, or do not come: whatever
//! happens, a run ends, says what it knows, and does nothing twice.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xdeploy::cloud::Owners;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, Outcome, RunEvent, StackAction};

use crate::support::client::{cloudformation, operations, s3};
use crate::support::edited::edited;
use crate::support::files::{ONE, SETTING, failing};
use crate::support::world::{Ran, SOURCE, World};

const DEV: &str = "100000000001";

/// What may become of a reply to a call that is carried out.
const LOST: [&str; 6] = ["stall-body", "drip", "huge", "garble", "truncate", "lose-reply"];

fn with_value(value: &str) -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
}

fn world() -> World {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world
}

/// Returns how long something takes, in seconds of virtual time.
async fn timed<T>(work: impl Future<Output = T>) -> (T, u64) {
    let began = Instant::now();
    let done = tokio::time::timeout(Duration::from_secs(24 * 3600), work).await;
    (done.expect("it ends within a day"), began.elapsed().as_secs())
}

/// Returns how often it was told that a stack cannot be seen.
fn unseen(ran: &Ran) -> usize {
    ran.events.iter().filter(|event| matches!(event.kind, EventKind::StackUnseen { .. })).count()
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_lost_in_its_body_is_asked_for_again_within_a_minute_or_so() {
    for fault in LOST {
        for action in ["DescribeStacks", "CreateStack", "AssumeRole", "GetCallerIdentity"] {
            let world = world();
            world.inject(&format!("{fault},action={action},times=1"));
            let (ran, seconds) = timed(world.apply(&with_value("one"))).await;
            assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"], "{fault} {action}");
            assert!(seconds < 90, "{fault} {action}: {seconds} s");
            assert_eq!(operations(&world, DEV).await, ["app CREATE_IN_PROGRESS"], "{fault}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_never_comes_is_looked_for_by_its_token_and_followed() {
    for fault in LOST {
        let world = world();
        world.inject(&format!("{fault},action=CreateStack"));
        world.inject(&format!("{fault},action=UpdateStack"));
        world.inject(&format!("{fault},action=DeleteStack"));
        let created = world.apply(&with_value("one")).await;
        assert_eq!(created.outcomes(), ["dev/eu-central-1/app created"], "{fault}");
        let updated = world.apply(&with_value("two")).await;
        assert_eq!(updated.outcomes(), ["dev/eu-central-1/app updated"], "{fault}");
        let deleted = world.destroy(&with_value("two")).await;
        assert_eq!(deleted.outcomes(), ["dev/eu-central-1/app deleted"], "{fault}");
        world.faults().clear();
        let all = ["app CREATE_IN_PROGRESS", "app DELETE_IN_PROGRESS", "app UPDATE_IN_PROGRESS"];
        assert_eq!(operations(&world, DEV).await, all, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_seen_either_is_told_as_one_that_may_go_on() {
    for (fault, kept) in [("garble", true), ("hang", false)] {
        let world = world();
        world.inject(&format!("{fault},action=CreateStack"));
        world.inject("deny,action=DescribeStackEvents");
        world.inject("garble,action=DescribeStacks,skip=1");
        let ran = world.apply(&with_value("one")).await;
        let failure = ran.failure("dev", "app");
        assert_eq!(failure.kind, FailureKind::StillMoving, "{failure:?}");
        assert!(failure.message.contains("whether its creation was accepted"), "{failure:?}");
        assert!(failure.help.as_ref().is_some_and(|help| help.contains("resume")), "{failure:?}");
        world.faults().clear();
        assert_eq!(operations(&world, DEV).await.len(), usize::from(kept), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_every_answer_to_a_call_that_never_arrives_is_a_failure_that_says_so() {
    let world = world();
    world.apply(&with_value("one")).await;
    world.inject("html=503,action=DeleteStack");
    let ran = world.destroy(&with_value("one")).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
    assert!(failure.message.contains("shows nothing of it"), "{failure:?}");
    world.faults().clear();
    assert_eq!(operations(&world, DEV).await, ["app CREATE_IN_PROGRESS"]);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_creation_whose_answer_names_no_stack_is_followed() {
    let world = world();
    let without_id = |action: &str, text: String| match (action, text.split_once("<StackId>")) {
        ("CreateStack", Some((before, rest))) => {
            format!("{before}{}", rest.split_once("</StackId>").map_or("", |(_, after)| after))
        }
        _ => text,
    };
    let cloud = edited(&world, without_id);
    let run = world.new_run(Operation::Apply, Limits::default());
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&with_value("one"));
    let ran = world.carry_out_through(&cloud, run, plan, stop, |_| {}).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    let id = ran.instance("dev", "app").stack_id.clone().expect("its ARN is known");
    assert!(id.starts_with("arn:"), "{id}");
    assert_eq!(operations(&world, DEV).await, ["app CREATE_IN_PROGRESS"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_another_stack_is_none_and_the_right_one_is_followed() {
    let world = world();
    let cloud = edited(&world, |action, text| match action {
        "CreateStack" => text.replace(":stack/app/", ":stack/other/"),
        _ => text,
    });
    let run = world.new_run(Operation::Apply, Limits::default());
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&with_value("one"));
    let ran = world.carry_out_through(&cloud, run, plan, stop, |_| {}).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    let id = ran.instance("dev", "app").stack_id.clone().expect("its ARN is known");
    assert!(id.contains(":stack/app/"), "{id}");
    assert_eq!(operations(&world, DEV).await, ["app CREATE_IN_PROGRESS"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_token_repeats_is_given_up_and_what_needed_it_says_so() {
    let world = world();
    world.apply(&with_value("one")).await;
    // The events are read to their end for the token of an update that never arrived.
    world.inject("html=503,action=UpdateStack");
    world.inject("repeat-token,action=DescribeStackEvents");
    let ran = world.apply(&with_value("two")).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::StillMoving, "{failure:?}");
    assert!(failure.message.contains("leads back to one that was read"), "{failure:?}");
    let calls = &ran.report.api_calls;
    assert!(calls["cloudformation:DescribeStackEvents"] < 30, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_whose_pages_repeat_is_given_up_and_deleted() {
    let world = world();
    world.apply(&with_value("one")).await;
    world.inject("repeat-token,action=DescribeChangeSet");
    let ran = world.run(Operation::Plan, world.plan(&with_value("two"))).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
    assert!(failure.message.contains("leads back to one that was read"), "{failure:?}");
    assert_eq!(ran.report.api_calls["cloudformation:DeleteChangeSet"], 1);
}

/// Plans against a cloud whose change sets stay as they are, and wishes to stop after so long.
async fn planned_without_end(world: &World, stops_after: Option<Duration>) -> (Ran, u64) {
    let cloud = edited(world, |action, text| match action {
        "DescribeChangeSet" => text.replace("CREATE_COMPLETE", "CREATE_IN_PROGRESS"),
        _ => text,
    });
    let run = world.new_run(Operation::Plan, Limits::default());
    let (wish, stop) = watch::channel(Stop::No);
    tokio::spawn(async move {
        match stops_after {
            Some(after) => tokio::time::sleep(after).await,
            None => std::future::pending().await,
        }
        wish.send_replace(Stop::Settle);
        std::future::pending::<()>().await;
    });
    let plan = world.plan(&with_value("two"));
    timed(world.carry_out_through(&cloud, run, plan, stop, |_| {})).await
}

#[tokio::test(start_paused = true)]
async fn a_change_set_that_is_never_drawn_up_ends_the_plan_and_is_deleted() {
    let world = world();
    world.apply(&with_value("one")).await;
    let (ran, seconds) = planned_without_end(&world, None).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::TimedOut, "{failure:?}");
    assert!(seconds < 20 * 60, "{seconds} s");
    assert_eq!(ran.report.api_calls["cloudformation:DeleteChangeSet"], 1);
    let (ran, seconds) = planned_without_end(&world, Some(Duration::from_secs(60))).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app skipped"]);
    assert!(seconds < 65, "{seconds} s");
    assert_eq!(ran.report.api_calls["cloudformation:DeleteChangeSet"], 1);
}

/// Applies while from the first operation on something is wrong with the answers to DescribeStacks.
async fn applied_unseen(world: &World, fault: &'static str) -> (Ran, u64) {
    let faults = world.faults();
    let when_accepted = move |event: &RunEvent| {
        if matches!(event.kind, EventKind::ActionStarted { .. }) {
            faults.add(fault.parse().expect("a fault"));
        }
    };
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&with_value("one"));
    timed(world.run_until(Operation::Apply, plan, Limits::default(), stop, when_accepted)).await
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_cannot_be_seen_is_told_once_and_given_up_in_the_end() {
    for fault in ["garble", "stall-body", "hang", "reset"] {
        let world = world();
        let fault: &'static str = format!("{fault},action=DescribeStacks").leak();
        let (ran, seconds) = applied_unseen(&world, fault).await;
        let failure = ran.failure("dev", "app");
        assert_eq!(failure.kind, FailureKind::StillMoving, "{fault}: {failure:?}");
        assert!(failure.message.contains("its creation continues"), "{fault}: {failure:?}");
        assert_eq!(unseen(&ran), 1, "{fault}");
        assert!((500..1800).contains(&seconds), "{fault}: {seconds} s");
        let told = ran.events.iter().position(|e| matches!(e.kind, EventKind::StackUnseen { .. }));
        let told = ran.events[told.expect("it was told")].at;
        let began = ran.events.iter().find(|e| matches!(e.kind, EventKind::ActionStarted { .. }));
        let after = told.duration_since(began.expect("it began").at).as_secs();
        assert!(after <= 150, "{fault}: told after {after} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_seen_again_ends_as_it_stands() {
    let world = world();
    let (ran, _) = applied_unseen(&world, "garble,action=DescribeStacks,times=16").await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    assert_eq!(unseen(&ran), 1);
}

#[tokio::test(start_paused = true)]
async fn what_makes_a_listing_unreadable_hides_no_stack_of_the_run() {
    let world = world();
    let file =
        format!("{ONE}stacks:\n  a: {{ template: app.yaml }}\n  b: {{ template: app.yaml }}\n");
    let client = cloudformation(&world, DEV);
    client.create_stack().stack_name("odd").template_body(SETTING).send().await.expect("accepted");
    // No year has such a month.
    let cloud = edited(&world, |action, text| match action {
        "DescribeStacks" if text.contains("<StackName>odd<") => {
            text.replace("<CreationTime>2026-11", "<CreationTime>9999-99")
        }
        _ => text,
    });
    let run = world.new_run(Operation::Apply, Limits::default());
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&file);
    let (ran, seconds) = timed(world.carry_out_through(&cloud, run, plan, stop, |_| {})).await;
    assert_eq!(ran.report.summary.created, 2, "{:?}", ran.outcomes());
    assert!(seconds < 60, "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_there_and_never_shows_itself_is_told_as_that_within_a_minute() {
    let world = world();
    world.inject("stale=2m,action=DescribeStacks");
    let client = cloudformation(&world, DEV);
    client.list_stacks().send().await.expect("nothing stands there");
    tokio::time::advance(Duration::from_secs(180)).await;
    client.create_stack().stack_name("app").template_body(SETTING).send().await.expect("accepted");
    tokio::time::advance(Duration::from_secs(10)).await;
    let (ran, seconds) = timed(world.apply(&with_value("one"))).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::StackStuck, "{failure:?}");
    assert!(failure.message.contains("AlreadyExistsException"), "{failure:?}");
    assert!(seconds < 60, "{seconds} s");
    world.faults().clear();
    assert_eq!(operations(&world, DEV).await, ["app CREATE_IN_PROGRESS"]);
}

/// Carries out a run under a fault, and wishes once to stop two seconds after the first event that
/// `is_it`. Returns how many seconds it went on.
async fn stopped_after(
    world: &World,
    file: &str,
    is_it: impl Fn(&EventKind) -> bool,
) -> (Ran, u64) {
    let (wish, stop) = watch::channel(Stop::No);
    let stopped = std::sync::Arc::new(std::sync::Mutex::new(None));
    let wishes = |event: &RunEvent| {
        if is_it(&event.kind) {
            let (wish, stopped) = (wish.clone(), stopped.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                stopped.lock().expect("no holder panics").get_or_insert_with(Instant::now);
                wish.send_replace(Stop::Settle);
            });
        }
    };
    let plan = world.plan(file);
    let (ran, _) =
        timed(world.run_until(Operation::Apply, plan, Limits::default(), stop, wishes)).await;
    let stopped = stopped.lock().expect("no holder panics").expect("it was asked to stop");
    (ran, stopped.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn one_wish_to_stop_ends_the_wait_for_any_answer_that_is_only_read() {
    for (fault, updates) in [
        ("hang,action=AssumeRole", false),
        ("stall-body,action=AssumeRole", false),
        ("stall-body,action=GetCallerIdentity", false),
        ("stall-body,action=DescribeStacks", false),
        ("hang,action=DescribeStacks", true),
        ("drip,action=DescribeStacks", true),
    ] {
        let world = world();
        if updates {
            world.apply(&with_value("one")).await;
        }
        world.inject(fault);
        let is_start = |kind: &EventKind| matches!(kind, EventKind::InstanceStarted { .. });
        let (ran, seconds) = stopped_after(&world, &with_value("two"), is_start).await;
        assert_eq!(ran.outcomes(), ["dev/eu-central-1/app skipped"], "{fault}");
        assert_eq!(ran.report.exit_code(), 130, "{fault}");
        assert_eq!(seconds, 0, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_wish_to_stop_a_stack_that_cannot_be_seen_is_left_within_minutes() {
    for fault in ["garble", "stall-body", "hang", "reset"] {
        let world = world();
        let faults = world.faults();
        let is_accepted = move |kind: &EventKind| {
            let is_it = matches!(kind, EventKind::ActionStarted { .. });
            if is_it {
                faults.add(format!("{fault},action=DescribeStacks").parse().expect("a fault"));
            }
            is_it
        };
        let (ran, seconds) = stopped_after(&world, &with_value("one"), is_accepted).await;
        let failure = ran.failure("dev", "app");
        assert_eq!(failure.kind, FailureKind::StillMoving, "{fault}: {failure:?}");
        assert!(failure.message.contains("its creation continues"), "{fault}: {failure:?}");
        assert_eq!(ran.report.exit_code(), 130, "{fault}");
        assert!(seconds < 180, "{fault}: {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_wish_to_stop_the_answer_to_a_change_is_waited_for_a_minute_at_most() {
    let is_intended = |kind: &EventKind| matches!(kind, EventKind::ActionIntended { .. });
    // It never arrives.
    let lost = world();
    lost.inject("hang,action=CreateStack");
    let (ran, seconds) = stopped_after(&lost, &with_value("one"), is_intended).await;
    assert_eq!(ran.failure("dev", "app").kind, FailureKind::Unreachable);
    assert_eq!(ran.report.exit_code(), 130);
    assert!(seconds <= 61, "{seconds} s");
    // It was accepted, and is followed to its end.
    let accepted = world();
    accepted.inject("drip,action=CreateStack");
    let (ran, seconds) = stopped_after(&accepted, &with_value("one"), is_intended).await;
    assert_eq!(ran.instance("dev", "app").outcome, Outcome::Created);
    assert!(seconds <= 61, "{seconds} s");
    // Nobody knows.
    let unknown = world();
    unknown.inject("drip,action=CreateStack");
    unknown.inject("hang,action=DescribeStacks,skip=1");
    let (ran, seconds) = stopped_after(&unknown, &with_value("one"), is_intended).await;
    assert_eq!(ran.failure("dev", "app").kind, FailureKind::StillMoving);
    assert!(seconds <= 61, "{seconds} s");
}

/// What stood before a stack was changed, and a run that changes it and fails, so that it goes back.
const BACK: &str = "rollout: { on-failure: rollback-run }\nstacks:\n  \
    app: { template: app.yaml, parameters: { Value: VALUE } }\n  \
    new: { template: app.yaml, depends-on: [app] }\n  \
    bad: { template: bad.yaml, depends-on: [new] }\n";

#[tokio::test(start_paused = true)]
async fn what_goes_back_is_followed_where_the_answer_to_its_call_is_lost() {
    for fault in LOST {
        let world = world();
        world.write("bad.yaml", &failing("create", "1"));
        world.apply(&with_value("one")).await;
        world.inject(&format!("{fault},action=UpdateStack,skip=1"));
        world.inject(&format!("{fault},action=DeleteStack"));
        let plan = world.plan(&format!("{ONE}{}", BACK.replace("VALUE", "two")));
        let run = world.new_run(Operation::Apply, Limits::default());
        let events = world.until(run, plan, None).await;
        let ran = Ran::new(events);
        let outcomes = ran.outcomes();
        let back = ["dev/eu-central-1/app rolled-back", "dev/eu-central-1/new rolled-back"];
        let is_told = |line: &&str| outcomes.iter().any(|told| told == line);
        assert!(back.iter().all(is_told), "{fault}: {outcomes:?} {:?}", ran.report.stack_instances);
        world.faults().clear();
        let all = operations(&world, DEV).await;
        let count = |begun: &str| all.iter().filter(|operation| *operation == begun).count();
        assert_eq!(count("app UPDATE_IN_PROGRESS"), 2, "{fault}: {all:?}");
        assert_eq!(count("new DELETE_IN_PROGRESS"), 1, "{fault}: {all:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_is_continued_is_followed_where_the_answer_is_lost() {
    for fault in LOST {
        let world = world();
        let file = format!("{ONE}stacks:\n  app: {{ template: app.yaml }}\n");
        world.write("app.yaml", &failing("", "1"));
        world.apply(&file).await;
        world.write("app.yaml", &failing("update, rollback", "2"));
        let stuck = world.apply(&file).await;
        let status = stuck.instance("dev", "app").status.as_ref().map(|s| s.as_str().to_owned());
        assert_eq!(status.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
        world.write("app.yaml", &failing("", "3"));
        world.inject(&format!("{fault},action=ContinueUpdateRollback"));
        let ran = world.apply(&file).await;
        let actions: Vec<StackAction> = ran
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::ActionStarted { action, .. } => Some(*action),
                _ => None,
            })
            .collect();
        assert_eq!(actions[0], StackAction::ContinueRollback, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_whose_content_is_cut_off_is_read_on_from_there() {
    let world = world();
    let s3 = s3(&world, SOURCE, "eu-central-1");
    s3.create_bucket().bucket("artifacts").send().await.expect("a bucket");
    let content = b"0123456789".to_vec();
    let put = s3.put_object().bucket("artifacts").key("a").body(content.clone().into());
    put.send().await.expect("an object");
    let region = "eu-central-1".parse().expect("a Region");
    for fault in ["truncate,action=GetObject,times=2", "stall-body,action=GetObject,times=1"] {
        world.inject(fault);
        let owners = Owners::of(SOURCE.parse().expect("an id"));
        let objects = world.cloud().objects(&region, None, owners).await;
        let mut read = Vec::new();
        objects.get("artifacts", "a", 100, &mut read).await.expect("it is read");
        assert_eq!(read, content, "{fault}");
        world.faults().clear();
    }
}
