//! Local artifacts: what templates name is packed, uploaded once, and sent as objects in S3.

use std::fs;
use std::path::Path;

use crate::support::binary::{Desk, Printed};
use crate::support::caller::{Caller, REGION};
use crate::support::counted::Counted;
use crate::support::served::Served;

mod nested;

const DEV: &str = "100000000001";
const PROD: &str = "100000000002";

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001", prod: "100000000002" }
artifacts: { bucket: "artifacts-${account.id}" }
stacks:
  app: { template: stacks/app.yaml, capabilities: [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND] }
"#;

const APP: &str = "
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Code: ../src/worker   # what the build makes
      Role: arn:aws:iam::100000000001:role/worker
      Runtime: python3.13
      Handler: app.main
  Queue: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: queue.yaml } }
";

const QUEUE: &str = "
Resources:
  Layer: { Type: AWS::Lambda::LayerVersion, Properties: { Content: ../src/layer.py } }
";

/// A desk with an environment whose template names local paths, and a cloud with buckets for them.
struct Scene {
    desk: Desk,
    way: Counted,
    _served: Served,
}

impl Scene {
    fn new(file: &str) -> Self {
        Self::with_faults(file, &[])
    }

    fn with_faults(file: &str, faults: &[&str]) -> Self {
        let desk = Desk::empty();
        desk.write("prod.yaml", file);
        for folder in ["stacks", "src/worker/lib"] {
            fs::create_dir_all(desk.path().join(folder)).expect("made");
        }
        desk.write("stacks/app.yaml", APP);
        desk.write("stacks/queue.yaml", QUEUE);
        desk.write("src/worker/app.py", "import lib.one\n");
        desk.write("src/worker/lib/one.py", "print(1)\n");
        desk.write("src/layer.py", "print(2)\n");
        let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
        let settings: Vec<&str> =
            ["--seconds-per-resource", "0.01"].into_iter().chain(faults).collect();
        let served = Served::new(&desk, "prod.yaml", &settings);
        let way = Counted::to(&served.endpoint);
        let scene = Self { desk, way, _served: served };
        for account in [DEV, PROD] {
            scene.bucket(&format!("artifacts-{account}"), account, REGION);
        }
        scene
    }

    fn ask<T>(&self, call: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(call)
    }

    fn bucket(&self, name: &str, account: &str, region: &str) {
        let s3 = Caller::root(&self._served.endpoint, account).s3(region);
        self.ask(async { s3.create_bucket().bucket(name).send().await }).expect("it is free");
    }

    /// Returns the keys of a bucket and how long each object is.
    fn objects(&self, bucket: &str, account: &str) -> Vec<(String, i64)> {
        let s3 = Caller::root(&self._served.endpoint, account).s3(REGION);
        let listed = self.ask(async { s3.list_objects_v2().bucket(bucket).send().await });
        let objects = listed.expect("it is listed").contents.unwrap_or_default();
        let told = |object: aws_sdk_s3::types::Object| {
            (object.key.clone().expect("a key"), object.size().expect("a size"))
        };
        objects.into_iter().map(told).collect()
    }

    fn object(&self, bucket: &str, account: &str, key: &str) -> Vec<u8> {
        let s3 = Caller::root(&self._served.endpoint, account).s3(REGION);
        self.ask(async {
            let got = s3.get_object().bucket(bucket).key(key).send().await.expect("it is there");
            got.body.collect().await.expect("it is whole").to_vec()
        })
    }

    /// Returns the template of a stack as it was sent.
    fn template(&self, account: &str, stack: &str) -> String {
        let cloudformation = Caller::root(&self._served.endpoint, account).cloudformation();
        let got = self.ask(async { cloudformation.get_template().stack_name(stack).send().await });
        got.expect("it stands").template_body.expect("a text")
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        let mut command = self.desk.command(arguments);
        command
            .env("AWS_ENDPOINT_URL", self.way.endpoint())
            .env("AWS_ACCESS_KEY_ID", "999999999999")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        Printed::from(command.output().expect("the binary can be started"))
    }

    fn apply(&self) -> Printed {
        self.run(&["apply", "prod.yaml", "--yes", "--output", "json"])
    }

    /// Returns how many objects were sent so far.
    fn puts(&self) -> usize {
        let heads = self.way.heads_of_objects();
        heads.iter().filter(|head| head.starts_with("PUT /")).count()
    }

    fn validate(&self) -> Printed {
        self.desk.run(&["validate", "prod.yaml"])
    }
}

fn names(archive: &[u8]) -> Vec<String> {
    let archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
    archive.file_names().map(|name| name.expect("text").into_owned()).collect()
}

#[test]
fn code_and_nested_templates_are_uploaded_and_the_stack_is_sent_with_their_places() {
    let scene = Scene::new(FILE);
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app created", "prod/app created"]);
    let bucket = "artifacts-100000000001";
    let objects = scene.objects(bucket, DEV);
    assert_eq!(objects.len(), 3, "{objects:?}");
    let sent = scene.template(DEV, "app");
    let (before, after) = sent.split_once("{\"S3Bucket\": \"").expect("a place");
    assert!(APP.starts_with(before), "{sent}");
    assert!(after.starts_with("artifacts-100000000001\", \"S3Key\": \"xdeploy/"), "{sent}");
    assert!(after.contains("}   # what the build makes\n"), "all else stays as written: {sent}");
    let key = &after.split('"').nth(4).expect("a key");
    assert_eq!(names(&scene.object(bucket, DEV, key)), ["app.py", "lib/one.py"]);
    let (_, nested) = sent.split_once("https://s3.eu-central-1.amazonaws.com/").expect("a URL");
    let nested = nested.split('"').next().expect("its end").split_once('/').expect("its key");
    assert_eq!(nested.0, bucket);
    assert!(nested.1.ends_with(".template"), "{nested:?}");
    let nested = String::from_utf8(scene.object(bucket, DEV, nested.1)).expect("text");
    let (_, layer) = nested.split_once("\"S3Key\": \"").expect("its own code is found");
    let layer = layer.split('"').next().expect("its end");
    assert_eq!(names(&scene.object(bucket, DEV, layer)), ["layer.py"]);
}

#[test]
fn what_did_not_change_is_neither_sent_again_nor_a_change() {
    let scene = Scene::new(FILE);
    let layer = QUEUE.split_once("Resources:\n").expect("it has resources").1;
    let (functions, _) = APP.split_once("  Queue:").expect("it nests a template");
    scene.desk.write("stacks/app.yaml", format!("{functions}{layer}"));
    scene.apply().expect_code(0);
    let puts = scene.puts();
    assert_eq!(puts, 4, "two objects for each of two buckets");
    let heads = scene.way.heads_of_objects();
    let is_named = |head: &String| head.contains("x-amz-expected-bucket-owner: 10000000000");
    assert!(heads.iter().all(is_named), "{heads:#?}");
    // Built anew: the same files at another time.
    let code = scene.desk.path().join("src/worker/app.py");
    fs::remove_file(&code).expect("removed");
    scene.desk.write("src/worker/app.py", "import lib.one\n");
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app unchanged", "prod/app unchanged"]);
    assert_eq!(scene.puts(), puts);
    scene.desk.write("src/worker/app.py", "import lib.two\n");
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.outcomes(), ["dev/app updated", "prod/app updated"]);
    assert_eq!(scene.puts(), puts + 2, "only what changed");
}

#[test]
fn one_bucket_of_several_stacks_gets_each_object_once() {
    let stack = "{ accounts: [source], template: stacks/app.yaml, capabilities: [CAPABILITY_IAM] }";
    let (head, _) = FILE.split_once("stacks:").expect("it has stacks");
    let file = format!("{head}stacks: {{ one: {stack}, two: {stack}, three: {stack} }}\n");
    let scene = Scene::new(&file.replace("artifacts-${account.id}", "everybodys"));
    scene.bucket("everybodys", "999999999999", REGION);
    let ran = scene.apply().expect_code(0);
    assert_eq!(ran.json()["summary"]["created"], 3);
    assert_eq!(scene.puts(), 3);
    assert_eq!(scene.objects("everybodys", "999999999999").len(), 3);
}

#[test]
fn an_object_that_is_not_what_its_key_says_is_put_anew() {
    let scene = Scene::new(FILE);
    scene.apply().expect_code(0);
    let (key, _) = scene.objects("artifacts-100000000001", DEV).remove(0);
    let s3 = Caller::root(&scene._served.endpoint, DEV).s3(REGION);
    let put = s3.put_object().bucket("artifacts-100000000001").key(&key);
    scene.ask(put.body(b"torn".to_vec().into()).send()).expect("it is taken");
    scene.apply().expect_code(0);
    assert_ne!(scene.object("artifacts-100000000001", DEV, &key), b"torn");
}

#[test]
fn what_cannot_be_packed_is_told_all_at_once_before_anything_is_sent() {
    let scene = Scene::new(FILE);
    fs::remove_dir_all(scene.desk.path().join("src")).expect("removed");
    fs::create_dir(scene.desk.path().join("src")).expect("made");
    scene.desk.write("stacks/queue.yaml", format!("{QUEUE}  Job: {{ Type: AWS::Glue::Job, Properties: {{ Role: r, Command: {{ ScriptLocation: ../src }} }} }}\n"));
    let told = scene.validate().expect_code(2).stderr;
    for says in [
        "`src/worker` does not exist",
        "stacks/app.yaml:6:13",
        "`src/layer.py` does not exist",
        "stacks/queue.yaml:3:",
        "`src` is a folder, and a file is needed",
        "build it first, or mend the path",
    ] {
        assert!(told.contains(says), "{says}: {told}");
    }
    let connections = scene.way.connections();
    assert_eq!(scene.apply().expect_code(2).stderr, told);
    assert_eq!(scene.run(&["plan", "prod.yaml"]).expect_code(2).stderr, told);
    assert_eq!(scene.way.connections(), connections);
    // Who only reads or deletes needs no code.
    for command in ["graph", "status"] {
        scene.run(&[command, "prod.yaml"]).expect_code(0);
    }
}

#[test]
fn a_file_without_a_bucket_is_told_to_name_one() {
    let scene = Scene::new(FILE);
    scene.desk.write("prod.yaml", FILE.replace("artifacts: {", "tags: {"));
    let told = scene.validate().expect_code(2).stderr;
    assert!(
        told.contains("`../src/worker` is to be uploaded, and `prod.yaml` names no bucket"),
        "{told}"
    );
    assert!(told.contains("add `artifacts` with the `bucket` that it goes to"), "{told}");
}

#[test]
fn templates_that_nest_each_other_are_a_fault_and_so_is_what_is_wrong_in_them() {
    let scene = Scene::new(FILE);
    let circle = "Resources: { S: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: app.yaml } } }\n";
    scene.desk.write("stacks/queue.yaml", circle);
    let told = scene.validate().expect_code(2).stderr;
    assert!(told.contains("`app.yaml` nests the template that it stands in"), "{told}");
    scene.desk.write("stacks/queue.yaml", "Resources: { S: { Typ: AWS::SNS::Topic } }\n");
    let told = scene.validate().expect_code(2).stderr;
    assert!(told.contains("stacks/queue.yaml:1:"), "{told}");
}

#[test]
fn a_plan_says_what_it_would_upload_and_sends_no_code() {
    let scene = Scene::new(FILE);
    let planned = scene.run(&["plan", "prod.yaml"]).expect_code(0);
    assert_eq!(scene.puts(), 0, "nothing stands that a change set could be made of");
    let says = "3 artifacts (";
    assert!(planned.stdout.contains(says), "{}", planned.stdout);
    assert!(
        planned.stdout.contains("would be uploaded to artifacts-${account.id}"),
        "{}",
        planned.stdout
    );
    assert!(
        planned.stdout.contains("2 accounts: app"),
        "they are told together: {}",
        planned.stdout
    );
    scene.apply().expect_code(0);
    let puts = scene.puts();
    let planned = scene.run(&["plan", "prod.yaml"]).expect_code(0);
    assert!(!planned.stdout.contains("uploaded"), "{}", planned.stdout);
    scene.desk.write("src/worker/app.py", "import lib.two\n");
    scene.desk.write("src/layer.py", "print(3)\n");
    let planned = scene.run(&["plan", "prod.yaml"]).expect_code(0);
    assert!(planned.stdout.contains(says), "{}", planned.stdout);
    assert_eq!(
        scene.puts(),
        puts + 2,
        "the nested template of each account, which CloudFormation reads"
    );
}

#[test]
fn a_run_is_rolled_back_to_the_code_of_before_and_resumed_with_its_own_only() {
    let scene = Scene::new(FILE);
    scene.apply().expect_code(0);
    let before = scene.template(DEV, "app");
    scene.desk.write("src/worker/app.py", "import lib.two\n");
    scene.apply().expect_code(0);
    assert_ne!(scene.template(DEV, "app"), before);
    // What the files say by now does not matter.
    fs::remove_dir_all(scene.desk.path().join("src")).expect("removed");
    let puts = scene.puts();
    scene.run(&["rollback", "latest", "--yes"]).expect_code(0);
    assert_eq!(scene.template(DEV, "app"), before);
    assert_eq!(scene.puts(), puts);
}

#[test]
fn a_bucket_that_refuses_is_told_and_no_stack_is_touched() {
    let scene = Scene::new(&FILE.replace("artifacts-${", "missing-${"));
    let ran = scene.apply().expect_code(1);
    let failure = ran.instance("dev", "app")["failure"].clone();
    let told = failure["message"].as_str().expect("a message");
    assert!(told.contains("bucket missing-100000000001"), "{failure}");
    assert!(failure["help"].as_str().expect("a help").contains("`artifacts.bucket`"), "{failure}");
    let created =
        scene.way.requests().iter().filter(|it| it.contains("Action=CreateStack")).count();
    assert_eq!(created, 0);
}

#[test]
fn a_nested_template_in_a_bucket_of_another_region_is_refused_before_its_stack() {
    let scene = Scene::new(&FILE.replace("artifacts-${", "elsewhere-${"));
    for account in [DEV, PROD] {
        scene.bucket(&format!("elsewhere-{account}"), account, "eu-west-1");
    }
    let ran = scene.apply().expect_code(1);
    let failure = ran.instance("dev", "app")["failure"].to_string();
    assert!(failure.contains("stands in eu-west-1"), "{failure}");
    assert!(failure.contains("put `${region}` into `artifacts.bucket`"), "{failure}");
}

#[test]
fn an_upload_that_is_cut_off_is_sent_again_from_its_beginning() {
    let faults =
        ["reset,action=PutObject,skip=2,times=2", "throttle,action=PutObject,skip=4,times=2"];
    let scene = Scene::with_faults(FILE, &faults);
    // The buckets are made with the first two. Several parts, which no compressor makes smaller.
    let mut noise = fastrand::Rng::with_seed(1);
    let model: Vec<u8> = (0..3_000_000).map(|_| noise.u8(..)).collect();
    scene.desk.write("src/worker/model.bin", &model);
    let ran = scene.run(&["apply", "prod.yaml", "--yes", "--progress", "json"]).expect_code(0);
    let events: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let begun: Vec<_> = events.iter().filter(|event| event["type"] == "upload-started").collect();
    assert_eq!(begun.len(), 2, "{begun:?}");
    assert!(begun.iter().all(|event| event["objects"] == 3), "{begun:?}");
    assert!(begun.iter().all(|event| event["bytes"].as_u64() > Some(3_000_000)), "{begun:?}");
    for account in [DEV, PROD] {
        let bucket = format!("artifacts-{account}");
        let (key, _) =
            scene.objects(&bucket, account).into_iter().max_by_key(|it| it.1).expect("one");
        let archive = scene.object(&bucket, account, &key);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("whole");
        let mut sent = Vec::new();
        let mut file = archive.by_name("model.bin").expect("it is packed");
        std::io::Read::read_to_end(&mut file, &mut sent).expect("it is whole");
        assert!(sent == model);
    }
}

#[test]
fn a_run_is_resumed_with_the_code_that_it_began_with() {
    let scene = Scene::new(&FILE.replace("artifacts-${account.id}", "late-${account.id}"));
    scene.bucket("late-100000000001", DEV, REGION);
    let file = fs::read_to_string(scene.desk.path().join("prod.yaml")).expect("it is there");
    scene.desk.write("prod.yaml", format!("{file}rollout: {{ on-failure: continue }}\n"));
    let ran = scene.apply().expect_code(1);
    assert_eq!(ran.outcomes(), ["dev/app created", "prod/app failed"]);
    scene.bucket("late-100000000002", PROD, REGION);
    scene.desk.write("src/worker/app.py", "import lib.two\n");
    let puts = scene.puts();
    let resumed = scene.run(&["resume", "latest", "--output", "json"]).expect_code(1);
    let failure = resumed.instance("prod", "app")["failure"]["message"].to_string();
    for says in ["bucket late-100000000002 does not hold xdeploy/", "src/worker", "bring it back"] {
        assert!(failure.contains(says), "{says}: {failure}");
    }
    assert_eq!(scene.puts(), puts, "nothing of it is sent");
    scene.desk.write("src/worker/app.py", "import lib.one\n");
    scene.run(&["resume", "latest"]).expect_code(0);
    assert_eq!(scene.puts(), puts + 3);
    let key = |account| scene.template(account, "app").split("xdeploy/").nth(1).map(str::to_owned);
    assert_eq!(key(DEV).map(|key| key[..64].to_owned()), key(PROD).map(|key| key[..64].to_owned()));
}

#[test]
fn a_run_whose_code_is_gone_is_resumed_with_the_objects_in_their_buckets() {
    let faults = ["deny,action=CreateStack,times=1"];
    let scene =
        Scene::with_faults(&format!("{FILE}rollout: {{ on-failure: continue }}\n"), &faults);
    let ran = scene.apply().expect_code(1);
    assert_eq!(ran.json()["summary"]["failed"], 1, "{ran:?}");
    for folder in ["src", "stacks"] {
        fs::remove_dir_all(scene.desk.path().join(folder)).expect("removed");
    }
    fs::remove_file(scene.desk.path().join("prod.yaml")).expect("removed");
    let puts = scene.puts();
    let resumed = scene.run(&["resume", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(resumed.outcomes(), ["dev/app created", "prod/app created"]);
    assert_eq!(scene.puts(), puts);
}

/// A pipe where a template or code should be keeps nobody waiting.
#[test]
fn what_is_no_file_is_told_and_nobody_waits_for_it() {
    let scene = Scene::new(FILE);
    for path in ["stacks/queue.yaml", "src/worker/lib/one.py"] {
        let path = scene.desk.path().join(path);
        fs::remove_file(&path).expect("removed");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).expect("made");
    }
    let told = scene.validate().expect_code(2).stderr;
    assert!(told.contains("`stacks/queue.yaml` is a named pipe"), "{told}");
    assert!(told.contains("`src/worker/lib/one.py` is a named pipe"), "{told}");
    assert_eq!(scene.apply().expect_code(2).stderr, told);
}

/// Checks that paths of a template are relative to its own file, not to where the program runs.
#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let scene = Scene::new(FILE);
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let file = scene.desk.path().join("prod.yaml");
    let mut command = scene.desk.command(&["validate", &file.display().to_string()]);
    command.current_dir::<&Path>(elsewhere.path());
    Printed::from(command.output().expect("it runs")).expect_code(0);
}
