//! What templates evaluate to: functions, conditions, pseudo parameters, and the ids of resources.

use super::{ACCOUNT, compare};
use crate::support::sdk_words::value;
use crate::support::world::SOURCE;

const FUNCTIONS: &str = r#"
Parameters:
  Tier: { Type: String, Default: gold }
  Names: { Type: CommaDelimitedList, Default: "one, two,three" }
  Size: { Type: Number, Default: 3 }
Mappings:
  Sizes:
    gold: { Most: "100", Zones: [a, b] }
    silver: { Most: "10", Zones: [a] }
Conditions:
  IsGold: !Equals [!Ref Tier, gold]
  IsSmall: !Not [!Condition IsGold]
  Both: !And [!Condition IsGold, !Equals [!Ref Size, "3"]]
  Either: !Or [!Condition IsSmall, !Condition Both]
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /functions/setting, Value: !Join ["+", !Ref Names] }
  Small:
    Type: AWS::SSM::Parameter
    Condition: IsSmall
    Properties: { Type: String, Name: /functions/small, Value: small }
Outputs:
  Ref: { Value: !Ref Setting }
  GetAtt: { Value: !GetAtt Setting.Value }
  GetAttLong: { Value: { "Fn::GetAtt": [Setting, Value] } }
  Pseudo: { Value: !Sub "${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix}" }
  SubWithMap: { Value: !Sub ["${Tier}-${Extra}-${!Kept}", { Extra: !Select [1, !Ref Names] }] }
  SubGetAtt: { Value: !Sub "${Setting.Type} ${Setting}" }
  SplitAndSelect: { Value: !Select [2, !Split [":", "arn:aws:sqs"]] }
  Number: { Value: !Ref Size }
  List: { Value: !Join [",", !Ref Names] }
  Mapped: { Value: !FindInMap [Sizes, !Ref Tier, Most] }
  MappedList: { Value: !Join ["/", !FindInMap [Sizes, !Ref Tier, Zones]] }
  If: { Value: !If [IsSmall, small, !If [Both, both, neither]] }
  Either: { Condition: Either, Value: either }
  Hidden: { Condition: IsSmall, Value: hidden }
  Encoded: { Value: { "Fn::Base64": !Sub "${Tier}" } }
  NoValue: { Value: !Join ["", [a, !If [IsSmall, b, !Ref "AWS::NoValue"], c]] }
  Export: { Value: shared, Export: { Name: !Sub "${AWS::StackName}-export" } }
"#;

const IMPORT: &str = r#"
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: /functions/imported
      Value: { "Fn::ImportValue": !Sub "${AWS::Region}-export" }
Outputs:
  Imported: { Value: !GetAtt Setting.Value }
"#;

#[tokio::test]
async fn functions_and_conditions_evaluate_alike() {
    let differences = compare(async |cloud| {
        cloud.create("gold", "functions", FUNCTIONS, |call| call).await;
        cloud
            .update("silver", "functions", FUNCTIONS, |call| {
                call.parameters(value("Tier", "silver")).parameters(value("Names", "x,y"))
            })
            .await;
        let by_region = FUNCTIONS.replace("${AWS::StackName}-export", "${AWS::Region}-export");
        cloud.update("export", "functions", &by_region, |call| call).await;
        cloud.create("import", "import", IMPORT, |call| call).await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    silver: Small
      sandbox:   CREATE_IN_PROGRESS, CREATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    silver: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    export: order
      sandbox:   the stack, Setting, Small
      ministack: the stack, Setting
    export: Small
      sandbox:   DELETE_IN_PROGRESS, DELETE_COMPLETE
      ministack: nothing
    export: the stack
      sandbox:   UPDATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, UPDATE_COMPLETE
      ministack: UPDATE_IN_PROGRESS, UPDATE_COMPLETE
    ");
}

#[tokio::test]
async fn the_examples_yield_ids_of_the_same_form() {
    let read = |name: &str| {
        let path = format!("{}/stacks/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("an example")
    };
    let differences = compare(async |cloud| {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/operator");
        cloud
            .create("role", "cross-account-role", &read("cross-account-role"), |call| {
                call.capabilities("CAPABILITY_IAM".into())
                    .parameters(value("SourceAccountNumber", SOURCE))
            })
            .await;
        cloud
            .create("app", "app", &read("app"), |call| {
                call.parameters(value("OperatorRoleArn", &role))
            })
            .await;
        cloud
            .create("settings", "app-settings", &read("app-settings"), |call| {
                call.parameters(value("DocumentsBucket", "documents"))
                    .parameters(value("WorkQueueArn", "arn"))
            })
            .await;
        cloud
            .create("trust", "hub-trust", &read("hub-trust"), |call| {
                call.capabilities("CAPABILITY_IAM".into())
                    .parameters(value("RoleArns", &format!("{role},{role}")))
            })
            .await;
    })
    .await;
    // To ministack, a list that is empty is not the empty text once it is joined.
    insta::assert_snapshot!(differences, @r#"
    app: order
      sandbox:   the stack, Documents, Work, DocumentsPolicy
      ministack: the stack, Documents, DocumentsPolicy, Work
    settings: outputs
      sandbox:   {"DocumentsBucketSetting": "app-settings-DocumentsBucketSetting-RANDOM", "WorkQueueSetting": "app-settings-WorkQueueSetting-RANDOM"}
      ministack: {"DocumentsBucketSetting": "/app-settings/DocumentsBucketSetting", "WorkQueueSetting": "/app-settings/WorkQueueSetting"}
    trust: outputs
      sandbox:   {"PolicyArn": "arn:aws:iam::100000000001:policy/hub-trust-Policy-RANDOM"}
      ministack: {"MorePolicyArn": "arn:aws:iam::100000000001:policy/hub-trust-MorePolicy-RANDOM", "PolicyArn": "arn:aws:iam::100000000001:policy/hub-trust-Policy-RANDOM"}
    trust: order
      sandbox:   the stack, Policy
      ministack: the stack, MorePolicy, Policy
    trust: MorePolicy
      sandbox:   nothing
      ministack: CREATE_IN_PROGRESS, CREATE_COMPLETE
    "#);
}
