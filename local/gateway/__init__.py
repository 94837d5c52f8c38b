"""API Gateway as the template declares it, after AWS's documentation and observed behaviour.

definition     the transformed API: routes, authorizer, gateway responses, stage settings
call           one request, and the $context that templates and logs read
responses      gateway responses, which API Gateway sends itself
authorization  the Lambda authorizer, its cache, and policies
usage_plans    API keys, throttles and quotas
proxy          Lambda proxy integration: the event and the response
gateway        the order of these steps
server         HTTP in front of it
"""
