"""boto3 as the pipeline and as its workers: what it sends and reads is what AWS's clients do.

AWS_ENDPOINT_URL names the service. Prints one line per step.
"""

import io
import os

from botocore.exceptions import ClientError

from hub import (
    artifact,
    client,
    make_action_type,
    make_buckets,
    make_pipeline,
    make_role,
    zipped,
)

TYPE = {"category": "Deploy", "owner": "Custom", "provider": "xdeploy", "version": "1"}


def refusal(call, **arguments):
    """Returns the code of a call that must be refused, as boto3's own exception has it."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{type(error).__name__} {error.response['Error']['Code']}"
    return "accepted"


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


def make():
    """Makes buckets, role, action type and a pipeline of two actions, one after the other."""
    make_role("s3:*")
    make_buckets("source", "artifacts")
    files = {"environments/dev.yaml": "environment: dev\n", "large.bin": os.urandom(9_000_000)}
    client("s3").put_object(
        Bucket="source",
        Key="app.zip",
        Body=zipped(files),
        ServerSideEncryption="AES256",
        ChecksumAlgorithm="SHA256",
    )
    make_action_type(["Environment"], inputs=0)
    return make_pipeline("release", "app.zip", [action("dev", 1), action("prod", 2)])["version"]


def take(workers):
    """Asks for a job and takes it."""
    job = workers.poll_for_jobs(actionTypeId=TYPE, maxBatchSize=1)["jobs"][0]
    print(job["data"]["pipelineContext"]["action"]["name"], job["data"].get("continuationToken"))
    print(workers.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"])
    return job


def main():
    pipelines = client("codepipeline")
    print("version", make())

    job = take(pipelines)
    print(refusal(pipelines.acknowledge_job, jobId=job["id"], nonce="999"))
    data = job["data"]
    print(sorted(artifact(data["artifactCredentials"], data["inputArtifacts"][0]).namelist()))
    s3 = client("s3", data["artifactCredentials"])
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
