//! Profiles whose `credential_process` leads back to this program, with the real binary: whichever command
//! that is, it ends at the second level.

use std::process::{Command, Stdio};

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;

const BINARY: &str = env!("CARGO_BIN_EXE_xdeploy");

/// SOURCE and ENTRY stand for what names profiles.
const FILE: &str = r#"
environment: prod
source: { account: "999999999999" SOURCE }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: { id: "100000000001" ENTRY } }
stacks:
  app: { template: app.yaml }
"#;

/// Programs that print the keys of the source account, or count and go on; one that does not end is ended
/// here all the same.
const KEYS: &str =
    "echo '{\"Version\": 1, \"AccessKeyId\": \"999999999999\", \"SecretAccessKey\": \"s\"}'";
const COUNTED: &str = "echo started >> started\n[ $(wc -l < started) -lt 9 ] || exit 9\n";

fn scene() -> (Desk, Served) {
    let desk = Desk::empty();
    write(&desk, "prod.yaml", "", "");
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    desk.write("started", "");
    let served = Served::new(&desk, "prod.yaml", &[]);
    (desk, served)
}

fn write(desk: &Desk, name: &str, source: &str, entry: &str) {
    desk.write(name, FILE.replace("SOURCE", source).replace("ENTRY", entry));
}

fn run(desk: &Desk, served: &Served, words: &[&str], profile: Option<&str>) -> Printed {
    let mut command: Command = desk.command(words);
    command
        .env("PATH", std::env::var_os("PATH").expect("the shell needs one"))
        .env("AWS_CONFIG_FILE", desk.path().join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", desk.path().join("credentials"))
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .envs(profile.map(|profile| ("AWS_PROFILE", profile)))
        .stdin(Stdio::null());
    Printed::from(command.output().expect("the binary can be started"))
}

fn started(desk: &Desk) -> usize {
    let text = std::fs::read_to_string(desk.path().join("started")).expect("written");
    desk.write("started", "");
    text.lines().count()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const CIRCLE: &str = "the profile `loop` gets its credentials from a program that begins with the \
                      profile `loop` again";

#[test]
fn whichever_command_a_profile_gets_its_credentials_from_it_is_refused_at_the_second_level() {
    let (desk, served) = scene();
    desk.write("config", "[profile loop]\ncredential_process = sh again.sh\n");
    for words in [
        "assume prod.yaml a1 --format credential-process",
        "assume prod.yaml a1 --format env",
        "assume prod.yaml a1 --format json",
        "assume prod.yaml a1 --profile handed",
        "exec prod.yaml --account a1 -- true",
        "status prod.yaml",
        "outputs prod.yaml",
        "doctor prod.yaml",
        "plan prod.yaml",
        "apply prod.yaml --yes",
        "destroy prod.yaml --yes",
        "codepipeline worker --region eu-central-1",
        "codepipeline worker --region eu-central-1 --state-bucket kept",
    ] {
        desk.write("again.sh", format!("{COUNTED}exec {BINARY} {words}\n"));
        let words: Vec<&str> = words.split(' ').collect();
        let printed = run(&desk, &served, &words, Some("loop"));
        let said = on_one_line(&format!("{}{}", printed.stdout, printed.stderr));
        assert_eq!(printed.code, 3, "{words:?}: {said}");
        assert_eq!(started(&desk), 1, "one more program, and it refuses: {words:?}: {said}");
        assert!(said.contains("`loop`"), "{words:?}: {said}");
        // What a program that yields credentials says is told to the end.
        if ["assume", "codepipeline"].contains(&words[0]) {
            assert!(said.contains(CIRCLE), "{words:?}: {said}");
        }
    }
}

#[test]
fn whatever_names_a_profile_that_gets_its_credentials_from_itself_it_is_refused() {
    let (desk, served) = scene();
    let words = ["status", "prod.yaml"];
    desk.write("again.sh", format!("{COUNTED}exec {BINARY} {}\n", words.join(" ")));
    let process = "credential_process = sh again.sh\n";
    let role = "role_arn = arn:aws:iam::100000000001:role/deployer\nsource_profile = loop\n";
    let chained = format!("[profile chained]\n{role}[profile loop]\n{process}");
    let own = format!("[profile loop]\n{process}");
    for (config, source, entry, profile) in [
        (format!("[default]\n{process}"), "", "", None),
        (own.clone(), ", profile: loop", "", None),
        (own.clone(), "", ", profile: loop", None),
        (own, ", profile: loop", "", Some("loop")),
        (chained.clone(), ", profile: chained", "", None),
        (chained, "", ", profile: chained", None),
    ] {
        desk.write("config", &config);
        write(&desk, "prod.yaml", source, entry);
        let printed = run(&desk, &served, &words, profile);
        let told = format!("{config}{source}{entry}: {}", printed.stderr);
        assert_eq!(printed.code, 3, "{told}");
        assert_eq!(started(&desk), 1, "one more program, and it refuses: {told}");
    }
}

#[test]
fn half_of_the_keys_in_the_environment_hides_no_circle() {
    let (desk, served) = scene();
    desk.write("again.sh", format!("{COUNTED}exec {BINARY} status prod.yaml\n"));
    desk.write(
        "config",
        "[profile loop]\ncredential_process = AWS_ACCESS_KEY_ID=AKIA sh again.sh\n",
    );
    let printed = run(&desk, &served, &["status", "prod.yaml"], Some("loop"));
    assert_eq!(printed.code, 3, "{}", printed.stderr);
    assert_eq!(started(&desk), 1, "{}", printed.stderr);
}

#[test]
fn programs_that_use_several_profiles_may_get_their_credentials_from_each_other() {
    let (desk, served) = scene();
    write(&desk, "inner.yaml", ", profile: two", "");
    write(&desk, "prod.yaml", ", profile: two", ", profile: one");
    desk.write("keys.sh", KEYS);
    let assume = "assume inner.yaml a1 --format credential-process";
    desk.write(
        "config",
        format!(
            "[profile one]\ncredential_process = {BINARY} {assume}\n\
             [profile two]\ncredential_process = sh keys.sh\n"
        ),
    );
    run(&desk, &served, &["status", "prod.yaml"], None).expect_code(0);
    run(&desk, &served, &["exec", "prod.yaml", "--", "true"], None).expect_code(0);
}

#[test]
fn a_chain_of_programs_has_at_most_four_profiles() {
    let (desk, served) = scene();
    let assume = format!("{BINARY} assume prod.yaml a1 --format credential-process");
    let config: String = (1..9)
        .map(|at| {
            let next = at + 1;
            format!("[profile p{at}]\ncredential_process = AWS_PROFILE=p{next} sh again.sh\n")
        })
        .collect();
    desk.write("again.sh", format!("{COUNTED}exec {assume}\n"));
    desk.write("config", config);
    let assume = ["assume", "prod.yaml", "a1", "--format", "credential-process"];
    let printed = run(&desk, &served, &assume, Some("p1")).expect_code(3);
    assert_eq!(started(&desk), 4, "{}", printed.stderr);
}
