"""What the scripts around a pipeline have in common: its account, its role, its places and its form.

AWS_ENDPOINT_URL names the service.
"""

import io
import json
import zipfile

import boto3

ACCOUNT = "999999999999"


def client(service, keys=None):
    """Returns a client that is the hub's root, or that has a job's keys."""
    keys = keys or {"accessKeyId": ACCOUNT, "secretAccessKey": "test", "sessionToken": None}
    return boto3.client(
        service,
        region_name="eu-central-1",
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
    )


def role_for(actions):
    """Returns the template of a pipeline's role that allows these actions."""
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "codepipeline.amazonaws.com"},
    }
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "pipeline",
            "AssumeRolePolicyDocument": {"Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": {"Statement": allowed}}],
        },
    }
    return json.dumps({"Resources": {"Role": role}})


def make_role(actions):
    """Makes the pipeline's role by a stack, and waits for it."""
    stacks = client("cloudformation")
    stacks.create_stack(
        StackName="pipeline-role",
        TemplateBody=role_for(actions),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stacks.get_waiter("stack_create_complete").wait(
        StackName="pipeline-role", WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
    )


def make_buckets(*names):
    """Makes buckets where the pipeline is."""
    place = {"LocationConstraint": "eu-central-1"}
    for name in names:
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)


def make_action_type(keys, inputs):
    """Makes the type of our actions, with these keys of configuration and at least so many inputs."""
    client("codepipeline").create_custom_action_type(
        category="Deploy",
        provider="xdeploy",
        version="1",
        configurationProperties=[
            {"name": key, "required": key == "Environment", "key": True, "secret": False}
            for key in keys
        ],
        inputArtifactDetails={"minimumCount": inputs, "maximumCount": 1},
        outputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
    )


def zipped(files):
    """Returns a zip archive of files by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def make_pipeline(name, key, actions):
    """Makes a pipeline, which runs at once, of an archive in the source bucket and these actions."""
    source = {
        "name": "zip",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "source", "S3ObjectKey": key},
        "outputArtifacts": [{"name": "app"}],
    }
    pipeline = {
        "name": name,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Deploy", "actions": actions},
        ],
    }
    return client("codepipeline").create_pipeline(pipeline=pipeline)["pipeline"]


def artifact(keys, place):
    """Returns the archive at a job's place, read with the job's keys."""
    place = place["location"]["s3Location"]
    body = client("s3", keys).get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"]
    return zipfile.ZipFile(io.BytesIO(body.read()))
