//! Buckets of large templates: whose they are, and where they stand.

use crate::support::binary::{Desk, Printed};
use crate::support::caller::Caller;
use crate::support::counted::Counted;
use crate::support::served::Served;

const DEV: &str = "100000000001";
const STRANGER: &str = "666666666666";

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1, eu-west-1]
accounts: { dev: "100000000001" }
artifacts: { bucket: "artifacts-${account.id}" }
stacks:
  large: { template: large.yaml }
  after: { template: large.yaml, depends-on: [large] }
"#;

/// A desk with an environment whose templates are too large for a call, and a cloud to send them to.
struct Scene {
    desk: Desk,
    way: Counted,
    _served: Served,
}

impl Scene {
    fn new(file: &str) -> Self {
        let desk = Desk::empty();
        desk.write("prod.yaml", file);
        let template = format!(
            "# {}\nResources: {{ Inbox: {{ Type: AWS::SQS::Queue }} }}\n",
            "large ".repeat(9_000)
        );
        desk.write("large.yaml", template);
        let served = Served::new(&desk, "prod.yaml", &["--seconds-per-resource", "0.01"]);
        let way = Counted::to(&served.endpoint);
        Self { desk, way, _served: served }
    }

    /// Makes a bucket in an account and Region.
    fn bucket(&self, name: &str, account: &str, region: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let caller = Caller::root(&self._served.endpoint, account);
        let made = async { caller.s3(region).create_bucket().bucket(name).send().await };
        runtime.expect("a runtime").block_on(made).expect("the name is free");
    }

    fn apply(&self) -> Printed {
        let mut command = self.desk.command(&["apply", "prod.yaml", "--yes", "--output", "json"]);
        command
            .env("AWS_ENDPOINT_URL", self.way.endpoint())
            .env("AWS_ACCESS_KEY_ID", "999999999999")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        Printed::from(command.output().expect("the binary can be started"))
    }

    /// Returns how many requests hold a word.
    fn requests_with(&self, word: &str) -> usize {
        self.way.requests().iter().filter(|request| request.contains(word)).count()
    }
}

#[test]
fn one_bucket_serves_two_regions_and_its_own_is_found_once() {
    let scene = Scene::new(FILE);
    scene.bucket("artifacts-100000000001", DEV, "eu-west-1");
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.json()["summary"]["created"], 4, "{}", ran.stdout);
    let redirects = scene.way.answers().concat().matches("<Code>PermanentRedirect</Code>").count();
    assert_eq!(redirects, 1, "the second stack of the other Region asks the right one at once");
    // Four templates, and one of them twice.
    let heads = scene.way.heads_of_objects();
    assert_eq!(heads.iter().filter(|head| head.starts_with("PUT ")).count(), 5, "{heads:#?}");
    let signed_for = |region: &str| heads.iter().filter(|head| head.contains(region)).count();
    assert_eq!((signed_for("/eu-central-1/s3/"), signed_for("/eu-west-1/s3/")), (1, 4));
}

#[test]
fn every_call_on_a_bucket_names_the_account_that_it_must_belong_to() {
    // Its own account by default; the source account where the name is the same everywhere.
    for (file, owner) in [
        (FILE.to_owned(), DEV),
        (FILE.replace("artifacts-${account.id}", "everybodys"), "999999999999"),
        (FILE.replace("${account.id}\" }", "${account.id}\", owner: \"666666666666\" }"), STRANGER),
    ] {
        let scene = Scene::new(&file);
        scene.bucket("artifacts-100000000001", DEV, "eu-central-1");
        scene.bucket("everybodys", "999999999999", "eu-central-1");
        scene.apply();
        let heads = scene.way.heads_of_objects();
        assert!(!heads.is_empty());
        let named = format!("x-amz-expected-bucket-owner: {owner}");
        assert!(heads.iter().all(|head| head.contains(&named)), "{owner}: {heads:#?}");
    }
}

#[test]
fn a_bucket_of_another_account_is_refused_by_name_and_nothing_is_created() {
    let scene = Scene::new(FILE);
    scene.bucket("artifacts-100000000001", STRANGER, "eu-central-1");
    let ran = scene.apply().expect_code(1);
    let failure = ran.instance("dev", "large")["failure"].clone();
    assert_eq!(failure["kind"], "access-denied", "{failure}");
    let told = failure["message"].as_str().expect("a message");
    assert!(told.contains("bucket artifacts-100000000001"), "{told}");
    assert!(told.contains("belongs to another account than 100000000001"), "{told}");
    let help = failure["help"].as_str().expect("a help");
    assert!(help.contains("`artifacts.owner`"), "{help}");
    assert_eq!(scene.requests_with("Action=CreateStack"), 0);
    assert_eq!(scene.requests_with("Action=CreateChangeSet"), 0);
}

#[test]
fn what_is_wrong_with_a_bucket_is_never_told_as_the_templates_fault() {
    let missing = Scene::new(FILE);
    let ran = missing.apply().expect_code(1);
    let failure = ran.instance("dev", "large")["failure"].to_string();
    assert!(failure.contains("`artifacts.bucket`"), "{failure}");
    assert!(!failure.contains("mend the template"), "{failure}");
    assert_eq!(missing.requests_with("Action=CreateStack"), 0);
}
