"""The embedded stack: everything of template.yaml on this machine, without Docker, cloud or network.

stack      starts and stops all of it; __main__ is its command, welcome what the terminal says when it is up
console    what is shown in the terminal and kept in log files
changes    tells in the terminal that the template has changed
ports      ports of this machine
template/  the templates as SAM's own translator transforms them, and CloudFormation's intrinsic functions
aws/       the process that serves DynamoDB, SQS and other AWS services (moto), and the stores and nested stacks that
           are created there; state/ keeps their contents over a restart
lambdas/   functions, each in processes of its own under AWS's runtime client, and what calls them: schedules,
           queues and streams (event_sources/)
gateway/   API Gateway, as the templates declare it
tinybird/  the Tinybird stand-in: the project's own files on ClickHouse, in an environment of its own
demo/      two workspaces to try things with, their records, and made-up traffic of any size (traffic/)
"""
