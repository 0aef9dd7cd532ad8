//! Random worlds: environments, weather, kills and wishes to stop at random moments, in virtual
//! time. Whatever happens, a run that is resumed keeps its promises.
//!
//! `XDEPLOY_WORLDS=100000 cargo test --test it worlds` tries so many instead of those of every
//! build; `XDEPLOY_WORLD_SEED` names other ones. A world that breaks a promise is made as small as
//! it gets and printed as a test, to be kept in `found`.

mod case;
mod found;
mod play;
mod printed;
mod promises;
mod standing;
mod written;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use case::{Case, cases};

/// How many worlds every build tries.
const WORLDS: u32 = 1_000;

/// How many tests share them, so that they run side by side.
const SHARES: u32 = 4;

/// Plays one world and checks all promises.
fn keeps_its_promises(case: &Case) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async { promises::check(&play::play(case).await) });
}

/// Tries one share of the worlds.
fn try_share(share: u32) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let worlds = number("XDEPLOY_WORLDS").unwrap_or(WORLDS);
    let seed = number("XDEPLOY_WORLD_SEED").unwrap_or(0);
    let config = Config {
        cases: worlds.div_ceil(SHARES),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    bytes[4..8].copy_from_slice(&share.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let tried = TestRunner::new_with_rng(config, rng).run(&cases(), |case| {
        keeps_its_promises(&case);
        Ok(())
    });
    match tried {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n\n{}", printed::test(&case)),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn every_world_of_the_first_share_keeps_its_promises() {
    try_share(0);
}

#[test]
fn every_world_of_the_second_share_keeps_its_promises() {
    try_share(1);
}

#[test]
fn every_world_of_the_third_share_keeps_its_promises() {
    try_share(2);
}

#[test]
fn every_world_of_the_last_share_keeps_its_promises() {
    try_share(SHARES - 1);
}
