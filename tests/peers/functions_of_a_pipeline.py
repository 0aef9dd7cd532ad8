"""boto3 as the pipeline, as its Lambda function and as a client of Lambda.

AWS_ENDPOINT_URL names the service, and its host and port are those of the runtime API, too. Prints
one line per step.
"""

import io
import json
import os
import threading
import urllib.error
import urllib.request
import zipfile
from urllib.parse import urlsplit

import boto3

HUB = "999999999999"
RUNTIME = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
ROLE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "pipeline",
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": "codepipeline.amazonaws.com"},
                        }
                    ]
                },
                "Policies": [
                    {
                        "PolicyName": "own",
                        "PolicyDocument": {
                            "Statement": {
                                "Effect": "Allow",
                                "Action": ["s3:*", "lambda:InvokeFunction"],
                                "Resource": "*",
                            }
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


class Runtime:
    """A runtime as AWS documents one: asks for an event, and tells what came of it."""

    def __init__(self, address):
        self.address = f"http://{address}/2018-06-01/runtime"

    def next(self):
        """Waits for an invocation; returns its id and its event."""
        with urllib.request.urlopen(f"{self.address}/invocation/next") as answer:
            return answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)

    def tell(self, request, what, said):
        """Tells a `response` or an `error`; returns the status."""
        body = json.dumps(said).encode()
        address = f"{self.address}/invocation/{request}/{what}"
        try:
            with urllib.request.urlopen(urllib.request.Request(address, body)) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def handle(self, function):
        """Lets a function handle one invocation."""
        request, event = self.next()
        try:
            self.tell(request, "response", function(event))
        except ValueError as error:
            told = {"errorType": type(error).__name__, "errorMessage": str(error)}
            self.tell(request, "error", told)
        return request


def make(pipelines):
    """Makes a role, buckets and a pipeline that reads an archive and invokes a function."""
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
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("dev.yaml", "environment: dev\n")
    s3.put_object(Bucket="source", Key="app.zip", Body=buffer.getvalue())
    source = {
        "name": "zip",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "source", "S3ObjectKey": "app.zip"},
        "outputArtifacts": [{"name": "app"}],
    }
    function = {
        "name": "deploy",
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "configuration": {"FunctionName": "xdeploy", "UserParameters": '{"file": "dev.yaml"}'},
        "inputArtifacts": [{"name": "app"}],
    }
    declared = {
        "name": "release",
        "roleArn": f"arn:aws:iam::{HUB}:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Deploy", "actions": [function]},
        ],
    }
    pipelines.create_pipeline(pipeline=declared)


def deploy(event):
    """What the function does: reads the artifact, asks to be invoked again, then ends the job."""
    pipelines = client("codepipeline")
    job = event["CodePipeline.job"]
    data = job["data"]
    token = data.get("continuationToken")
    asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    s3 = client("s3", data["artifactCredentials"])
    body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        print(token, archive.read(asked["file"]))
    print(pipelines.get_job_details(jobId=job["id"])["jobDetails"]["accountId"])
    if token is None:
        pipelines.put_job_success_result(
            jobId=job["id"],
            continuationToken="run-1",
            executionDetails={"summary": "half", "percentComplete": 50},
        )
    else:
        pipelines.put_job_success_result(jobId=job["id"], outputVariables={"Created": "3"})


def double(event):
    """Returns twice a number, and fails where there is none."""
    if "n" not in event:
        raise ValueError("no number")
    return event["n"] * 2


def answered(runtime, **arguments):
    """Invokes `double` and waits for its answer, while a process is the function."""
    process = threading.Thread(target=runtime.handle, args=[double])
    process.start()
    answer = client("lambda").invoke(FunctionName="double", **arguments)
    process.join()
    return answer["StatusCode"], answer.get("FunctionError"), json.load(answer["Payload"])


def main():
    runtime = Runtime(RUNTIME)
    pipelines = client("codepipeline")
    make(pipelines)
    runtime.handle(deploy)
    state = pipelines.get_pipeline_state(name="release")["stageStates"][1]
    latest = state["actionStates"][0]["latestExecution"]
    print(latest["status"], latest["summary"], latest["percentComplete"])
    request = runtime.handle(deploy)
    for stage in pipelines.get_pipeline_state(name="release")["stageStates"]:
        print(stage["stageName"], stage["latestExecution"]["status"])
    ran = pipelines.list_action_executions(pipelineName="release")["actionExecutionDetails"]
    print(ran[0]["status"], ran[0]["output"]["outputVariables"])
    print(runtime.tell(request, "response", "again"))

    print(answered(runtime, Payload='{"n": 21}'))
    print(answered(runtime))
    event = client("lambda").invoke(
        FunctionName="double", InvocationType="Event", Payload='{"n": 1}'
    )
    print(event["StatusCode"])
    request = runtime.handle(double)
    print(request == event["ResponseMetadata"]["RequestId"])
    refused = client("lambda")
    try:
        refused.invoke(FunctionName="double", Payload="{")
    except refused.exceptions.InvalidRequestContentException as error:
        print(type(error).__name__)


main()
