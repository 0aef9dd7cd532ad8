"""boto3 walks an organization from its root to its accounts and their tags. AWS_ENDPOINT_URL names the service."""

import boto3

organizations = boto3.client("organizations", region_name="us-east-1")


def pages(operation, member, **arguments):
    """Returns a list to its end."""
    found = organizations.get_paginator(operation).paginate(**arguments)
    return [item for page in found for item in page[member]]


def walk(parent, path):
    """Prints the accounts of a unit, then those beneath it."""
    for account in pages("list_accounts_for_parent", "Accounts", ParentId=parent):
        tags = pages("list_tags_for_resource", "Tags", ResourceId=account["Id"])
        told = [f"{tag['Key']}={tag['Value']}" for tag in tags]
        print(path or "/", account["Id"], account["Name"], account["State"], *told)
    for unit in pages("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        above = organizations.list_parents(ChildId=unit["Id"])["Parents"]
        assert [one["Id"] for one in above] == [parent], above
        described = organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])
        walk(unit["Id"], f"{path}/{described['OrganizationalUnit']['Name']}")


print(organizations.describe_organization()["Organization"]["MasterAccountId"])
walk(organizations.list_roots()["Roots"][0]["Id"], "")
print(len(pages("list_accounts", "Accounts")))
try:
    organizations.list_accounts_for_parent(ParentId="ou-none-12345678")
except organizations.exceptions.ParentNotFoundException as error:
    print(error)
