//! Who may assume a role, for how long, and what a session may not do.

use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;

use super::{ACCOUNT, Transcript, compare};
use crate::support::accounts::put_role;
use crate::support::caller::Caller;
use crate::support::world::SOURCE;

/// Returns AssumeRole of a role in [`ACCOUNT`], as the root of another account calls it.
fn assume(cloud: &Transcript, account: &str, role: &str) -> AssumeRoleFluentBuilder {
    Caller::root(&cloud.endpoint, account)
        .sts()
        .assume_role()
        .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/{role}"))
        .role_session_name("differential")
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_only() {
    let differences = compare(async |cloud| {
        put_role(&cloud.endpoint, ACCOUNT, "open", None).await;
        put_role(&cloud.endpoint, ACCOUNT, "guarded", Some("open-sesame")).await;
        let reply = assume(cloud, SOURCE, "open").send().await;
        if let Some(reply) = cloud.call("trusted", reply) {
            let who = reply.assumed_role_user.expect("somebody was assumed");
            cloud.note("trusted: as", &who.arn);
        }
        let reply = assume(cloud, "888888888888", "open").send().await;
        cloud.call("not trusted", reply);
        let reply = assume(cloud, SOURCE, "nobody").send().await;
        cloud.call("a role that does not exist", reply);
        let reply = assume(cloud, SOURCE, "guarded").send().await;
        cloud.call("without the external id", reply);
        let reply = assume(cloud, SOURCE, "guarded").external_id("wrong").send().await;
        cloud.call("with a wrong external id", reply);
        let reply = assume(cloud, SOURCE, "guarded").external_id("open-sesame").send().await;
        cloud.call("with the external id", reply);
        let reply = assume(cloud, SOURCE, "open").external_id("unasked").send().await;
        cloud.call("with an external id that nobody asks for", reply);
        let reply = assume(cloud, ACCOUNT, "open").send().await;
        cloud.call("by the account's own root, which the role does not trust", reply);
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    a role that does not exist
      sandbox:   AccessDenied: User: arn:aws:iam::999999999999:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/nobody
      ministack: AccessDenied: User: is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/nobody
    ");
}

#[tokio::test]
async fn what_a_call_for_a_session_asks_is_within_bounds() {
    let differences = compare(async |cloud| {
        put_role(&cloud.endpoint, ACCOUNT, "open", None).await;
        for seconds in [900, 3600, 1, 899, 3601, 43_201] {
            let reply = assume(cloud, SOURCE, "open").duration_seconds(seconds).send().await;
            cloud.call(&format!("for {seconds} seconds"), reply);
        }
        let call = assume(cloud, SOURCE, "open");
        let reply = call.role_session_name("no spaces allowed").send().await;
        cloud.call("under a name with spaces", reply);
        let reply = assume(cloud, SOURCE, "open").role_arn("nonsense").send().await;
        cloud.call("in what is no ARN", reply);
        let reply = assume(cloud, SOURCE, "open").external_id("x").send().await;
        cloud.call("with an external id that is too short", reply);
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    for 1 seconds
      sandbox:   ValidationError: 1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900
      ministack: accepted
    for 899 seconds
      sandbox:   ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900
      ministack: accepted
    for 3601 seconds
      sandbox:   ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.
      ministack: accepted
    for 43201 seconds
      sandbox:   ValidationError: 1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200
      ministack: accepted
    under a name with spaces
      sandbox:   ValidationError: 1 validation error detected: Value 'no spaces allowed' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*
      ministack: accepted
    in what is no ARN
      sandbox:   ValidationError: 1 validation error detected: Value 'nonsense' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20
      ministack: ValidationError: Invalid RoleArn: nonsense
    with an external id that is too short
      sandbox:   ValidationError: 1 validation error detected: Value 'x' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2
      ministack: accepted
    ");
}

#[tokio::test]
async fn a_session_acts_in_its_account_and_a_false_one_does_not() {
    let differences = compare(async |cloud| {
        put_role(&cloud.endpoint, ACCOUNT, "open", None).await;
        let reply = assume(cloud, SOURCE, "open").send().await.expect("it is trusted");
        let session = reply.credentials.expect("a session has keys");
        let inside = cloud.caller.with_session(&session);
        let reply = inside.sts().get_caller_identity().send().await;
        if let Some(reply) = cloud.call("identity", reply) {
            cloud.note("identity: account", reply.account().unwrap_or_default());
            cloud.note("identity: ARN", reply.arn().unwrap_or_default());
        }
        let stacks = inside.stacks().await;
        let names: Vec<_> = stacks.iter().filter_map(|stack| stack.stack_name()).collect();
        cloud.note("stacks", &names.join(", "));

        let mut forged = session.clone();
        forged.session_token = "forged".to_owned();
        let forged = cloud.caller.with_session(&forged);
        let reply = forged.cloudformation().describe_stacks().send().await;
        cloud.call("a session token that was made up", reply);
        let stranger = Caller::root(&cloud.endpoint, "AKIAIOSFODNN7EXAMPLE");
        let reply = stranger.cloudformation().describe_stacks().send().await;
        cloud.call("a key that nobody has", reply);
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    a session token that was made up
      sandbox:   InvalidClientTokenId: The security token included in the request is invalid.
      ministack: InvalidClientTokenId: The security token included in the request is invalid
    ");
}
