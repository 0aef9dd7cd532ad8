//! A run whose end does not reach the bucket: what was done is done, and that others do not see it is known.

use std::time::Duration;

use tokio::time::sleep;
use xdeploy::event::RunResult;
use xdeploy::report::Report;

use super::machine::Machine;
use super::worlds;
use crate::support::client::{cloudformation, shown};

#[tokio::test(start_paused = true)]
async fn a_run_whose_end_is_not_kept_says_why() {
    let (world, plans) = Box::pin(worlds::world()).await;
    let machine = Machine::new(&world, None).await;
    let refuse = async {
        // Once the last of the stacks is under way.
        for account in worlds::ACCOUNTS {
            let client = cloudformation(&world, account);
            while client.describe_stacks().stack_name("second").send().await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        }
        world.inject("deny,action=s3:PutObject");
    };
    let (ended, ()) = tokio::join!(Box::pin(machine.apply(&plans[0], false, &plans)), refuse);
    let ended = ended.expect("it goes to its end");
    assert_eq!(Report::new(&ended.state).result, RunResult::Succeeded);
    let why = ended.unkept.expect("its end is not kept");
    assert!(why.contains("cannot be written"), "{why}");
    assert_eq!(shown(&world, worlds::ACCOUNTS[0]).await.len(), 2);
}
