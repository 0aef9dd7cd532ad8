"""Writes an environment of 117 accounts in three waves, two of which want a bucket name that is taken."""

from pathlib import Path

TEAMS = """accounts billing catalog checkout claims content coupons customers data delivery devices docs
events fraud gateway identity images inbox insights invoices ledger loyalty media messages mobile offers
orders partners payments pricing profiles quotes ratings returns search settings shipping stock tax""".split()
STAGES = ["dev", "test", "prod"]
SHARED = ["checkout-dev", "content-test", "delivery-test"]


def chain(kind, count):
    """Returns a template whose resources come one after another."""
    names = [f"{kind}{number}" for number in range(1, count + 1)]
    lines = ["Resources:"]
    for number, name in enumerate(names):
        needs = f", DependsOn: {names[number - 1]}" if number else ""
        lines.append(f"  {name}: {{ Type: AWS::SQS::Queue{needs} }}")
    return "\n".join(lines) + "\n"


def bucket():
    """Returns a template with a bucket whose name is a parameter."""
    return """Parameters:
  Name: { Type: String }
Resources:
  Events: { Type: AWS::SNS::Topic }
  Artifacts: { Type: AWS::S3::Bucket, DependsOn: Events, Properties: { BucketName: !Ref Name } }
"""


def environment():
    """Returns the environment file."""
    lines = [
        "environment: prod",
        'source: { account: "999999999999" }',
        "assume-role: { name: deployer }",
        "regions: [eu-central-1]",
        'variables: { bucket: "artifacts-${account.id}" }',
        "accounts:",
    ]
    for number, name in enumerate(f"{team}-{stage}" for stage in STAGES for team in TEAMS):
        own = ", variables: { bucket: artifacts-shared }" if name in SHARED else ""
        lines.append(f'  {name}: {{ id: "{300000000000 + number}"{own} }}')
    lines += [
        "stacks:",
        "  baseline: { template: baseline.yaml }",
        "  artifacts:",
        "    { template: artifacts.yaml, depends-on: [baseline], parameters: { Name: '${variables.bucket}' } }",
        "  app: { template: app.yaml, depends-on: [artifacts] }",
        'rollout: { waves: [["*-dev"], ["*-test"], ["*-prod"]], on-failure: continue, max-concurrent: 36 }',
    ]
    return "\n".join(lines) + "\n"


def write(folder):
    """Writes the environment file and its templates into a folder."""
    folder = Path(folder)
    (folder / "prod.yaml").write_text(environment())
    (folder / "baseline.yaml").write_text(chain("Queue", 2))
    (folder / "artifacts.yaml").write_text(bucket())
    (folder / "app.yaml").write_text(chain("Worker", 7))
