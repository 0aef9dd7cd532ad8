//! Local artifacts, as `aws cloudformation package` and as xdeploy pack the same folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use regex::Regex;
use serde_json::Value as Json;
use xdeploy::environment::Environment;
use xdeploy::package::Boundary;
use xdeploy::plan::{self, Plan, Selection};

use crate::support::caller::{Caller, REGION};
use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;

const DEV: &str = "100000000001";
const BUCKET: &str = "artifacts-100000000001";

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001" }
artifacts: { bucket: "artifacts-${account.id}" }
stacks:
  app: { template: stacks/all.yaml, capabilities: [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND] }
"#;

/// Every resource that the CLI knows, and what it leaves alone.
const TEMPLATE: &str = "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Metadata:
  AWS::ServerlessRepo::Application: { ReadmeUrl: ../files/README.md, LicenseUrl: ../files/LICENSE }
Resources:
  Function: { Type: AWS::Lambda::Function, Properties: { Code: ../code, Runtime: python3.13 } }
  Zipped: { Type: AWS::Lambda::Function, Properties: { Code: ../files/code.zip } }
  Layer: { Type: AWS::Lambda::LayerVersion, Properties: { Content: ../code/ } }
  Serverless: { Type: AWS::Serverless::Function, Properties: { CodeUri: ../code } }
  ServerlessLayer: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: ../code } }
  Machine: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: ../files/machine.json } }
  Steps: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionS3Location: ../files/machine.json } }
  Api: { Type: AWS::Serverless::Api, Properties: { DefinitionUri: ../files/api.yaml, StageName: a } }
  Rest: { Type: AWS::ApiGateway::RestApi, Properties: { BodyS3Location: ../files/api.yaml } }
  Schema: { Type: AWS::AppSync::GraphQLSchema, Properties: { DefinitionS3Location: ../files/schema } }
  Resolver:
    Type: AWS::AppSync::Resolver
    Properties:
      RequestMappingTemplateS3Location: ../files/request
      ResponseMappingTemplateS3Location: ../files/response
  Step:
    Type: AWS::AppSync::FunctionConfiguration
    Properties:
      RequestMappingTemplateS3Location: ../files/request
      ResponseMappingTemplateS3Location: ../files/response
  Version: { Type: AWS::ElasticBeanstalk::ApplicationVersion, Properties: { SourceBundle: ../code } }
  Job: { Type: AWS::Glue::Job, Properties: { Command: { Name: glueetl, ScriptLocation: ../files/job.py } } }
  Repository: { Type: AWS::CodeCommit::Repository, Properties: { RepositoryName: r, Code: { S3: ../code } } }
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: nested/one.yaml } }
  Application: { Type: AWS::Serverless::Application, Properties: { Location: nested/two.yaml } }
  Included:
    Type: AWS::SNS::Topic
    Properties:
      Fn::Transform: { Name: AWS::Include, Parameters: { Location: ../files/topic.yaml } }
  Fn::ForEach::Workers:
    - Name
    - [One, Two]
    - 'Worker${Name}': { Type: AWS::Serverless::Function, Properties: { CodeUri: ../code } }
  InS3: { Type: AWS::Lambda::Function, Properties: { Code: { S3Bucket: b, S3Key: k } } }
  Inline: { Type: AWS::Lambda::Function, Properties: { Code: { ZipFile: 'print()' } } }
  Elsewhere: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: 'https://s3.amazonaws.com/b/k' } }
  Given: { Type: AWS::Serverless::Function, Properties: { CodeUri: !Sub 's3://${AWS::Region}/k' } }
";

fn workplace(endpoint: &str) -> Workplace {
    let workplace = Workplace::new(endpoint);
    for folder in ["code/lib", "files", "stacks/nested/deep"] {
        fs::create_dir_all(workplace.path().join(folder)).expect("made");
    }
    workplace.write("prod.yaml", FILE);
    workplace.write("stacks/all.yaml", TEMPLATE);
    let nested = |of: &str| {
        format!(
            "Resources:\n  S: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: {of} }} }}\n"
        )
    };
    workplace.write("stacks/nested/one.yaml", &nested("deep/three.yaml"));
    workplace.write("stacks/nested/two.yaml", &nested("deep/three.yaml"));
    let deep = "Resources:\n  L: { Type: AWS::Lambda::LayerVersion, Properties: { Content: ../../../code } }\n";
    workplace.write("stacks/nested/deep/three.yaml", deep);
    workplace.write("code/app.py", "import lib.one\n");
    workplace.write("code/lib/one.py", "print(1)\n");
    workplace.write("code/.hidden", "yes\n");
    for name in
        ["README.md", "LICENSE", "machine.json", "api.yaml", "schema", "request", "response"]
    {
        workplace.write(&format!("files/{name}"), &format!("{{\"{name}\": 1}}\n"));
    }
    workplace.write("files/job.py", "print('job')\n");
    workplace.write("files/topic.yaml", "TopicName: t\n");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.py", zip::write::SimpleFileOptions::default()).expect("it takes files");
    let archive = archive.finish().expect("it is whole").into_inner();
    fs::write(workplace.path().join("files/code.zip"), archive).expect("written");
    workplace
}

/// Returns the plan of the workplace, packed as `apply` packs it.
fn packaged(workplace: &Workplace) -> Plan {
    let environment = Environment::load(&workplace.path().join("prod.yaml")).expect("it is sound");
    let plan = plan::resolve(&[environment], &Selection::default(), &|_| None).expect("a plan");
    plan::package(plan, &Boundary::default(), &|| ()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Returns a template as the AWS CLI reads it.
fn as_json(workplace: &Workplace, text: &str) -> Json {
    workplace.write("read.yaml", text);
    let script = "import json\nfrom awscli.customizations.cloudformation.yamlhelper import yaml_parse\n\
                  print(json.dumps(yaml_parse(open('read.yaml').read())))";
    let mut python = workplace.command(program("python"), DEV);
    let output = python.args(["-c", script]).output().expect("it is installed");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Returns where objects are named in a text: each key once, in order.
fn keys(text: &str) -> Vec<String> {
    let key = Regex::new("xdeploy/[0-9a-f]+(?:\\.template)?").expect("it is sound");
    let mut keys: Vec<String> = key.find_iter(text).map(|it| it.as_str().to_owned()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Returns a template without what differs of necessity: the names of objects, and where S3 is.
fn plain(template: &Json) -> Json {
    let text = template.to_string();
    let key = Regex::new("xdeploy/[0-9a-f]+")
        .expect("it is sound")
        .replace_all(&text, "KEY")
        .into_owned();
    let place = Regex::new("https?://[^\"/]+/artifacts").expect("it is sound");
    serde_json::from_str(&place.replace_all(&key, "https://S3/artifacts")).expect("still JSON")
}

/// Returns what an object is, whatever its bytes: an archive is the files in it.
fn meaning(workplace: &Workplace, content: &[u8]) -> String {
    if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(content)) {
        let files: BTreeMap<String, String> = (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).expect("an entry");
                let mut text = String::new();
                file.read_to_string(&mut text).expect("text");
                (file.name().expect("text").into_owned(), text)
            })
            .collect();
        return format!("{files:?}");
    }
    let text = String::from_utf8(content.to_vec()).expect("text");
    match text.contains("Resources") {
        true => plain(&as_json(workplace, &text)).to_string(),
        false => text,
    }
}

#[test]
fn a_folder_is_packed_as_the_aws_cli_packs_it() {
    let server = Server::sandbox("0");
    let workplace = workplace(&server.endpoint());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let s3 = Caller::root(&server.endpoint(), DEV).s3(REGION);
    runtime.block_on(s3.create_bucket().bucket(BUCKET).send()).expect("it is free");
    let arguments = ["cloudformation", "package", "--template-file", "stacks/all.yaml"];
    let to =
        ["--s3-bucket", BUCKET, "--s3-prefix", "xdeploy", "--output-template-file", "cli.yaml"];
    let mut aws = workplace.command(program("aws"), DEV);
    let output = aws.args(arguments).args(to).output().expect("it is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = fs::read_to_string(workplace.path().join("cli.yaml")).expect("it is written");
    let plan = packaged(&workplace);
    let desired = plan.instances[0].desired().expect("it is deployed");
    let ours = &desired.template.file.text;

    let (their_tree, our_tree) = (as_json(&workplace, &theirs), as_json(&workplace, ours));
    assert_eq!(plain(&our_tree), plain(&their_tree));

    // What CloudFormation and Lambda find there is the same as well.
    let listed = runtime.block_on(s3.list_objects_v2().bucket(BUCKET).send()).expect("listed");
    let mut their_objects = Vec::new();
    for object in listed.contents() {
        let key = object.key().expect("a key");
        let got = s3.get_object().bucket(BUCKET).key(key).send();
        let got = runtime.block_on(got).expect("it is there");
        let content = runtime.block_on(got.body.collect()).expect("it is whole").to_vec();
        their_objects.push(meaning(&workplace, &content));
    }
    let mut our_objects = Vec::new();
    for upload in desired.uploads.iter() {
        let mut content = Vec::new();
        while (content.len() as u64) < upload.bytes() {
            content.extend(upload.chunk(content.len() as u64).expect("it is kept"));
        }
        our_objects.push(meaning(&workplace, &content));
    }
    let sorted = |objects: &mut Vec<String>| {
        objects.sort();
        objects.dedup();
    };
    sorted(&mut their_objects);
    sorted(&mut our_objects);
    assert_eq!(our_objects, their_objects);
    let named = keys(ours);
    assert!(named.iter().all(|key| desired.uploads.iter().any(|upload| upload.key() == *key)));
}
