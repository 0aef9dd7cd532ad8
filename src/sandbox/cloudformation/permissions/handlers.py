#!/usr/bin/env python3
"""Writes handlers.txt anew, from a folder of resource provider schemas as AWS publishes them.

    curl -O https://schema.cloudformation.us-east-1.amazonaws.com/CloudformationSchema.zip
    unzip -d schemas CloudformationSchema.zip
    python3 handlers.py schemas > handlers.txt

`handled_type.rs` says what a line holds. A schema lists every action that its handlers may ever call. Only those are
taken that each creation, change or deletion calls for sure: the one that is named like the type, or the only one
of the type's own service that makes or ends anything.
"""

import collections
import json
import pathlib
import sys

MAKES = ["Create", "Put", "Register", "Run", "Allocate", "Import", "Request"]
CHANGES = ["Update", "Modify"]
ENDS = ["Delete", "Deregister", "Terminate", "Release"]
# What makes a resource from something else, such as a snapshot.
FROM_ELSE = ["From", "Import", "ReadReplica", "Restore"]
# Actions that make or end something beside the resource itself.
ASIDE = ["Tag", "Grant", "LogDelivery", "LinkedRole", "NetworkInterface", "Policy", "Alias", "Attribute"]

# Services that handlers of other services' types call.
OTHERS = ["autoscaling", "cloudwatch", "ec2", "iam", "iot", "kms", "logs", "organizations", "s3", "secretsmanager"]


def permissions(schema, handler):
    """Returns the actions that a handler may call."""
    return schema.get("handlers", {}).get(handler, {}).get("permissions", [])


def own_service(schema):
    """Returns the prefix of most of the actions of a type."""
    actions = [action for handler in ["create", "update", "delete", "read"] for action in permissions(schema, handler)]
    prefixes = collections.Counter(action.split(":")[0].lower() for action in actions if ":" in action)
    return prefixes.most_common(1)[0][0] if prefixes else ""


def main_action(schema, handler, verbs):
    """Returns the name of the action that a handler calls for sure, if there is one."""
    own = own_service(schema)
    names = [action.split(":")[1] for action in permissions(schema, handler) if action.lower().startswith(own + ":")]
    last = schema["typeName"].split("::")[-1].lower()
    if own == "apigateway":
        return next((verb for verb in {"create": ["POST", "PUT"], "delete": ["DELETE"]}.get(handler, []) if verb in names), None)
    named_alike = [name for verb in verbs for name in names if name.lower() == verb.lower() + last]
    found = [name for name in names if name.startswith(tuple(verbs)) and not any(word in name for word in ASIDE)]
    if named_alike:
        return named_alike[0]
    return found[0] if len(set(found)) == 1 and handler != "update" else None


def alternatives(schema, main):
    """Returns the actions one of which makes a resource: the main one, and those that make it from something else."""
    own, last = own_service(schema), schema["typeName"].split("::")[-1].lower()
    names = [action.split(":")[1] for action in permissions(schema, "create") if action.lower().startswith(own + ":")]
    if own == "apigateway":
        return [main] + [verb for verb in ["PUT"] if verb in names and verb != main]
    from_else = {name for name in names if name.startswith(tuple(MAKES + ["Restore"])) and any(word in name for word in FROM_ELSE) and last in name.lower() and name != main}
    return [main] + sorted(name for name in from_else if not any(word in name for word in ASIDE + ["Job", "Delete"]))


def line(schema):
    """Returns the line of a type; what is named like the type is left to its verb, and a service like the type's is left out."""
    _, service, last = schema["typeName"].split("::")[:3]
    own = own_service(schema)
    if (own in OTHERS and own != service.lower()) or (own == "aoss" and service != "OpenSearchServerless"):
        return None
    marked = [("+", "create", MAKES), ("~", "update", CHANGES), ("-", "delete", ENDS)]
    found = [(mark, main_action(schema, handler, verbs)) for mark, handler, verbs in marked]
    short = lambda name: name.removesuffix(last) + "*" if name.endswith(last) else name
    every = [(mark, alternatives(schema, name) if mark == "+" else [name]) for mark, name in found if name]
    words = [mark + "/".join(map(short, names)) for mark, names in every]
    return f"{schema['typeName']}|{'' if own == service.lower() else own}||{' '.join(words)}" if words else None


schemas = [json.loads(path.read_text()) for path in pathlib.Path(sys.argv[1]).glob("*.json")]
print("\n".join(sorted(filter(None, map(line, schemas)))))
