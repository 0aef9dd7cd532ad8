//! A role that one command made is entered by the next, although IAM does not know it everywhere yet.

use std::time::Instant;

use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const BOOTSTRAP: &str = "environments/bootstrap.yaml";
const DEV: &str = "environments/dev.yaml";
const WAITING: &str = "waiting for IAM";

/// Makes the role of dev, where a change of IAM counts after so long.
fn bootstrapped(delay: &str) -> (Server, Workplace) {
    let server = Server::sandbox_with("0", &[BOOTSTRAP], &["--iam-propagation", delay]);
    let workplace = Workplace::new(server.endpoint());
    let apply = ["apply", BOOTSTRAP, "--account", "dev", "--yes", "--output", "json"];
    let made = workplace.xdeploy(apply).expect_code(0);
    assert!(!made.stderr.contains(WAITING), "{}", made.stderr);
    (server, workplace)
}

#[test]
fn apply_waits_for_the_role_that_the_command_before_made() {
    let (_server, workplace) = bootstrapped("10s");
    let applied = workplace.apply(DEV, 0);
    assert_eq!(applied.stderr.matches(WAITING).count(), 1, "{}", applied.stderr);
    assert!(applied.outcomes().iter().all(|line| line.ends_with(" created")), "{applied:?}");
    // What a journal tells is what was said.
    let report = workplace.xdeploy(["report", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(report.stdout, applied.stdout);
}

#[test]
fn assume_exec_and_status_wait_as_well() {
    let (_server, workplace) = bootstrapped("10s");
    let (assume, exec, status) = std::thread::scope(|threads| {
        let assume =
            threads.spawn(|| workplace.xdeploy(["assume", DEV, "dev", "--format", "json"]));
        let exec = threads.spawn(|| workplace.xdeploy(["exec", DEV, "--", "true"]));
        let status = workplace.xdeploy(["status", DEV]);
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join().expect("it ends");
        (join(assume), join(exec), status)
    });
    for printed in [assume, exec, status] {
        let printed = printed.expect_code(0);
        assert_eq!(printed.stderr.matches(WAITING).count(), 1, "{}", printed.stderr);
    }
}

#[test]
fn a_role_is_refused_at_once_where_no_run_that_is_known_changed_anything() {
    let (_server, workplace) = bootstrapped("0s");
    let elsewhere = workplace.path().join("elsewhere");
    let elsewhere = elsewhere.to_str().expect("a path");
    let text = std::fs::read_to_string(workplace.path().join(DEV)).expect("an example");
    workplace.write("nobody.yaml", &text.replace("name: xdeploy-deployer", "name: nobody"));
    let began = Instant::now();
    let assume = ["assume", "nobody.yaml", "dev", "--format", "json", "--state-dir", elsewhere];
    let refused = workplace.xdeploy(assume).expect_code(3);
    assert!(!refused.stderr.contains(WAITING), "{}", refused.stderr);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
