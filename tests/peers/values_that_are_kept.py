"""Keeps parameters and secrets in the sandbox as its users do, and reads them back."""

import boto3
from botocore.exceptions import ClientError


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "nothing is refused"


ssm = boto3.client("ssm")
ssm.put_parameter(Name="/net/a/vpc", Value="vpc-1", Type="String")
ssm.put_parameter(Name="/net/b/vpc", Value="vpc-2", Type="String")
ssm.put_parameter(Name="/net/password", Value="open sesame", Type="SecureString")
print(ssm.put_parameter(Name="/net/a/vpc", Value="vpc-3", Type="String", Overwrite=True)["Version"])
print(ssm.get_parameter(Name="/net/password")["Parameter"]["Value"] == "open sesame")
secure = ssm.get_parameter(Name="/net/password", WithDecryption=True)["Parameter"]
print(secure["Type"], secure["Value"])
print(ssm.get_parameter(Name=secure["ARN"], WithDecryption=True)["Parameter"]["Name"])
print(ssm.get_parameter(Name="/net/a/vpc:2")["Parameter"]["Value"])
print(refused(ssm.get_parameter, Name="/net/a/vpc:9"))
print(refused(ssm.get_parameter, Name="/none").split(":")[0])
several = ssm.get_parameters(Names=["/net/b/vpc", "/none"])
print([it["Value"] for it in several["Parameters"]], several["InvalidParameters"])
for recursive in [False, True]:
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/net", Recursive=recursive, PaginationConfig={"PageSize": 1}
    )
    print([it["Name"] for page in pages for it in page["Parameters"]])

secrets = boto3.client("secretsmanager")
made = secrets.create_secret(Name="shared/db", SecretString='{"user":"ann"}')
print(made["ARN"].startswith("arn:aws:secretsmanager:eu-central-1:") and made["Name"])
print(refused(secrets.create_secret, Name="shared/db", SecretString="x"))
put = secrets.put_secret_value(SecretId="shared/db", SecretString='{"user":"eve"}')
for id in ["shared/db", made["ARN"], made["ARN"][:-7]]:
    read = secrets.get_secret_value(SecretId=id)
    print(read["SecretString"], read["VersionId"] == put["VersionId"] != made["VersionId"])
print(refused(secrets.get_secret_value, SecretId="none"))
print(refused(secrets.put_secret_value, SecretId="shared/db"))
secrets.delete_secret(SecretId="shared/db", ForceDeleteWithoutRecovery=True)
print(refused(secrets.get_secret_value, SecretId="shared/db"))
