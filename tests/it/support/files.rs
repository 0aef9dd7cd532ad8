//! Environment files and templates that tests share.

/// The head of an environment with the accounts `dev` and `prod`, entered by their `deployer` roles.
pub const HEAD: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001", prod: "100000000002" }
"#;

/// The head of an environment with the one account `dev`.
pub const ONE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001" }
"#;

/// A template with one SSM parameter whose value is a parameter of the stack, and is put out.
pub const SETTING: &str = r#"
Parameters:
  Value: { Type: String, Default: one }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Value }
Outputs:
  Value: { Value: !GetAtt Setting.Value }
  Where: { Value: !Sub "${AWS::AccountId}/${AWS::Region}/${AWS::StackName}" }
"#;

/// A template with a role and its ARN.
pub const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }]
Outputs:
  RoleArn: { Value: !GetAtt Role.Arn }
"#;

/// Returns a template with one good resource and one that fails at the moments named, such as
/// `create` or `update, rollback`; `version` is part of the resource, so that another one is an
/// update.
pub fn failing(moments: &str, version: &str) -> String {
    format!(
        r#"
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: {{ Type: String, Value: "{version}" }}
  Bad:
    Type: AWS::SSM::Parameter
    DependsOn: Good
    Metadata: {{ Sandbox: {{ FailOn: [{moments}], Reason: "the quota is used up" }} }}
    Properties: {{ Type: String, Value: "{version}" }}
"#
    )
}
