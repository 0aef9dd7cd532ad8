use std::fs;

use jiff::Timestamp;

use super::*;
use crate::environment::Environment;
use crate::package::Boundary;
use crate::plan::{AccountEntry, Purpose, Selection, package, resolve};
use crate::run::earlier_runs::keep_templates;

/// The file with every key, but for what only AWS Organizations tells.
const WHOLE: &str = include_str!("../../environment/whole.yaml");

const APP: &str = "Parameters:
  RoleArns: { Type: String }
  Names: { Type: CommaDelimitedList, Default: '' }
  Version: { Type: String, Default: '' }
  Tier: { Type: String }
  Size: { Type: String, Default: '' }
  Password: { Type: String, Default: '', NoEcho: true }
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties: { Code: ../code, Role: !Ref RoleArns }
  Below: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: below.yaml } }
";

const ROLE: &str = "Parameters: { SourceAccountNumber: { Type: String } }
Resources: { Role: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {} } } }
Outputs: { RoleArn: { Value: !GetAtt Role.Arn } }
";

const STACK_POLICY: &str = r#"{ "Statement": [{ "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" }] }"#;

const SECRETS: [&str; 5] =
    ["between-us-two", "plain-hunter2", "env-hunter2", "file-hunter2", "hook-hunter2"];

/// A folder with files, and a state folder.
struct Place(tempfile::TempDir);

fn variables(name: &str) -> Option<String> {
    let known = [("XDEPLOY_EXTERNAL_ID", SECRETS[0]), ("WORD", SECRETS[2]), ("HOOK", SECRETS[4])];
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let policy = r#"{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }"#;
        for (name, text) in [
            ("stacks/app.yaml", APP),
            ("stacks/cross-account-role.yaml", ROLE),
            ("stacks/below.yaml", "Resources: { Queue: { Type: AWS::SQS::Queue } }\n"),
            ("policies/deployer.json", policy),
            ("policies/app.json", STACK_POLICY),
            ("code/app.py", "import os\n"),
            ("environments/word.txt", SECRETS[3]),
        ] {
            place.write(name, text);
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn plan(&self, text: &str) -> Plan {
        self.write("environments/whole.yaml", text);
        let file = self.0.path().join("environments/whole.yaml");
        let environment = Environment::load(&file);
        let plan = environment
            .and_then(|environment| resolve(&[environment], &Selection::default(), &variables))
            .and_then(|plan| package(plan, &Boundary::default(), &|| {}));
        plan.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)))
    }

    /// Keeps a plan and returns what is read back, and the text that was kept.
    fn kept(&self, plan: &Plan) -> (PlanFromState, String) {
        let folder = RunFolder::of(&self.0.path().join("state"));
        folder.make().expect("made");
        let run = RunId::new(Timestamp::UNIX_EPOCH, 7);
        keep_templates(&folder, plan).expect("kept");
        keep_plan(&folder, &run, (plan, None)).expect("kept");
        let text = folder.opened().and_then(|runs| runs.read_text(plan_name(&run)));
        let read = plan_from_state(&folder, &run, Some(self.0.path())).expect("read");
        (read.expect("it was kept"), text.expect("text"))
    }
}

/// Returns the file with every key and with values of every kind.
fn whole() -> String {
    let part = |from: &str, to: &str| {
        let from = WHOLE.find(from).expect("it is there");
        let to = WHOLE[from..].find(to).expect("it is there") + from;
        WHOLE[from..to].to_owned()
    };
    let values = "    parameters:
      Password: '${variables.word}-${env:WORD}-${file:word.txt}-${account.name}-${secret:db#word}'
      Size: '${ssm:/size@vault}-${external:net.Vpc@000000000013/eu-west-1}'
";
    WHOLE
        .replace(&part("organization:", "groups:"), "")
        .replace(&part("    units: [Workloads/Prod/Pci/**]", "    accounts: [\"!vault\"]"), "")
        .replace("accounts: [\"!vault\"]", "accounts: [dev]")
        .replace("tier: silver }", &format!("tier: silver, word: {} }}", SECRETS[1]))
        .replace("    parameters:\n      RoleArns", &format!("{values}      RoleArns"))
        .replace("{ accounts: [gold], regions", "{ accounts: [dev], regions")
        .replace("[[dev, \"v*\"], {", "[[vault], {")
}

/// Reads all secrets of a plan anew, with the values of another as those of the file at hand.
fn with_secrets(read: PlanFromState, of: &Plan) -> Plan {
    let PlanFromState { mut plan, external_ids, .. } = read;
    plan.environments.iter_mut().for_each(|it| it.read_webhooks_anew(&variables));
    for (at, source) in external_ids {
        let mut source = source.expect("it is known where it stands");
        source.read_anew(&variables, None).expect("it stands in a variable");
        let AccountEntry::AssumeRole(role) = &mut plan.accounts[at].entry else {
            panic!("a role");
        };
        role.external_id = crate::plan::ExternalId::of_file(source);
    }
    for (instance, other) in plan.instances.iter_mut().zip(&of.instances) {
        let Purpose::Deploy(desired) = &mut instance.purpose else { continue };
        let secret = desired.parameters.iter_mut().filter(|parameter| parameter.is_secret);
        for (parameter, at_hand) in secret.zip(other.desired().expect("the same").secrets()) {
            parameter.value.read_anew(&variables, Some(at_hand)).expect("it is all there");
        }
    }
    plan
}

/// Returns a plan with each template told by its file and its digest alone, and without doubts, which are told once.
fn plain(mut plan: Plan) -> Plan {
    plan.doubts.clear();
    for instance in &mut plan.instances {
        let of = instance.template().clone();
        let template = Template::unknown(&of.file.path);
        let template = Arc::new(Template { digest: of.digest.clone(), ..template });
        match &mut instance.purpose {
            Purpose::Deploy(desired) => desired.template = template,
            Purpose::Read(_) => instance.purpose = Purpose::Read(template),
            Purpose::Remove(_) => {}
        }
    }
    plan
}

#[test]
fn a_plan_with_every_key_is_read_back_as_it_was_but_for_its_secrets() {
    let place = Place::new();
    let plan = place.plan(&whole());
    let deployed = plan.instances.iter().filter_map(StackInstance::desired);
    assert!(deployed.clone().any(|desired| desired.uploads.len() == 2), "local artifacts");
    assert!(deployed.clone().any(|desired| desired.secrets().count() == 1), "a secret");
    let (read, text) = place.kept(&plan);
    assert!(read.is_whole && read.lost_templates.is_empty(), "{:?}", read.lost_templates);
    assert_eq!(read.plan.digest(), plan.digest());
    assert_eq!(plain(with_secrets(read, &plan)), plain(plan));
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn the_plans_of_the_examples_are_read_back_with_their_digests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let mut examples = 0;
    for folder in [root.clone(), root.join("enter")] {
        for entry in fs::read_dir(folder).expect("the examples") {
            let path = entry.expect("an example").path();
            if path.extension().is_none_or(|kind| kind != "yaml") {
                continue;
            }
            let environment = Environment::load(&path).expect("an example has no faults");
            let any = |name: &str| (name != "XDEPLOY_REGIONS").then(|| "value".to_owned());
            let plan = resolve(&[environment], &Selection::default(), &any).expect("a plan");
            let (read, _) = Place::new().kept(&plan);
            assert!(read.is_whole, "{}", path.display());
            assert_eq!(read.plan.digest(), plan.digest(), "{}", path.display());
            examples += 1;
        }
    }
    assert!(examples > 5);
}

#[test]
fn what_local_artifacts_are_made_of_is_missing_once_it_changed() {
    let place = Place::new();
    let plan = place.plan(&whole());
    place.write("code/app.py", "import sys\n");
    place.write("stacks/below.yaml", "Resources: {}\n");
    let (read, _) = place.kept(&plan);
    let uploads = read.plan.instances.iter().filter_map(StackInstance::desired);
    let uploads = uploads.flat_map(|desired| desired.uploads.iter());
    let missing: BTreeSet<&Path> = uploads.filter_map(|upload| upload.missing_file()).collect();
    assert_eq!(missing.len(), 1, "a nested template is kept: {missing:?}");
    assert!(missing.iter().all(|path| path.ends_with("code")), "{missing:?}");
    assert_eq!(read.plan.digest(), plan.digest());
}

#[test]
fn what_does_not_fit_together_is_no_plan() {
    let place = Place::new();
    let plan = place.plan(&whole());
    let (_, text) = place.kept(&plan);
    let folder = RunFolder::of(&place.0.path().join("state"));
    let run = RunId::new(Timestamp::UNIX_EPOCH, 7);
    for (from, to) in [
        ("\"account_position\":0", "\"account_position\":99"),
        ("\"looked_up_in\":[", "\"looked_up_in\":[99,"),
        ("\"uploads\":[0", "\"uploads\":[99"),
        ("\"instances\":[0", "\"instances\":[99"),
        ("\"secrets\":[", "\"secrets\":[[],"),
        ("\"schema\":1", "\"schema\":99"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let runs = folder.opened().expect("the folder");
        runs.replace(plan_name(&run), changed.as_bytes()).expect("written");
        let read = plan_from_state(&folder, &run, Some(place.0.path()));
        assert!(read.is_err(), "{from}");
    }
}

/// What an earlier version kept, which knew only how to go back.
const OF_BEFORE: &str = r#"{"schema":1,"environments":[{"name":"prod","path":"prod.yaml","digest":"00","source_account":"999999999999","source_profile":null,"mfa_serial":null,"home_region":"eu-central-1","waves":1}],"accounts":[{"environment":0,"name":"dev","id":"100000000001","region":"eu-central-1","wave":0,"entry":{"assume-role":{"via":[],"role":"arn:aws:iam::100000000001:role/deployer","has_external_id":true,"session_name":"xdeploy-prod","duration_s":3600,"session_policy":null,"session_tags":{},"source_identity":null}}}],"instances":[{"environment":"prod","account":"dev","region":"eu-central-1","stack":"app","account_position":0,"stack_name":"app","is_only_read":false,"needs":[],"template":"ab12","bucket":{"name":"artifacts","owner":null}}]}"#;

#[test]
fn what_an_earlier_version_kept_is_read_as_good_for_going_back_alone() {
    let state = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::of(state.path());
    folder.make().expect("made");
    let run = RunId::new(Timestamp::UNIX_EPOCH, 7);
    let runs = folder.opened().expect("the folder");
    runs.replace(plan_name(&run), OF_BEFORE.as_bytes()).expect("written");
    let read = plan_from_state(&folder, &run, None).expect("read").expect("a plan");
    assert!(!read.is_whole);
    assert_eq!(read.external_ids, BTreeMap::from([(0, None)]));
    let desired = read.plan.instances[0].desired().expect("a stack");
    assert_eq!(desired.artifacts.as_ref().expect("a bucket").name, "artifacts");
}
