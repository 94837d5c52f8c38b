"""template.yaml as CloudFormation processes it, and the account, Region and stack that it is processed for."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
STACK_NAME = "pixel-local"
