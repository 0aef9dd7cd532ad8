//! A run whose end does not reach the bucket: what was done is done, and that others do not see it is known.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use xdeploy::event::RunResult;
use xdeploy::report::Report;
use xdeploy::run::EndedRun;

use super::machine::Machine;
use super::worlds;
use crate::support::client::{cloudformation, shown};

/// Lets something go wrong with the bucket once the last of the stacks is under way, and returns how the run ended.
async fn ended(fault: &str) -> (EndedRun, Duration) {
    let (world, plans) = Box::pin(worlds::world()).await;
    let machine = Machine::new(&world, None).await;
    let refuse = async {
        for account in worlds::ACCOUNTS {
            let client = cloudformation(&world, account);
            while client.describe_stacks().stack_name("second").send().await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        }
        world.inject(fault);
    };
    let began = Instant::now();
    let (ended, ()) = tokio::join!(Box::pin(machine.apply(&plans[0], false, &plans)), refuse);
    let took = began.elapsed();
    let ended = ended.expect("it goes to its end");
    assert_eq!(Report::new(&ended.state).result, RunResult::Succeeded);
    assert_eq!(shown(&world, worlds::ACCOUNTS[0]).await.len(), 2);
    (ended, took)
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_end_is_not_kept_says_why() {
    let (ended, _) = Box::pin(ended("deny,action=s3:PutObject")).await;
    let why = ended.unkept.expect("its end is not kept");
    assert!(why.contains("cannot be written"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_does_not_answer_keeps_nobody_for_ever() {
    let (ended, took) = Box::pin(ended("hang,action=s3:PutObject")).await;
    let why = ended.unkept.expect("its end is not kept");
    assert!(why.contains("did not answer in time"), "{why}");
    assert!(took < Duration::from_secs(120), "{took:?}");
}
