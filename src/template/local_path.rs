//! Local paths: where a template names a file or folder of its author's in the place of an object in S3.
//!
//! Source: the AWS CLI, `cloudformation package`, "artifact_exporter.py": which properties of which resources,
//! and how what is uploaded is written there. Beyond it, `Globals` of serverless templates and `AWS::Include` among
//! the template's own transforms are looked at. A property that is missing is left to CloudFormation; the CLI takes
//! the whole folder of the template for it.

use crate::document::{Node, Place};

/// A file or folder that a template names, to be uploaded before the template is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalPath {
    /// The path, relative to the template's file.
    pub path: String,
    /// Where it is written.
    pub place: Place,
    /// What is to stand there.
    pub content: LocalContent,
    /// How the object is written in its place.
    pub form: LocationForm,
}

/// What a local path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalContent {
    /// Code: a folder, a zip archive, or a file that is zipped.
    Code,
    /// A file, or a folder that is zipped.
    Bundle,
    /// A file that is taken as it is.
    File,
    /// A piece of a template that `AWS::Include` puts in its place.
    Snippet,
    /// A file that nothing needs to deploy the stack: read by those who publish the application.
    Notice,
    /// The template of a nested stack.
    Template,
}

/// How an object in S3 is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationForm {
    /// As a mapping of its bucket and its key.
    Mapping {
        /// The name of the bucket's key.
        bucket: &'static str,
        /// The name of the key's key.
        key: &'static str,
    },
    /// As an address of the form `s3://bucket/key`.
    S3Uri,
    /// As an address that CloudFormation fetches.
    Url,
}

const S3_BUCKET: LocationForm = LocationForm::Mapping { bucket: "S3Bucket", key: "S3Key" };
const BUCKET: LocationForm = LocationForm::Mapping { bucket: "Bucket", key: "Key" };

/// A resource's type, a property of it (parts joined by dots), what stands there and how it is written.
type Property = (&'static str, &'static str, LocalContent, LocationForm);

const PROPERTIES: &[Property] = {
    use LocalContent::{Bundle, Code, File, Template};
    use LocationForm::{S3Uri, Url};
    const RESOLVER: &str = "AWS::AppSync::Resolver";
    const FUNCTION: &str = "AWS::AppSync::FunctionConfiguration";
    &[
        ("AWS::ApiGateway::RestApi", "BodyS3Location", File, BUCKET),
        ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", File, S3Uri),
        (RESOLVER, "RequestMappingTemplateS3Location", File, S3Uri),
        (RESOLVER, "ResponseMappingTemplateS3Location", File, S3Uri),
        (FUNCTION, "RequestMappingTemplateS3Location", File, S3Uri),
        (FUNCTION, "ResponseMappingTemplateS3Location", File, S3Uri),
        ("AWS::CloudFormation::Stack", "TemplateURL", Template, Url),
        ("AWS::CodeCommit::Repository", "Code.S3", Code, BUCKET),
        ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", Bundle, S3_BUCKET),
        ("AWS::Glue::Job", "Command.ScriptLocation", File, S3Uri),
        ("AWS::Lambda::Function", "Code", Code, S3_BUCKET),
        ("AWS::Lambda::LayerVersion", "Content", Code, S3_BUCKET),
        ("AWS::Serverless::Api", "DefinitionUri", File, S3Uri),
        ("AWS::Serverless::Application", "Location", Template, Url),
        ("AWS::Serverless::Function", "CodeUri", Code, S3Uri),
        ("AWS::Serverless::LayerVersion", "ContentUri", Code, S3Uri),
        ("AWS::Serverless::StateMachine", "DefinitionUri", File, BUCKET),
        ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", File, BUCKET),
    ]
};

/// The same of `Globals`, by the serverless resource that they are for.
const GLOBALS: &[Property] = &[
    ("Api", "DefinitionUri", LocalContent::File, LocationForm::S3Uri),
    ("Function", "CodeUri", LocalContent::Code, LocationForm::S3Uri),
];

/// The same of `Metadata`.
const METADATA: &[Property] = &[
    ("AWS::ServerlessRepo::Application", "LicenseUrl", LocalContent::Notice, LocationForm::S3Uri),
    ("AWS::ServerlessRepo::Application", "ReadmeUrl", LocalContent::Notice, LocationForm::S3Uri),
];

const INCLUDE: &str = "AWS::Include";

/// Returns the local paths of a template, in its order. Notices alone are none: nothing would be uploaded but for them,
/// and such a template is sent as it is.
pub(super) fn local_paths(root: &Node) -> Vec<LocalPath> {
    let mut found = Vec::new();
    if let Some(resources) = root.value_of("Resources") {
        of_resources(resources, &mut found);
    }
    for (section, properties) in [("Globals", GLOBALS), ("Metadata", METADATA)] {
        let entries = root.value_of(section).and_then(Node::entries).unwrap_or_default();
        for (key, node) in entries {
            of_properties(&key.text, node, properties, &mut found);
        }
    }
    if let Some(transform) = root.value_of("Transform") {
        let several = transform.items().unwrap_or(std::slice::from_ref(transform));
        several.iter().for_each(|one| of_include(one, &mut found));
    }
    of_includes(root, &mut found);
    found.sort_by_key(|path| path.place.span.start);
    // One that is found by two ways, or repeated by an alias, stands in one place.
    found.dedup_by_key(|path| path.place.span.start);
    if found.iter().all(|path| path.content == LocalContent::Notice) {
        found.clear();
    }
    found
}

fn of_resources(resources: &Node, found: &mut Vec<LocalPath>) {
    for (key, resource) in resources.entries().unwrap_or_default() {
        if key.text.starts_with("Fn::ForEach::") {
            // What the loop makes is its third part.
            if let Some([_, _, made]) = resource.items() {
                of_resources(made, found);
            }
            continue;
        }
        let (Some(name), Some(own)) =
            (resource.value_of("Type").and_then(Node::as_text), resource.value_of("Properties"))
        else {
            continue;
        };
        of_properties(name, own, PROPERTIES, found);
    }
}

fn of_properties(
    name: &str,
    own: &Node,
    properties: &'static [Property],
    found: &mut Vec<LocalPath>,
) {
    for (_, property, content, form) in properties.iter().filter(|(of, ..)| *of == name) {
        let value = property.split('.').try_fold(own, |node, part| node.value_of(part));
        let local = value.and_then(|value| Some((local(value)?, value)));
        found.extend(local.map(|(path, value)| LocalPath {
            path: path.to_owned(),
            place: value.place.clone(),
            content: *content,
            form: *form,
        }));
    }
}

/// Finds what `Fn::Transform` includes, anywhere.
fn of_includes(node: &Node, found: &mut Vec<LocalPath>) {
    if node.tag.as_deref() == Some("Transform") {
        of_include(node, found);
    }
    for (key, value) in node.entries().unwrap_or_default() {
        if key.text == "Fn::Transform" {
            of_include(value, found);
        }
        of_includes(value, found);
    }
    node.items().unwrap_or_default().iter().for_each(|item| of_includes(item, found));
}

fn of_include(call: &Node, found: &mut Vec<LocalPath>) {
    let is_include = call.value_of("Name").and_then(Node::as_text) == Some(INCLUDE);
    let location = call.value_of("Parameters").and_then(|given| given.value_of("Location"));
    let Some(location) = location.filter(|_| is_include) else { return };
    found.extend(local(location).map(|path| LocalPath {
        path: path.to_owned(),
        place: location.place.clone(),
        content: LocalContent::Snippet,
        form: LocationForm::S3Uri,
    }));
}

/// Returns the path that a value is: text that is no address, no function and no dynamic reference.
pub(super) fn local(value: &Node) -> Option<&str> {
    let text = value.as_text().filter(|_| value.tag.is_none() && !value.is_null())?;
    let is_elsewhere = text.contains("://") || text.starts_with("{{resolve:");
    (!text.trim().is_empty() && !is_elsewhere).then_some(text)
}
