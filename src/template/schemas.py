#!/usr/bin/env python3
"""Writes schemas.txt anew, from a folder of resource provider schemas as AWS publishes them.

    curl -O https://schema.cloudformation.us-east-1.amazonaws.com/CloudformationSchema.zip
    unzip -d schemas CloudformationSchema.zip
    python3 schemas.py schemas > schemas.txt

`published_type.rs` says what a line holds.
"""

import json
import pathlib
import sys

# Documented, and in no schema.
MORE = {"AWS::CloudFormation::WaitCondition": ["Data"]}

MARKS = {"array": "[]", "integer": "#", "number": "#", "boolean": "?"}


def paths(schema, key):
    """Returns the property paths of one of the schema's lists, those of items of lists left out."""
    found = [path.removeprefix("/properties/").replace("/properties/", "/") for path in schema.get(key, [])]
    return [path for path in found if "*" not in path]


def resolved(schema, part):
    """Follows references to the schema's definitions."""
    while "$ref" in part:
        part = schema.get("definitions", {}).get(part["$ref"].rsplit("/", 1)[-1], {})
    return part


def kind(schema, path):
    """Returns what kind of value stands at a path."""
    part = schema
    for name in path.split("/"):
        part = resolved(schema, part).get("properties", {}).get(name, {})
    found = resolved(schema, part).get("type")
    return ("string" if "string" in found else found[0]) if isinstance(found, list) else found


def line(schema):
    """Returns the line of a type."""
    read_only = paths(schema, "readOnlyProperties")
    recreates = {path for path in paths(schema, "createOnlyProperties") if "/" not in path}
    required = set(schema.get("required", []))
    marked = (required | recreates | {"Tags"}) & set(schema.get("properties", {})) - set(read_only)
    words = [name + "*" * (name in required) + "!" * (name in recreates) for name in sorted(marked)]
    kinds = {path: kind(schema, path) for path in sorted(read_only) if path.count("/") < 2}
    attributes = [path.replace("/", ".") + MARKS.get(of, "") for path, of in kinds.items() if of != "object"]
    attributes += MORE.get(schema["typeName"], [])
    identifier = [path.replace("/", ".") for path in paths(schema, "primaryIdentifier")]
    return "|".join([schema["typeName"], ",".join(identifier), " ".join(words), " ".join(attributes)])


schemas = [json.loads(path.read_text()) for path in pathlib.Path(sys.argv[1]).glob("*.json")]
print("\n".join(sorted(line(schema) for schema in schemas)))
