"""What boto3 sees of a stack's life, at the endpoint and with the keys of the environment.

Prints one line per step, so that the test can compare all of it at once.
"""

import boto3
from botocore.exceptions import ClientError

SOURCE = "999999999999"
TARGET = "100000000001"
ROLE = f"arn:aws:iam::{TARGET}:role/operator"

TEMPLATE = """
Parameters:
  Sessions: { Type: Number, Default: 3600 }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: operator
      MaxSessionDuration: !Ref Sessions
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: { AWS: "arn:aws:iam::999999999999:root" }
            Condition: { StringEquals: { "sts:ExternalId": open-sesame } }
Outputs:
  RoleArn: { Value: !GetAtt Role.Arn, Description: The role's ARN }
"""


def client(service, account, session=None):
    """Returns a client that is an account's root, or what AssumeRole answered."""
    keys = session or {"AccessKeyId": account, "SecretAccessKey": "test", "SessionToken": None}
    return boto3.client(
        service,
        region_name="eu-central-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def refusal(call, **arguments):
    """Returns AWS's code and message for a call that must be refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "accepted"


def wait(stacks, name):
    """Waits with boto3's own waiter, which reads every status as AWS's clients do."""
    stacks.get_waiter(name).wait(
        StackName="operator", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
    print(name)


def main():
    stacks = client("cloudformation", TARGET)
    template = {"StackName": "operator", "TemplateBody": TEMPLATE}
    named = {**template, "Capabilities": ["CAPABILITY_NAMED_IAM"]}

    print(refusal(stacks.create_stack, **template))
    stacks.create_stack(**named)
    wait(stacks, "stack_create_complete")
    stack = stacks.describe_stacks(StackName="operator")["Stacks"][0]
    print(stack["StackStatus"], stack["Outputs"][0]["OutputValue"])
    print(stack["CreationTime"].tzinfo is not None, stack["Parameters"])
    print(refusal(stacks.create_stack, **named))
    print(refusal(stacks.update_stack, **named))

    sts = client("sts", SOURCE)
    session = {"RoleArn": ROLE, "RoleSessionName": "boto3"}
    print(refusal(sts.assume_role, **session))
    print(refusal(sts.assume_role, **session, ExternalId="wrong"))
    print(refusal(sts.assume_role, **session, ExternalId="open-sesame", DurationSeconds=7200))
    entered = sts.assume_role(**session, ExternalId="open-sesame", DurationSeconds=900)
    print(client("sts", None, entered["Credentials"]).get_caller_identity()["Arn"])

    longer = [{"ParameterKey": "Sessions", "ParameterValue": "7200"}]
    stacks.update_stack(**named, Parameters=longer)
    wait(stacks, "stack_update_complete")
    print(refusal(sts.assume_role, **session, ExternalId="open-sesame", DurationSeconds=7200))

    pages = stacks.get_paginator("describe_stack_events").paginate(StackName="operator")
    events = [event for page in pages for event in page["StackEvents"]]
    print(len({event["EventId"] for event in events}) == len(events), events[-1]["ResourceStatus"])

    stack_id = stack["StackId"]
    stacks.delete_stack(StackName="operator")
    wait(stacks, "stack_delete_complete")
    print(refusal(stacks.describe_stacks, StackName="operator"))
    print(stacks.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])
    print(refusal(sts.assume_role, **session, ExternalId="open-sesame"))


main()
