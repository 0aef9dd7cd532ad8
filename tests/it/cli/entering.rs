//! Accounts entered by hand: credentials, commands in many accounts, profiles, the console.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::binary::{Desk, Printed};
use crate::support::counted::Counted;
use crate::support::peers::Server;
use crate::support::rewritten::{Rewritten, with_element};
use crate::support::workplace::Workplace;

const FILE: &str = "environments/all.yaml";

/// An environment of `count` accounts, each with a stack.
fn fleet(desk: &Desk, count: usize) {
    let accounts: String = (1..=count)
        .map(|n| format!("  team-{n:03}: '{:012}'\n", 100_000_000_000u64 + n as u64))
        .collect();
    let text = format!(
        "environment: fleet\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts:\n{accounts}\
         stacks: {{ app: {{ template: app.yaml }} }}\n"
    );
    desk.write("fleet.yaml", text);
    desk.write("app.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
}

fn exec(desk: &Desk, flags: &[&str], script: &str) -> Printed {
    let arguments = [&["exec", FILE, "--sandbox"], flags, &["--", "sh", "-c", script]].concat();
    desk.run(&arguments)
}

#[test]
fn a_command_runs_in_each_account_with_its_credentials_and_none_of_the_parents() {
    let desk = Desk::with_examples();
    let script = "echo $XDEPLOY_ACCOUNT $XDEPLOY_ACCOUNT_ID $AWS_REGION ${AWS_PROFILE:-none} \
                  $(echo $AWS_ACCESS_KEY_ID | cut -c1-4); echo aside >&2";
    let mut command = desk.command(&[
        "exec",
        FILE,
        "--sandbox",
        "--account",
        "dev",
        "--account",
        "prod",
        "--",
        "sh",
        "-c",
        script,
    ]);
    command
        .env("AWS_PROFILE", "mine")
        .env("AWS_SESSION_TOKEN", "mine")
        .env("PATH", "/usr/bin:/bin");
    let printed = Printed::from(command.output().expect("the binary can be started"));
    let printed = printed.expect_code(0);
    let mut lines: Vec<&str> = printed.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "dev  | dev 100000000001 eu-central-1 none ASIA",
            "prod | prod 100000000004 eu-central-1 none ASIA",
        ]
    );
    assert!(printed.stderr.contains("dev  | aside"), "{}", printed.stderr);
}

/// Applies in an account whose way in answers otherwise, checks that it counts as not entered, and
/// returns what is told.
fn not_entered(change: impl Fn(String) -> String + Send + 'static) -> String {
    let seed = Workplace::new("http://127.0.0.1:9");
    seed.write("app.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
    let file = "environment: prod\nsource: { account: '999999999999' }\nassume-role: { name: deployer }\n\
                regions: [eu-central-1]\naccounts: { dev: '100000000001' }\n\
                stacks: { app: { template: app.yaml } }\n";
    let seeded = seed.write("prod.yaml", file);
    let server = Server::sandbox_of("0.01", &[seeded.to_str().expect("UTF-8")]);
    let way = Rewritten::to(&server.endpoint());
    way.set(change);
    let place = Workplace::new(way.endpoint());
    place.write("app.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
    place.write("prod.yaml", file);
    place.apply("prod.yaml", 3).stderr
}

#[test]
fn an_account_whose_role_is_answered_with_a_page_is_not_entered_and_the_page_is_told_in_our_words()
{
    let told = not_entered(|body| match body.contains("<AssumeRoleResponse") {
        true => "<html><title>Sign in</title></html>".to_owned(),
        false => body,
    });
    assert!(told.contains("something else answered AssumeRole"), "{told}");
    assert!(!told.contains("interceptor") && !told.contains("deserialization"), "{told}");
    assert!(told.contains("AWS_ENDPOINT_URL"), "{told}");
}

#[test]
fn an_answer_of_sts_with_the_right_account_and_anothers_caller_is_not_believed() {
    let told = not_entered(|body| match body.contains("<GetCallerIdentityResponse") {
        true => with_element(&body, "Arn", "arn:aws:iam::222222222222:root"),
        false => body,
    });
    assert!(told.contains("999999999999") && told.contains("222222222222:root"), "{told}");
    assert!(told.contains("AWS_ENDPOINT_URL"), "{told}");
}

#[test]
fn keys_that_nobody_can_sign_with_are_an_answer_that_cannot_be_used() {
    let told = not_entered(|body| with_element(&body, "SecretAccessKey", "one\nx-amz-more: two"));
    assert!(
        told.contains("the reply cannot be used: the secret access key holds a control"),
        "{told}"
    );
    assert!(!told.contains("reached"), "{told}");
}

#[test]
fn the_worst_exit_code_decides_and_json_tells_each() {
    let desk = Desk::with_examples();
    let script = "echo out; echo err >&2; [ $XDEPLOY_ACCOUNT != test ] || exit 9";
    let printed = exec(&desk, &["--output", "json"], script).expect_code(9);
    let accounts = printed.json()["accounts"].as_array().expect("a list").clone();
    assert_eq!(accounts.len(), 5, "the four accounts and the source account");
    for account in accounts {
        let expected = if account["account"] == "test" { 9 } else { 0 };
        assert_eq!(account["exit_code"], expected, "{account}");
        assert_eq!((&account["stdout"], &account["stderr"]), (&"out\n".into(), &"err\n".into()));
    }
}

#[test]
fn json_keeps_what_a_command_wrote_as_it_came() {
    let desk = Desk::with_examples();
    let script =
        "head -c 65535 /dev/zero | tr '\\0' x; printf 'ä\\r\\nno end'; printf '\\r\\n' >&2";
    let printed = exec(&desk, &["--account", "dev", "--output", "json"], script).expect_code(0);
    let account = printed.json()["accounts"][0].clone();
    assert_eq!(account["stdout"], format!("{}ä\r\nno end", "x".repeat(65_535)));
    assert_eq!(account["stderr"], "\r\n");
}

#[test]
fn a_command_cannot_write_over_the_accounts_name() {
    let desk = Desk::with_examples();
    let script = "printf 'a\\tb\\rmine\\033[2K\\r\\n'";
    let printed = exec(&desk, &["--account", "dev"], script).expect_code(0);
    assert_eq!(printed.stdout, "dev | a\tb\\rmine\\u{1b}[2K\n");
}

#[test]
fn two_hundred_accounts_are_entered_once_each() {
    let desk = Desk::empty();
    fleet(&desk, 200);
    let log = desk.path().join("log");
    let flags = ["--sandbox", "--output", "json", "--log", "log", "-vv"];
    let printed = desk.run(&[&["exec", "fleet.yaml"], &flags[..], &["--", "true"]].concat());
    let printed = printed.expect_code(0);
    assert_eq!(printed.json()["accounts"].as_array().map(Vec::len), Some(200));
    assert_eq!(printed.json()["api_calls"]["sts:AssumeRole"], 200);
    let text = std::fs::read_to_string(&log).expect("the log was written");
    assert!(!text.contains("ASIA"), "no keys in the log");
}

#[test]
fn two_hundred_accounts_share_a_few_connections() {
    let desk = Desk::empty();
    fleet(&desk, 200);
    let file = desk.path().join("fleet.yaml");
    let file = file.to_str().expect("a path of plain letters");
    let server = Server::sandbox_of("0", &[file]);
    let counted = Counted::to(&server.endpoint());
    let workplace = Workplace::new(counted.endpoint());
    let arguments = ["exec", file, "--output", "json", "--max-concurrent", "16", "--", "true"];
    let printed = workplace.xdeploy(arguments).expect_code(0);
    assert_eq!(printed.json()["api_calls"]["sts:AssumeRole"], 200);
    let connections = counted.connections();
    assert!((1..=17).contains(&connections), "{connections} connections for 200 accounts");
}

#[test]
fn accounts_that_refuse_for_one_cause_are_told_once() {
    let desk = Desk::empty();
    fleet(&desk, 30);
    let flags = ["--sandbox", "--sandbox-fault", "deny,action=sts:AssumeRole", "--", "true"];
    let printed = desk.run(&[&["exec", "fleet.yaml"], &flags[..]].concat()).expect_code(3);
    assert_eq!(printed.stderr.matches("× ").count(), 1, "{}", printed.stderr);
    assert!(printed.stderr.contains("the same in 29 more accounts: team-002,"), "{printed:?}");
}

#[test]
fn an_interrupt_reaches_every_command_and_starts_no_other() {
    let desk = Desk::with_examples();
    let script = "trap 'touch stopped-$XDEPLOY_ACCOUNT; exit 0' INT; touch ready-$XDEPLOY_ACCOUNT; \
                  sleep 600 & wait";
    let arguments = ["exec", FILE, "--sandbox", "--max-concurrent", "2", "--", "sh", "-c", script];
    let mut command = desk.command(&arguments);
    command.env("PATH", "/usr/bin:/bin").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be started");
    wait_until(|| begun(desk.path(), "ready-") == 2, &mut child);
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("cancelled before it was started in 3 accounts"), "{said}");
    assert_eq!((begun(desk.path(), "ready-"), begun(desk.path(), "stopped-")), (2, 2));
}

#[test]
fn an_interrupt_does_not_wait_for_a_cloud_that_never_answers() {
    let desk = Desk::with_examples();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let mut command = desk.command(&["exec", FILE, "--", "true"]);
    command.env("AWS_ENDPOINT_URL", address).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("AWS_ACCESS_KEY_ID", "999999999999").env("AWS_SECRET_ACCESS_KEY", "sandbox");
    let mut child = command.spawn().expect("the binary can be started");
    let _asked = silent.accept().expect("the binary asks for the source account");
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

fn begun(folder: &Path, prefix: &str) -> usize {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)).count()
}

fn wait_until(mut is_so: impl FnMut() -> bool, child: &mut Child) {
    while !is_so() {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too soon");
        std::thread::yield_now();
    }
}

fn interrupt(child: &Child) {
    let status =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

#[test]
fn credentials_go_into_a_profile_and_nothing_else_changes() {
    let desk = Desk::with_examples();
    let path = desk.path().join(".aws/credentials");
    std::fs::create_dir(desk.path().join(".aws")).expect("made");
    let mine = "# mine\n[default]\naws_access_key_id = AKIAMINE\naws_secret_access_key = s\n";
    std::fs::write(&path, mine).expect("written");
    let assume = |profile: &str, flags: &[&str]| {
        let arguments =
            [&["assume", FILE, "dev", "--sandbox", "--profile", profile], flags].concat();
        desk.run(&arguments)
    };
    let printed = assume("dev", &[]).expect_code(0);
    assert!(printed.stdout.is_empty() && printed.stderr.contains("until "), "{printed:?}");
    let text = std::fs::read_to_string(&path).expect("read");
    assert!(text.starts_with(mine) && text.contains("[dev]\naws_access_key_id = ASIA"), "{text}");

    let refused = assume("default", &[]).expect_code(5);
    assert!(refused.stderr.contains("long-term keys: nothing was touched"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
    assume(" dev ", &[]).expect_code(2);
    assume("default", &["--yes"]).expect_code(0);
    assert!(!std::fs::read_to_string(&path).expect("read").contains("AKIAMINE"));
}

#[test]
fn a_file_of_keys_that_others_may_read_or_change_is_told_and_keeps_its_mode() {
    let desk = Desk::with_examples();
    let assume = ["assume", FILE, "dev", "--sandbox", "--profile", "dev"];
    let profiles = ["profiles", FILE, "--write", "--source-profile", "hub"];
    let told = |arguments: &[&str]| desk.run(arguments).expect_code(0).stderr;
    assert!(!told(&assume).contains("others on this machine"), "a new file is its owner's only");
    for (mode, reads, changes) in [(0o640, true, false), (0o644, true, false), (0o666, true, true)]
    {
        for name in ["credentials", "config"] {
            let path = desk.path().join(".aws").join(name);
            std::fs::OpenOptions::new().create(true).append(true).open(&path).expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        }
        let (keys, config) = (told(&assume), told(&profiles));
        assert_eq!(keys.contains("read"), reads, "{mode:o}: {keys}");
        assert_eq!(keys.contains("read and change the keys"), changes, "{mode:o}: {keys}");
        assert!(keys.contains(&format!("its mode is {mode:04o}")), "{keys}");
        assert!(keys.contains("help: chmod 600 "), "{keys}");
        assert_eq!(config.contains("may change"), changes, "{mode:o}: {config}");
        for name in ["credentials", "config"] {
            let found = std::fs::metadata(desk.path().join(".aws").join(name)).expect("there");
            assert_eq!(found.permissions().mode() & 0o777, mode, "{name}");
        }
    }
}

#[test]
fn credentials_are_printed_only_in_the_form_asked_for() {
    let desk = Desk::with_examples();
    let assume = |format: &str| {
        desk.run(&["assume", FILE, "100000000002", "--sandbox", "--format", format]).expect_code(0)
    };
    let process = assume("credential-process").json();
    assert_eq!(process["Version"], 1);
    assert!(process["Expiration"].is_string() && process["SessionToken"].is_string());
    assert!(assume("env").stdout.contains("export AWS_REGION='eu-central-1'\n"));
    let secret = process["SecretAccessKey"].as_str().expect("a key").to_owned();
    assert!(!assume("json").stderr.contains(&secret));
    desk.run(&["assume", FILE, "dev", "--sandbox"]).expect_code(2);
    desk.run(&["assume", FILE, "*", "--sandbox", "--format", "env"]).expect_code(2);
}

#[test]
fn profiles_are_written_into_a_block_that_a_second_time_replaces() {
    let desk = Desk::with_examples();
    let path = desk.path().join(".aws/config");
    std::fs::create_dir(desk.path().join(".aws")).expect("made");
    std::fs::write(&path, "[default]\nregion = eu-west-1\n").expect("written");
    let write = |accounts: &[&str]| {
        let flags: Vec<&str> = accounts.iter().flat_map(|account| ["--account", account]).collect();
        desk.run(&[&["profiles", FILE, "--write"], &flags[..]].concat())
    };
    write(&[]).expect_code(0);
    let all = std::fs::read_to_string(&path).expect("read");
    assert_eq!(all.matches("role_arn").count(), 4, "{all}");
    write(&["dev"]).expect_code(0);
    let one = std::fs::read_to_string(&path).expect("read");
    assert!(one.starts_with("[default]\nregion = eu-west-1\n"), "{one}");
    assert_eq!(one.matches("role_arn").count(), 1, "{one}");

    assert!(write(&["dev"]).stderr.contains("1 profile in "));

    let endless: String = one
        .lines()
        .filter(|line| !line.starts_with("# <<<"))
        .fold(String::new(), |text, line| text + line + "\n");
    std::fs::write(&path, &endless).expect("written");
    let refused = write(&["dev"]).expect_code(5);
    assert!(refused.stderr.contains("has no last line"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), endless);

    std::fs::write(&path, "[profile all-dev]\nregion = x\n").expect("written");
    let refused = write(&["dev"]).expect_code(5);
    assert!(refused.stderr.contains("`all-dev` stands in the file already"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), "[profile all-dev]\nregion = x\n");
}

#[test]
fn the_consoles_address_names_account_and_role() {
    let desk = Desk::with_examples();
    let printed = desk.run(&["console", FILE, "dev"]).expect_code(0);
    assert_eq!(
        printed.stdout,
        "https://signin.aws.amazon.com/switchrole?account=100000000001&roleName=xdeploy-deployer&\
         displayName=all-dev\n"
    );
    let refused = desk.run(&["console", FILE, "source"]).expect_code(2);
    assert!(refused.stderr.contains("is the source account"), "{}", refused.stderr);
}

#[test]
fn a_file_without_stacks_says_how_accounts_are_entered_and_deploys_nothing() {
    let desk = Desk::with_examples();
    let file = "environments/enter/hub.yaml";
    desk.run(&["validate", file]).expect_code(0);
    let printed = desk.run(&["profiles", file]).expect_code(0);
    assert_eq!(printed.stdout.matches("role_arn").count(), 3, "{}", printed.stdout);
    let applied = desk.run(&["apply", file, "--sandbox", "--yes"]).expect_code(0);
    assert!(applied.stdout.contains("nothing to do"), "{applied:?}");
}

#[test]
fn a_name_that_would_be_more_than_its_line_is_written_nowhere() {
    let desk = Desk::with_examples();
    let config = desk.path().join("config");
    for end in ["\n", "\r", "\u{2028}"] {
        let hostile = format!("hub{end}[default]{end}credential_process = /tmp/x");
        for words in [
            &["profiles", FILE, "--source-profile", &hostile][..],
            &["profiles", FILE, "--source-profile", &hostile, "--write"],
            &["assume", FILE, "dev", "--sandbox", "--profile", &hostile],
        ] {
            let mut command = desk.command(words);
            command.env("AWS_CONFIG_FILE", &config).env("AWS_SHARED_CREDENTIALS_FILE", &config);
            let printed = Printed::from(command.output().expect("it starts")).expect_code(2);
            assert_eq!(printed.stdout, "", "{words:?}");
            assert!(!config.exists(), "{words:?} wrote a file");
        }
    }
}

#[test]
fn a_profile_that_is_entered_in_another_way_takes_no_keys() {
    let desk = Desk::with_examples();
    std::fs::create_dir(desk.path().join(".aws")).expect("made");
    let config = desk.path().join(".aws/config");
    for key in [
        "role_arn",
        "sso_session",
        "web_identity_token_file",
        "credential_process",
        "login_session",
    ] {
        std::fs::write(&config, format!("[profile \"p1\"]\r\n{key} = x\r\n")).expect("written");
        let printed = desk.run(&["assume", FILE, "dev", "--sandbox", "--profile", "p1", "--yes"]);
        let printed = printed.expect_code(5);
        assert!(printed.stderr.contains(&format!("`{key}`")), "{}", printed.stderr);
        assert!(!desk.path().join(".aws/credentials").exists(), "nothing was touched");
    }
    desk.run(&["assume", FILE, "dev", "--sandbox", "--profile", "p2"]).expect_code(0);
}

#[test]
fn a_profile_of_somebody_else_is_seen_in_quotes_and_after_a_tab() {
    let desk = Desk::with_examples();
    std::fs::create_dir(desk.path().join(".aws")).expect("made");
    let path = desk.path().join(".aws/config");
    for header in ["[profile \"all-dev\"]", "[profile\tall-dev]", "[ profile 'all-dev' ] # mine"] {
        let text = format!("\u{feff}{header}\r\nregion = x\r\n");
        std::fs::write(&path, &text).expect("written");
        let refused = desk.run(&["profiles", FILE, "--account", "dev", "--write"]).expect_code(5);
        assert!(
            refused.stderr.contains("`all-dev` stands in the file already"),
            "{}",
            refused.stderr
        );
        assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
    }
}

#[test]
fn a_tilde_means_home_when_a_file_is_written_as_when_it_is_read() {
    let desk = Desk::with_examples();
    let mut command = desk.command(&["assume", FILE, "dev", "--sandbox", "--profile", "p1"]);
    command.env("AWS_SHARED_CREDENTIALS_FILE", "~/mine/credentials");
    Printed::from(command.output().expect("the binary can be started")).expect_code(0);
    assert!(desk.path().join("mine/credentials").exists() && !desk.path().join("~").exists());
}
