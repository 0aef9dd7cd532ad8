//! Which local paths are found, and what stands in their place.

use std::sync::Arc;

use super::{LocalContent, ObjectLocation, Template};
use crate::document::SourceFile;

fn template(text: &str) -> Arc<Template> {
    let file = SourceFile { path: "app.yaml".into(), text: text.to_owned() };
    Arc::new(Template::parse_accepted(Arc::new(file)).expect("a template"))
}

fn paths(text: &str) -> Vec<(String, LocalContent)> {
    let template = template(text);
    template.local_paths.iter().map(|found| (found.path.clone(), found.content)).collect()
}

/// Returns the text with every local path replaced.
fn replaced(text: &str) -> String {
    let template = template(text);
    template.check_locations().unwrap_or_else(|fault| panic!("{fault}"));
    let locations = template.local_paths.iter().enumerate().map(|(at, local)| {
        let (bucket, key) = ("b".to_owned(), format!("k{at}"));
        let url = format!("https://b/{key}");
        (local, ObjectLocation { bucket, key, url })
    });
    template.with_locations(locations).file.text.clone()
}

#[test]
fn what_the_aws_cli_packs_is_found_wherever_it_stands() {
    let text = "
Transform: { Name: AWS::Include, Parameters: { Location: top.yaml } }
Globals: { Function: { CodeUri: shared }, Api: { DefinitionUri: api.yaml } }
Metadata: { AWS::ServerlessRepo::Application: { LicenseUrl: LICENSE, ReadmeUrl: s3://b/k } }
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { Code: ./src } }
  S: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: nested.yaml } }
  G: { Type: AWS::Glue::Job, Properties: { Command: { ScriptLocation: job.py } } }
  R: { Type: AWS::CodeCommit::Repository, Properties: { Code: { S3: repo } } }
  V: { Type: AWS::ElasticBeanstalk::ApplicationVersion, Properties: { SourceBundle: war } }
  'Fn::ForEach::Loop':
    - Name
    - [A, B]
    - 'L${Name}': { Type: AWS::Serverless::Function, Properties: { CodeUri: loop } }
  T:
    Type: AWS::SNS::Topic
    Properties:
      Fn::Transform: { Name: AWS::Include, Parameters: { Location: topic.json } }
      Tags: !Transform { Name: AWS::Include, Parameters: { Location: tags.json } }
";
    use LocalContent::{Bundle, Code, File, Notice, Snippet, Template};
    let expected = [
        ("top.yaml", Snippet),
        ("shared", Code),
        ("api.yaml", File),
        ("LICENSE", Notice),
        ("./src", Code),
        ("nested.yaml", Template),
        ("job.py", File),
        ("repo", Code),
        ("war", Bundle),
        ("loop", Code),
        ("topic.json", Snippet),
        ("tags.json", Snippet),
    ];
    assert_eq!(paths(text), expected.map(|(path, content)| (path.to_owned(), content)));
}

#[test]
fn what_is_in_s3_already_or_only_cloudformation_knows_is_left_alone() {
    for code in [
        "{ ZipFile: x }",
        "{ S3Bucket: b, S3Key: k }",
        "!Ref Code",
        "!Sub './${Code}'",
        "s3://bucket/key",
        "https://example.com/code.zip",
        "'{{resolve:ssm:code}}'",
        "''",
        "~",
    ] {
        let text = format!(
            "Resources: {{ F: {{ Type: AWS::Serverless::Function, Properties: {{ CodeUri: {code} }} }} }}\n"
        );
        assert_eq!(paths(&text), [], "{code}");
    }
    for text in [
        "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Runtime: python3.13 } } }\n",
        "Resources: { F: { Type: AWS::SNS::Topic, Properties: { Code: ./src } } }\n",
        "Metadata: { AWS::ServerlessRepo::Application: { LicenseUrl: LICENSE.txt } }\n\
         Resources: { T: { Type: AWS::SNS::Topic } }\n",
        "Resources: { M: { Fn::Transform: { Name: Mine, Parameters: { Location: x } } } }\n",
    ] {
        assert_eq!(paths(text), [], "{text}");
    }
}

#[test]
fn only_the_paths_change_however_they_are_written() {
    for (written, becomes) in [
        ("./src # code", "@ # code"),
        ("'./src'", "@"),
        ("\"./s\\u0072c\"", "@"),
        ("!!str ./src", "@"),
        (">-\n        ./src", "@"),
        ("|-\n        ./src\n", "@\n"),
        ("\n        ./src\n        and more", "\n        @"),
        ("&code ./src", "@"),
    ] {
        let text = |code: &str| {
            format!(
                "# ünï\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: {code}\n      \
                 Runtime: python3.13\n"
            )
        };
        let expected = text(&becomes.replace('@', r#"{"S3Bucket": "b", "S3Key": "k0"}"#));
        assert_eq!(replaced(&text(written)), expected, "{written}");
    }
}

#[test]
fn one_that_is_found_in_two_ways_is_replaced_once() {
    let text = "Transform: !Transform { Name: AWS::Include, Parameters: { Location: a } }\n\
                Resources: { T: { Type: AWS::SNS::Topic } }\n";
    assert_eq!(replaced(text), text.replace("Location: a", "Location: \"s3://b/k0\""));
}

#[test]
fn json_and_brackets_stay_what_they_are() {
    let text = r#"{"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "src"}},
  "S": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL":"n.json","Tags":[]}}}}"#;
    let expected = text.replace(r#""src""#, r#""s3://b/k0""#);
    let expected = expected.replace(r#""n.json""#, r#""https://b/k1""#);
    assert_eq!(replaced(text), expected);
    let text = "Resources: {F: {Type: AWS::Lambda::LayerVersion, Properties: {Content: src}}}\n";
    let expected = text.replace("src", r#"{"S3Bucket": "b", "S3Key": "k0"}"#);
    assert_eq!(replaced(text), expected);
}

#[test]
fn a_template_knows_how_its_file_was_written() {
    let text = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
    let template = template(text);
    let location = ObjectLocation { bucket: "b".into(), key: "k".into(), url: String::new() };
    let located = template.with_locations([(&template.local_paths[0], location)]);
    assert_ne!(located.digest, template.digest);
    assert!(std::ptr::eq(located.as_written(), &*template), "it is shared, not copied");
    assert!(Arc::ptr_eq(&located.sections, &template.sections), "they are shared, not copied");
    assert!(located.local_paths.is_empty());
}
