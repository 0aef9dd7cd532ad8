"""The pipeline of stacks/pipeline/example.yaml, made with boto3, which holds every call to AWS's own model.

AWS_ENDPOINT_URL names the service, the argument is the folder of the templates. Prints one line per step.
"""

import re
import sys
from pathlib import Path

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

TARGETS = "arn:aws:iam::100000000001:role/deployer,arn:aws:iam::100000000002:role/deployer"
PARAMETERS = {"custom-action": {"TargetRoleArns": TARGETS, "StateBucket": "state"}, "example": {}}


class Template(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, as their long forms."""


def long_form(loader, suffix, node):
    """Returns `!Ref A` as {"Ref": "A"}, and every other tag in the same way."""
    construct = {"scalar": loader.construct_scalar, "sequence": loader.construct_sequence}
    construct["mapping"] = loader.construct_mapping
    deep = {} if node.id == "scalar" else {"deep": True}
    return {suffix: construct[node.id](node, **deep)}


Template.add_multi_constructor("!", long_form)


def filled(value, known):
    """Returns a value with what is known of the stack in place of references."""
    match value:
        case {"Ref": name} if len(value) == 1:
            return known[name]
        case {"GetAtt": name} if len(value) == 1:
            return known[name]
        case dict():
            return {key: filled(inner, known) for key, inner in value.items()}
        case list():
            return [filled(inner, known) for inner in value]
    return value


def of_api(value):
    """Returns what a template says as the API says it: with small first letters."""
    if isinstance(value, list):
        return [of_api(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    small = {key[0].lower() + key[1:]: inner for key, inner in value.items()}
    # A configuration's keys are its action type's own.
    return {
        key: inner if key == "configuration" else of_api(inner) for key, inner in small.items()
    }


def made(stacks, folder, name):
    """Makes a stack and returns its template, with what its parameters and outputs are."""
    text = (folder / f"{name}.yaml").read_text()
    given = PARAMETERS[name]
    stacks.create_stack(
        StackName=name,
        TemplateBody=text,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
    print(name, stack["StackStatus"])
    template = yaml.load(text, Template)
    defaults = {key: one.get("Default") for key, one in template["Parameters"].items()}
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    return template, defaults | given | outputs


def statements(arn):
    """Returns the statements of a managed policy, as `sid: actions on resources`."""
    iam = boto3.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    for statement in document["Statement"]:
        listed = [statement[key] for key in ("Action", "Resource")]
        actions, resources = (one if isinstance(one, list) else [one] for one in listed)
        yield f"{statement['Sid']}: {' '.join(actions)} on {' '.join(resources)}"


def main():
    stacks = boto3.client("cloudformation")
    once = Config(retries={"total_max_attempts": 1})
    pipelines = boto3.client("codepipeline", config=once)
    folder = Path(sys.argv[1])

    template, known = made(stacks, folder, "custom-action")
    for line in statements(known["WorkerPolicyArn"]):
        print(" ", line)
    action = of_api(filled(template["Resources"]["Action"]["Properties"], known))
    try:
        pipelines.create_custom_action_type(**action)
        print("the action type was made")
    except ClientError as error:
        # moto does not offer it; it was sent, so botocore found nothing wrong with it.
        print("the action type was sent:", error.response["ResponseMetadata"]["HTTPStatusCode"])

    template, known = made(stacks, folder, "example")
    known["PipelineRole.Arn"] = known["PipelineRoleArn"]
    declared = of_api(filled(template["Resources"]["Pipeline"]["Properties"], known))
    pipelines.create_pipeline(pipeline={"name": "release", **declared})
    read = pipelines.get_pipeline(name="release")["pipeline"]
    store = re.sub("-[a-z0-9]+$", "", read["artifactStore"]["location"])
    print(read["pipelineType"], read["executionMode"], store)
    for stage in read["stages"]:
        for action in stage["actions"]:
            kind, configuration = action["actionTypeId"], action["configuration"]
            what = [kind["owner"], kind["category"], kind["provider"]]
            what += [configuration[key] for key in ("Environment", "CustomData") if key in configuration]
            print(" ", stage["name"], *what)


main()
