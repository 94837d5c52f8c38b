"""The embedded stack: runs template.yaml on this machine, without Docker, cloud or network.

stack      starts and stops all of it; __main__ is its command, welcome its first message in the terminal
console    output in the terminal and in log files
changes    reports a changed template in the terminal
ports      ports of this machine
template/  the templates as SAM's own translator transforms them, and CloudFormation's intrinsic functions
aws/       the process that serves DynamoDB, SQS and other AWS services (moto), and the stores and nested stacks that
           are created there; state/ keeps their contents across restarts
lambdas/   functions, each in its own processes under AWS's runtime client, and what invokes them: schedules,
           queues and streams (event_sources/)
gateway/   API Gateway, as the templates declare it
tinybird/  the Tinybird stand-in: the project's datafiles on ClickHouse, in its own environment
demo/      two sample workspaces with records, and generated traffic of any size (traffic/)
"""
