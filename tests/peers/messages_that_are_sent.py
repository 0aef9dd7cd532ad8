"""Publishes and puts events with boto3, and prints what is answered."""

import json
import os

import boto3
from botocore.exceptions import ClientError

TOPIC = "arn:aws:sns:eu-central-1:999999999999:deployments"
endpoint = os.environ["AWS_ENDPOINT_URL"]
sns = boto3.client("sns", region_name="eu-central-1", endpoint_url=endpoint)
events = boto3.client("events", region_name="eu-central-1", endpoint_url=endpoint)


def attempt(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        print(error.response["Error"]["Code"])


attribute = {"notice": {"DataType": "String", "StringValue": "begin"}}
sent = sns.publish(TopicArn=TOPIC, Subject="a subject", Message="{}", MessageAttributes=attribute)
print(len(sent["MessageId"]))
attempt(sns.publish, TopicArn=TOPIC, Message="x", Subject="y" * 101)
attempt(sns.publish, TopicArn=TOPIC + ".fifo", Message="x")
attempt(sns.publish, TopicArn=TOPIC.replace("eu-central-1", "us-east-1"), Message="x")

entry = {"Source": "me", "DetailType": "a kind", "Detail": json.dumps({"a": 1})}
answer = events.put_events(Entries=[entry, {**entry, "Detail": "[]"}, {"DetailType": "a", "Detail": "{}"}])
print(answer["FailedEntryCount"], [sorted(entry) for entry in answer["Entries"]])
print([entry.get("ErrorCode") for entry in answer["Entries"]])
