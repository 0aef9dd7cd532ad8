//! Lookups: values of Parameter Store, Secrets Manager and stacks of others are read when a stack instance starts.

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, RunEvent, RunResult};

use crate::support::client::cloudformation;
use crate::support::files::{SETTING, failing};
use crate::support::unfinished::Unfinished;
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";
const TEST: &str = "100000000002";

const SECRET: &str = "correct-horse-battery";

const TWO: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001", test: "100000000002" }
"#;

/// A template that keeps a parameter and a secret, and has an output.
const STORE: &str = r#"
Resources:
  Vpc: { Type: AWS::SSM::Parameter, Properties: { Name: /shared/vpc, Type: String, Value: vpc-1 } }
  Managed: { Type: AWS::SecretsManager::Secret, Properties: { Name: rds!db-0a1b, SecretString: '{"port":5433}' } }
  Db:
    Type: AWS::SecretsManager::Secret
    Properties: { Name: shared/db, SecretString: '{"password":"correct-horse-battery","port":5432}' }
Outputs:
  Vpc: { Value: vpc-of-the-stack }
"#;

const HUSHED: &str = r#"
Parameters:
  Value: { Type: String, NoEcho: true }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Value } }
Outputs:
  Value: { Value: !Sub "is ${Value}" }
"#;

/// Returns a world in whose dev account a stack of others keeps values.
async fn world() -> World {
    let world = World::new(&[DEV, TEST]);
    world.write("store.yaml", STORE);
    world.write("app.yaml", SETTING);
    world.write("hushed.yaml", HUSHED);
    let store =
        "stacks:\n  store: { template: store.yaml, accounts: [dev], stack-name: foundation }\n";
    world.apply(&format!("{TWO}{store}")).await;
    world
}

async fn applied(world: &World, stacks: &str) -> Ran {
    world.apply(&format!("{TWO}stacks:\n{stacks}")).await
}

fn calls(ran: &Ran, call: &str) -> u64 {
    ran.report.api_calls.get(call).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_place_is_read_once_however_many_stacks_ask() {
    let world = world().await;
    let ran = applied(
        &world,
        "  one: { template: app.yaml, parameters: { Value: '${ssm:/shared/vpc@dev}' } }
  two: { template: app.yaml, parameters: { Value: '${ssm:/shared/vpc@100000000001}' }, tags: { vpc: '${ssm:/shared/vpc@dev}' } }
  three: { template: app.yaml, parameters: { Value: 'in ${external:foundation.Vpc@dev/eu-central-1}' } }
",
    )
    .await;
    assert_eq!(calls(&ran, "ssm:GetParameter"), 1, "{:?}", ran.outcomes());
    for account in ["dev", "test"] {
        assert_eq!(ran.instance(account, "one").outputs["Value"], "vpc-1");
        assert_eq!(ran.instance(account, "two").outputs["Value"], "vpc-1");
        assert_eq!(ran.instance(account, "three").outputs["Value"], "in vpc-of-the-stack");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_reaches_its_stack_and_is_seen_nowhere() {
    let world = world().await;
    let file = format!(
        "{TWO}stacks:\n  one: {{ template: hushed.yaml, accounts: [dev], parameters: {{ Value: \
         '${{secret:shared/db#password}}' }} }}\n  two: {{ template: hushed.yaml, accounts: [test], parameters: {{ \
         Value: 'port ${{secret:shared/db#port@dev}}' }} }}\n"
    );
    for operation in [Operation::Plan, Operation::Apply] {
        let ran = world.run(operation, world.plan(&file)).await;
        let everything = format!("{:?}{}", ran.events, ran.report.json());
        assert!(!everything.contains(SECRET), "{everything}");
        assert_eq!(calls(&ran, "secretsmanager:GetSecretValue"), 1, "{:?}", ran.outcomes());
        if operation == Operation::Apply {
            assert_eq!(ran.instance("dev", "one").outputs["Value"], "is ****");
            assert!(ran.outcomes().iter().all(|end| end.ends_with("created")));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_fails_its_stack_instance_alone_with_its_name_and_place() {
    let world = world().await;
    let ran = applied(
        &world,
        "  good: { template: app.yaml, accounts: [dev], parameters: { Value: '${ssm:/shared/vpc}' } }
  none: { template: app.yaml, accounts: [test], parameters: { Value: '${ssm:/shared/vpc}' } }
  key: { template: hushed.yaml, accounts: [dev], parameters: { Value: '${secret:shared/db#user}' } }
  text: { template: hushed.yaml, accounts: [test], parameters: { Value: '${secret:other}' } }
  gone: { template: app.yaml, accounts: [dev], parameters: { Value: '${external:foundation.Nothing}' } }
  away: { template: app.yaml, accounts: [dev], parameters: { Value: '${external:nothing.Vpc@test}' } }
",
    )
    .await;
    assert_eq!(ran.instance("dev", "good").outputs["Value"], "vpc-1");
    for (account, stack, says) in [
        ("test", "none", "`${ssm:/shared/vpc}` of 100000000002/eu-central-1 is not there"),
        ("dev", "key", "it has no member `user`"),
        ("test", "text", "`${secret:other}` of 100000000002/eu-central-1 is not there"),
        ("dev", "gone", "the stack has no output `Nothing`"),
        ("dev", "away", "the stack `nothing` of 100000000002/eu-central-1 is not there"),
    ] {
        let failure = ran.failure(account, stack);
        assert!(failure.message.contains(says), "{stack}: {}", failure.message);
        assert!(failure.help.is_some(), "{stack}");
        assert!(!failure.message.contains(SECRET), "{stack}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_value_names_the_permission_that_is_missing() {
    let world = world().await;
    world.inject("deny,action=GetParameter");
    let app = "  app: { template: app.yaml, accounts: [dev], parameters: { Value: '${ssm:/shared/vpc}' } }\n";
    let ran = applied(&world, app).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::AccessDenied);
    assert!(failure.message.contains("`${ssm:/shared/vpc}`"), "{}", failure.message);
    let help = failure.help.as_deref().expect("what to do");
    assert!(help.contains("ssm:GetParameter") && help.contains("kms:Decrypt"), "{help}");
    assert_eq!(calls(&ran, "cloudformation:CreateStack"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_resumed_reads_anew_and_says_what_is_another_value() {
    let world = world().await;
    let app = "  app: { template: app.yaml, accounts: [dev], parameters: { Value: '${ssm:/shared/vpc} \
               ${external:foundation.Vpc}' } }\n";
    let plan = world.plan(&format!("{TWO}stacks:\n{app}"));
    let whole = world.run(Operation::Plan, plan.clone()).await;
    let reads = |event: &&RunEvent| matches!(event.kind, EventKind::ValueRead { .. });
    let last = whole.events.iter().rfind(reads).expect("it reads").sequence;
    for has_changed in [false, true] {
        let moment = Unfinished { after: last, then: None };
        let limits = Limits::default;
        let kept = world.leave_unfinished(Operation::Apply, plan.clone(), limits(), moment).await;
        assert_eq!(kept.iter().filter(reads).count(), 2);
        if has_changed {
            let store = STORE.replace("Value: vpc-1", "Value: vpc-2");
            world.write("store.yaml", &store);
            let store = "stacks:\n  store: { template: store.yaml, accounts: [dev], stack-name: foundation }\n";
            world.apply(&format!("{TWO}{store}")).await;
        }
        let ran = world.resume(plan.clone(), limits(), kept).await;
        let told = ran.events.iter().filter_map(|event| match &event.kind {
            EventKind::ValueRead { reference, is_another: true, .. } => Some(reference.as_str()),
            _ => None,
        });
        let expected: &[&str] = if has_changed { &["${ssm:/shared/vpc}"] } else { &[] };
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let value = if has_changed { "vpc-2" } else { "vpc-1" };
        let value = format!("{value} vpc-of-the-stack");
        assert_eq!(ran.instance("dev", "app").outputs["Value"], value);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_a_value_is_read_starts_nothing() {
    let world = world().await;
    world.inject("slow=30s,action=GetParameter");
    let app = "  app: { template: app.yaml, accounts: [dev], parameters: { Value: '${ssm:/shared/vpc}' } }\n";
    let plan = world.plan(&format!("{TWO}stacks:\n{app}"));
    let (wish, stop) = watch::channel(Stop::No);
    let ran = world
        .run_until(Operation::Apply, plan, Limits::default(), stop, |event| {
            if matches!(event.kind, EventKind::InstanceStarted { .. }) {
                wish.send(Stop::Settle).expect("the run listens");
            }
        })
        .await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app skipped"]);
    assert_eq!(ran.report.result, RunResult::Cancelled);
    assert_eq!(calls(&ran, "cloudformation:CreateStack"), 0);
}

#[tokio::test(start_paused = true)]
async fn throttling_of_a_value_is_borne() {
    let world = world().await;
    world.inject("throttle,action=GetParameter,times=4");
    world.inject("error=503,action=GetSecretValue,times=2");
    let app = "  app: { template: hushed.yaml, accounts: [dev], parameters: { Value: \
               '${ssm:/shared/vpc} ${secret:shared/db#port}' } }\n";
    let ran = applied(&world, app).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    assert_eq!(ran.report.throttled, 4);
}

#[tokio::test(start_paused = true)]
async fn a_value_of_another_account_than_was_entered_is_given_to_no_stack() {
    let world = world().await;
    for (action, value) in
        [("GetParameter", "${ssm:/shared/vpc}"), ("GetSecretValue", "${secret:shared/db}")]
    {
        world.inject(&format!("foreign,action={action}"));
        let app = format!(
            "  app: {{ template: hushed.yaml, accounts: [dev], parameters: {{ Value: '{value}' }} }}\n"
        );
        let ran = applied(&world, &app).await;
        let failure = ran.failure("dev", "app");
        assert_eq!(failure.kind, FailureKind::WrongAccount, "{failure:?}");
        for part in [value, DEV, "909090909090"] {
            assert!(failure.message.contains(part), "{failure:?}");
        }
        assert_eq!(calls(&ran, "cloudformation:CreateStack"), 0);
        world.faults().clear();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_others_that_is_being_changed_is_read_once_it_has_settled() {
    let world = world().await;
    let client = cloudformation(&world, DEV);
    let later = STORE.replace("vpc-of-the-stack", "vpc-of-later").replace("vpc-1", "vpc-2");
    let update = client.update_stack().stack_name("foundation").template_body(later);
    update.send().await.expect("it is taken");
    let app =
        "  app: { template: app.yaml, parameters: { Value: '${external:foundation.Vpc@dev}' } }\n";
    let ran = applied(&world, app).await;
    for account in ["dev", "test"] {
        assert_eq!(ran.instance(account, "app").outputs["Value"], "vpc-of-later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_others_that_failed_is_not_read() {
    let world = world().await;
    let create = cloudformation(&world, DEV).create_stack().stack_name("broken");
    create.template_body(failing("create", "1")).send().await.expect("it is taken");
    let app = "  app: { template: app.yaml, accounts: [dev], parameters: { Value: '${external:broken.Vpc}' } }\n";
    let ran = applied(&world, app).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::NeedFailed);
    let says = "the stack `broken` of 100000000001/eu-central-1 stands in ROLLBACK_COMPLETE";
    assert_eq!(failure.message, says);
    assert_eq!(calls(&ran, "cloudformation:CreateStack"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_refuses_entry_is_told_with_the_value_that_was_wanted() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let app = "  app: { template: app.yaml, parameters: { Value: '${ssm:/shared/vpc@test}' } }\n";
    let ran = applied(&world, app).await;
    let of_others = ran.failure("dev", "app");
    let own = ran.failure("test", "app");
    assert_eq!((of_others.kind, own.kind), (FailureKind::RoleRefused, FailureKind::RoleRefused));
    let wanted = "`${ssm:/shared/vpc}` of 100000000002/eu-central-1 cannot be read: ";
    assert_eq!(of_others.message, format!("{wanted}{}", own.message));
    assert_eq!(ran.report.exit_code(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_another_service_keeps_is_read() {
    let world = world().await;
    let app = "  app: { template: hushed.yaml, accounts: [dev], parameters: { Value: '${secret:rds!db-0a1b#port}' } }\n";
    let ran = applied(&world, app).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_outage_kept_from_one_stack_instance_is_read_for_the_next() {
    let world = world().await;
    world.inject("error=503,action=GetParameter");
    let file = format!(
        "{TWO}stacks:\n  app: {{ template: app.yaml, parameters: {{ Value: '${{ssm:/shared/vpc@dev}}' }} }}\n\
         rollout: {{ waves: [[dev], [test]], on-failure: continue }}\n"
    );
    let (_wish, stop) = watch::channel(Stop::No);
    let faults = world.faults();
    let ran = world
        .run_until(Operation::Apply, world.plan(&file), Limits::default(), stop, |event| {
            if matches!(event.kind, EventKind::InstanceFinished { .. }) {
                faults.clear();
            }
        })
        .await;
    assert_eq!(ran.failure("dev", "app").kind, FailureKind::Unreachable);
    assert_eq!(ran.instance("test", "app").outputs["Value"], "vpc-1");
}

#[tokio::test(start_paused = true)]
async fn a_place_is_read_once_for_all_files_that_enter_its_account_alike() {
    let world = world().await;
    let file = |environment: &str, stack: &str| {
        let stacks = format!(
            "stacks: {{ {stack}: {{ template: app.yaml, accounts: [dev], parameters: {{ Value: \
             '${{ssm:/shared/vpc}}' }} }} }}\n"
        );
        format!("{TWO}{stacks}")
            .replace("environment: prod", &format!("environment: {environment}"))
    };
    let plan = world.together(&[file("one", "a"), file("two", "b")]);
    let ran = world.run(Operation::Apply, plan).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/a created", "dev/eu-central-1/b created"]);
    assert_eq!(calls(&ran, "ssm:GetParameter"), 1);
    let reads = |event: &&RunEvent| matches!(event.kind, EventKind::ValueRead { .. });
    assert_eq!(ran.events.iter().filter(reads).count(), 1);
}
