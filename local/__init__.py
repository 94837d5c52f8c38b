"""The embedded stack: everything of template.yaml on this machine, without Docker, cloud or network.

sam_template   template.yaml, transformed by SAM's own translator
intrinsics     Ref, Fn::Sub and the rest, for values that the stack itself needs
aws_server     the process that serves DynamoDB, SQS and other AWS services (moto), with aws_clients for it
event_delivery how events get from EventBridge and S3 to queues there
stores         what of the template is created there, through CloudFormation; cloudformation_gaps, beside it
runtime_api    one execution environment: a process under AWS's runtime client
warehouse      the Tinybird stand-in (tinybird/), or the one that TINYBIRD_HOST names
functions      pools of them, as many as are called at once
event_sources/ queues and streams, polled for functions; schedules, the rules that call them
tinybird/      that stand-in: the project's own files on ClickHouse, in an environment of its own
gateway/       API Gateway, as the template declares it
pipe_catalogue what docs/pipes.md and the layer's pipes.json say of the pipes; pipe_parameters reads their parameters
console        what is shown in the terminal and kept in log files
demo           two workspaces to try things with, and demo_records, what they own
traffic/       believable traffic of any size
demo_traffic   three weeks of it for the demo workspaces
stack          starts and stops all of it
"""
