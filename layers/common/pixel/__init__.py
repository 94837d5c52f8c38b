"""What every function of Pixel API imports. Each module imports only from those above it:

errors             every failure: code, status, sentence
clock              the one place where time enters
config             typed settings and the AWS environment, read once
logs               the structured logger and the metrics
aws                signed JSON calls to AWS over a keep-alive pool
dynamodb           items and the few operations that routes need
keys               API keys: format, checksum, hash
key_records        what is stored about a key, and its look-up
faults             what is wrong with single fields, all at once
workspace_records  what a workspace owns, and its lists
caller             who calls, as the authorizer tells the routes
answers            the envelope of every answer
rate_limit         requests a minute, counted per workspace
authorizer         Authorization header -> policy
query_parameters   what stands after the ?, checked
route              the entry of a route function
record_lists       the entry of the list routes
health             checks of what the API stands on
"""

__version__ = "0.1.0"
