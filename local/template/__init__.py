"""template.yaml as CloudFormation processes it."""
