"""API Gateway as the template declares it, following what AWS documents and what others observed.

definition     the transformed API: routes, authorizer, gateway responses, stage settings
call           one request under way, and the $context that templates and logs read
responses      gateway responses: what API Gateway says itself
authorization  the Lambda authorizer, its cache, and policies
usage_plans    API keys, throttles and quotas
proxy          Lambda proxy integration: event in, answer out
gateway        the order in which all this happens
server         HTTP in front of it
"""
