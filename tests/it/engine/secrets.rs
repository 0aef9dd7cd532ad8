//! Values of `NoEcho` parameters never appear in what a run says.

use crate::support::files::ONE;
use crate::support::world::World;

const SECRET: &str = "correct-horse-battery";

/// A template that lets its secret out in an output and in the reason of a failure.
const CARELESS: &str = r#"
Parameters:
  Password: { Type: String, NoEcho: true }
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Password }
Outputs:
  Password: { Value: !Sub "pw:${Password}" }
"#;

const QUOTING: &str = r#"
Parameters:
  Password: { Type: String, NoEcho: true }
Resources:
  Bad:
    Type: AWS::SSM::Parameter
    Metadata: { Sandbox: { FailOn: [create], Reason: "correct-horse-battery is too weak" } }
    Properties: { Type: String, Value: !Ref Password }
"#;

const NEXT: &str = r#"
Parameters:
  Value: { Type: String }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Value }
Outputs:
  Length: { Value: !GetAtt Setting.Value }
"#;

#[tokio::test(start_paused = true)]
async fn a_secret_that_aws_repeats_is_hidden_and_still_reaches_dependents() {
    let world = World::new(&["100000000001"]);
    world.write("careless.yaml", CARELESS);
    world.write("quoting.yaml", QUOTING);
    world.write("next.yaml", NEXT);
    let file = format!(
        "{ONE}\nstacks:\n  careless: {{ template: careless.yaml, parameters: {{ Password: {SECRET} }} }}\n  \
         quoting: {{ template: quoting.yaml, parameters: {{ Password: {SECRET} }} }}\n  \
         next: {{ template: next.yaml, parameters: {{ Value: '${{output:careless.Password}}' }} }}\n"
    );
    let ran = world.apply(&file).await;
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(!everything.contains(SECRET), "{everything}");
    assert_eq!(ran.instance("dev", "careless").outputs["Password"], "pw:****");
    assert_eq!(ran.failure("dev", "quoting").message.matches("****").count(), 1);
    // What reached the next stack is the value itself: its own output shows its mask only.
    assert_eq!(ran.instance("dev", "next").outputs["Length"], "pw:****");
}

const WITH_DEFAULT: &str = r#"
Parameters:
  Password: { Type: String, NoEcho: true, Default: correct-horse-battery }
  Short: { Type: String, NoEcho: true, Default: 'no' }
Resources:
  Good:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !Ref Password }
Outputs:
  Password: { Value: !Sub "pw:${Password}, ${Short}" }
"#;

#[tokio::test(start_paused = true)]
async fn the_default_of_a_secret_parameter_is_hidden_as_a_value_of_the_file_is() {
    let world = World::new(&["100000000001"]);
    world.write("default.yaml", WITH_DEFAULT);
    let file = format!("{ONE}\nstacks:\n  default: {{ template: default.yaml }}\n");
    let ran = world.apply(&file).await;
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(!everything.contains(SECRET), "{everything}");
    // Too short to hide anything, as a value of the file would be.
    assert_eq!(ran.instance("dev", "default").outputs["Password"], "pw:****, no");
}
