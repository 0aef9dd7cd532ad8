"""boto3 as the pipeline and as its workers: what it sends and reads is what AWS's clients do.

AWS_ENDPOINT_URL names the service. Prints one line per step.
"""

import io
import json
import os
import zipfile

import boto3
from botocore.exceptions import ClientError

HUB = "999999999999"
TYPE = {"category": "Deploy", "owner": "Custom", "provider": "xdeploy", "version": "1"}
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
        }
    ]
}
ROLE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "pipeline",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [
                    {
                        "PolicyName": "artifacts",
                        "PolicyDocument": {
                            "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
                        },
                    }
                ],
            },
        }
    }
}


def client(service, keys=None):
    """Returns a client that is the hub's root, or that has a job's keys."""
    keys = keys or {"accessKeyId": HUB, "secretAccessKey": "test", "sessionToken": None}
    return boto3.client(
        service,
        region_name="eu-central-1",
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
    )


def refusal(call, **arguments):
    """Returns the code of a call that must be refused, as boto3's own exception has it."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{type(error).__name__} {error.response['Error']['Code']}"
    return "accepted"


def zipped(files):
    """Returns a zip archive of files by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def action(name, turn):
    """Returns an action of a stage."""
    return {
        "name": name,
        "actionTypeId": TYPE,
        "runOrder": turn,
        "configuration": {"Environment": f"environments/{name}.yaml"},
        "inputArtifacts": [{"name": "app"}],
        "outputArtifacts": [{"name": f"{name}-report"}],
    }


def make(pipelines):
    """Makes buckets, role, action type and a pipeline of two actions, one after the other."""
    stacks = client("cloudformation")
    stacks.create_stack(
        StackName="role", TemplateBody=json.dumps(ROLE), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    stacks.get_waiter("stack_create_complete").wait(
        StackName="role", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
    s3 = client("s3")
    for bucket in ["source", "artifacts"]:
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    files = {"environments/dev.yaml": "environment: dev\n", "large.bin": os.urandom(9_000_000)}
    s3.put_object(
        Bucket="source",
        Key="app.zip",
        Body=zipped(files),
        ServerSideEncryption="AES256",
        ChecksumAlgorithm="SHA256",
    )
    pipelines.create_custom_action_type(
        category="Deploy",
        provider="xdeploy",
        version="1",
        configurationProperties=[
            {"name": "Environment", "required": True, "key": True, "secret": False}
        ],
        inputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
        outputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
    )
    source = {
        "name": "zip",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "source", "S3ObjectKey": "app.zip"},
        "outputArtifacts": [{"name": "app"}],
    }
    declared = {
        "name": "release",
        "roleArn": f"arn:aws:iam::{HUB}:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Deploy", "actions": [action("dev", 1), action("prod", 2)]},
        ],
    }
    return pipelines.create_pipeline(pipeline=declared)["pipeline"]["version"]


def take(workers):
    """Asks for a job and takes it."""
    job = workers.poll_for_jobs(actionTypeId=TYPE, maxBatchSize=1)["jobs"][0]
    print(job["data"]["pipelineContext"]["action"]["name"], job["data"].get("continuationToken"))
    print(workers.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"])
    return job


def main():
    pipelines = client("codepipeline")
    print("version", make(pipelines))

    job = take(pipelines)
    print(refusal(pipelines.acknowledge_job, jobId=job["id"], nonce="999"))
    data = job["data"]
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    s3 = client("s3", data["artifactCredentials"])
    body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    print(sorted(zipfile.ZipFile(io.BytesIO(body)).namelist()))
    print(refusal(s3.get_object, Bucket="source", Key="app.zip"))
    place = data["outputArtifacts"][0]["location"]["s3Location"]
    s3.upload_fileobj(
        io.BytesIO(zipped({"report.json": "{}"})), place["bucketName"], place["objectKey"]
    )
    pipelines.put_job_success_result(
        jobId=job["id"],
        continuationToken="run-1",
        executionDetails={"summary": "half", "externalExecutionId": "run-1", "percentComplete": 50},
    )
    again = take(pipelines)
    print(pipelines.get_job_details(jobId=again["id"])["jobDetails"]["accountId"])
    pipelines.put_job_success_result(jobId=again["id"], outputVariables={"Created": "3"})
    print(refusal(pipelines.put_job_success_result, jobId=again["id"]))

    job = take(pipelines)
    pipelines.put_job_failure_result(
        jobId=job["id"], failureDetails={"type": "JobFailed", "message": "prod: Role exists"}
    )
    state = pipelines.get_pipeline_state(name="release")
    for stage in state["stageStates"]:
        print(stage["stageName"], stage["latestExecution"]["status"])
    print(state["stageStates"][1]["actionStates"][1]["latestExecution"]["errorDetails"])
    ran = pipelines.list_action_executions(pipelineName="release")["actionExecutionDetails"]
    print([(one["actionName"], one["status"], one["output"]["outputVariables"]) for one in ran[:2]])

    started = pipelines.start_pipeline_execution(name="release")["pipelineExecutionId"]
    said = pipelines.get_pipeline_execution(pipelineName="release", pipelineExecutionId=started)
    print(said["pipelineExecution"]["status"])
    print(len(pipelines.list_action_types(actionOwnerFilter="Custom")["actionTypes"]))
    pipelines.delete_pipeline(name="release")
    pipelines.delete_custom_action_type(category="Deploy", provider="xdeploy", version="1")
    print(refusal(pipelines.poll_for_jobs, actionTypeId=TYPE))
    print(refusal(pipelines.get_pipeline_state, name="release"))


main()
