//! Characters outside ASCII: in templates, parameters, tags and outputs, and as they are answered.

use aws_sdk_cloudformation::types::{Parameter, Tag};

use super::compare_in_ascii;

const SETTING: &str = r#"
Description: Größe
Parameters:
  Value: { Type: String, Default: Größe }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /words/setting, Value: !Ref Value, Description: Höhe }
Outputs:
  Value: { Value: !Ref Value, Description: Länge }
  Written: { Value: "Maß?" }
"#;

#[tokio::test]
async fn what_is_outside_ascii_is_taken_and_answered() {
    let differences = compare_in_ascii(async |cloud| {
        let street = Parameter::builder().parameter_key("Value").parameter_value("Straße 😀");
        let tag = Tag::builder().key("Straße").value("Köln").build();
        cloud
            .create("create", "words", SETTING, |call| call.parameters(street.build()).tags(tag))
            .await;
        cloud.shown("create", "words").await;
        cloud
            .update("no change", "words", SETTING, |call| {
                call.parameters(
                    Parameter::builder().parameter_key("Value").use_previous_value(true).build(),
                )
            })
            .await;
        cloud.update("update", "words", &SETTING.replace("Höhe", "Tiefe"), |call| call).await;
        cloud.shown("update", "words").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    update: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    ");
}
