#!/usr/bin/env bash
# What a team writes that has only the AWS CLI: all accounts at once, in each one stack after the
# other, asked every five seconds (`aws cloudformation wait` asks every thirty) whether it stands.
# Prints a line for each call.
set -euo pipefail

aws() {
  echo "$2" >&3
  "$AWS_CLI" "$@"
}

deploy() {
  local account=$1 before=none stack
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(
    aws sts assume-role --role-arn "arn:aws:iam::$account:role/deployer" \
      --role-session-name loop --output text \
      --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]'
  )
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  for stack in $STACKS; do
    aws cloudformation create-stack --stack-name "$stack" --template-body "file://$TEMPLATE" \
      --parameters "ParameterKey=Before,ParameterValue=$before" >/dev/null
    until [ "$(describe "$stack" StackStatus)" = CREATE_COMPLETE ]; do sleep 5; done
    before=$(describe "$stack" 'Outputs[0].OutputValue')
  done
}

describe() {
  aws cloudformation describe-stacks --stack-name "$1" --output text --query "Stacks[0].$2"
}

exec 3>&1
for account in $ACCOUNTS; do
  deploy "$account" &
done
wait
