"""The embedded stack: everything of template.yaml on this machine, without Docker, cloud or network.

template/   the templates as SAM's own translator transforms them, and CloudFormation's intrinsic functions
aws/        the server of AWS services (moto), and the stores and nested stacks that are created there
lambdas/    functions under AWS's runtime client, the queues and streams polled for them, the rules that call them
gateway/    API Gateway, as the templates declare it
tinybird/   the stand-in for Tinybird: the project's own files on ClickHouse, in an environment of its own
demo/       two workspaces to try things with, and three weeks of traffic for them
stack       starts and stops all of it
console     what is shown in the terminal and kept in log files
"""
