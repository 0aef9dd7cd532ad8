"""boto3 as a pipeline whose actions somebody else carries out: makes it, waits for it, reads it.

AWS_ENDPOINT_URL names the service.

    actions.py set-up
    actions.py run NAME ZIP ACTIONS    ACTIONS: JSON, a list of {"name", "configuration", "version"?, "type"?}
    actions.py wait NAME               prints, as JSON, how each action ended and what it wrote
    actions.py take                    takes a job as a worker would, and prints its id
    actions.py finish ID               ends that job well
"""

import io
import json
import sys
import time
import zipfile

from hub import client, make_action_type, make_buckets, make_pipeline, make_role

TYPES = {
    "custom": {"category": "Deploy", "owner": "Custom", "provider": "xdeploy", "version": "1"},
    "lambda": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
}
WAIT_SECONDS = 150


def set_up():
    """Makes the pipeline's role, the buckets and the action type."""
    make_role(["s3:*", "lambda:InvokeFunction"])
    make_buckets("source", "artifacts", "state")
    make_action_type(["Environment", "Accounts", "Stacks", "OnFailure", "PlanOnly"], inputs=1)


def declared(action):
    """Returns an action as CodePipeline declares it."""
    return {
        "name": action["name"],
        "actionTypeId": TYPES[action.get("type", "custom")] | {"version": action.get("version", "1")},
        "configuration": action["configuration"],
        "inputArtifacts": [{"name": "app"}],
        "outputArtifacts": [{"name": action["name"] + "Report"}],
        "namespace": action["name"],
    }


def run(name, archive, actions):
    """Makes a pipeline, which runs at once, of a source and these actions."""
    key = name + ".zip"
    with open(archive, "rb") as file:
        client("s3").put_object(Bucket="source", Key=key, Body=file.read())
    make_pipeline(name, key, [declared(action) for action in actions])


def action_states(name):
    """Returns where each action of the deploy stage stands."""
    state = client("codepipeline").get_pipeline_state(name=name)
    actions = state["stageStates"][1]["actionStates"]
    return [(a["actionName"], a.get("latestExecution", {})) for a in actions]


def until(name, is_over):
    """Waits until the states of the actions are as asked for."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_over(action_states(name)):
        if time.monotonic() > deadline:
            sys.exit(f"{name} is not over: {action_states(name)}")
        time.sleep(0.1)


def wait(name):
    """Waits for the end of all actions, or of the first that fails, and tells of them."""

    def is_over(states):
        statuses = [state.get("status") for _, state in states]
        return all(status in ["Succeeded", "Failed"] for status in statuses) or (
            "Failed" in statuses and "InProgress" not in statuses
        )

    until(name, is_over)
    pipelines = client("codepipeline")
    details = pipelines.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    details = {detail["actionName"]: detail for detail in details}
    told = {}
    for action, state in action_states(name):
        if not state:
            told[action] = {"status": "NotStarted"}
            continue
        output = details[action]["output"]
        told[action] = {
            "status": state["status"],
            "summary": state.get("summary"),
            "run": state.get("externalExecutionId"),
            "percent": state.get("percentComplete"),
            "error": state.get("errorDetails"),
            "variables": output.get("outputVariables", {}),
            "execution": details[action]["pipelineExecutionId"],
            "artifact": [files_of(place) for place in output.get("outputArtifacts", [])],
        }
    print(json.dumps(told))


def files_of(shown):
    """Returns the files of an artifact by their names; nothing if it was not written."""
    s3 = client("s3")
    place = shown["s3location"]
    try:
        body = s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    except s3.exceptions.NoSuchKey:
        return {}
    archive = zipfile.ZipFile(io.BytesIO(body))
    return {file: archive.read(file).decode() for file in archive.namelist()}


def take():
    """Takes the next job as a worker would, and returns its id."""
    pipelines = client("codepipeline")
    job = pipelines.poll_for_jobs(actionTypeId=TYPES["custom"], maxBatchSize=1)["jobs"][0]
    pipelines.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    return job["id"]


def main(command, *arguments):
    if command == "set-up":
        set_up()
    elif command == "run":
        run(arguments[0], arguments[1], json.loads(arguments[2]))
    elif command == "wait":
        wait(arguments[0])
    elif command == "take":
        print(take())
    elif command == "finish":
        client("codepipeline").put_job_success_result(jobId=arguments[0])
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
