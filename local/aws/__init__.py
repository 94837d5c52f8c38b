"""The AWS services of the embedded stack, served by moto.

process              the AWS server as the stack starts and stops it
server               that process: moto behind a server with keep-alive
state/               what it keeps across restarts
stable_names         the same names and ids at every start
arrivals             waiting for messages and mails
arrival_pages        where the AWS server says what has arrived
kept_mail            mails with their tags
event_delivery       how events get from EventBridge and S3 to queues
moto_cloudformation  moto's CloudFormation, imported without EC2
moto_shortcuts       patches that make moto faster
stores               the template's resources that are created there, through CloudFormation
nested_stacks        stacks that are nested in the template
cloudformation_gaps  resources that moto's CloudFormation does not create
dynamodb_tables      tables in another engine, which DYNAMODB_ENDPOINT names
clients              clients of these services
"""
