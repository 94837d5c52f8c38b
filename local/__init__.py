"""The embedded stack: everything of template.yaml on this machine, without Docker, cloud or network.

sam_template   template.yaml, transformed by SAM's own translator
intrinsics     Ref, Fn::Sub and the rest, for values that the stack itself needs
aws_server     the process that serves DynamoDB, SQS and other AWS services (moto)
stores         what of the template is created there, through CloudFormation
runtime_api    one execution environment: a process under AWS's runtime client
functions      pools of them, as many as are called at once
gateway/       API Gateway, as the template declares it
console        what is shown in the terminal and kept in log files
demo           two workspaces to try things with
stack          starts and stops all of it
"""
