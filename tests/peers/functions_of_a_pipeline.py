"""boto3 as the pipeline, as its Lambda function and as a client of Lambda.

AWS_ENDPOINT_URL names the service, and its host and port are those of the runtime API, too. Prints
one line per step.
"""

import json
import os
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from hub import artifact, client, make_buckets, make_pipeline, make_role, zipped

RUNTIME = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc


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


def make():
    """Makes a role, buckets and a pipeline that reads an archive and invokes a function."""
    make_role(["s3:*", "lambda:InvokeFunction"])
    make_buckets("source", "artifacts")
    archive = zipped({"dev.yaml": "environment: dev\n"})
    client("s3").put_object(Bucket="source", Key="app.zip", Body=archive)
    function = {
        "name": "deploy",
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "configuration": {"FunctionName": "xdeploy", "UserParameters": '{"file": "dev.yaml"}'},
        "inputArtifacts": [{"name": "app"}],
    }
    make_pipeline("release", "app.zip", [function])


def deploy(event):
    """What the function does: reads the artifact, asks to be invoked again, then ends the job."""
    pipelines = client("codepipeline")
    job = event["CodePipeline.job"]
    data = job["data"]
    token = data.get("continuationToken")
    asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
    with artifact(data["artifactCredentials"], data["inputArtifacts"][0]) as archive:
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
    make()
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
