"""Workspaces, their records and the rules of each record, which routes, `pixelctl` and the demo share.

record_kind  what a kind of record is; each kind has a module, such as goal_kind, with its fields in responses
errors       why an operation can fail
audit        the audit trail: who changed what
website_lookup
             live websites, for routes that change nothing
listeners    which destinations are told of what happens
store        records in DynamoDB: conditional writes in transactions
models       limits, field types, and the conversion of validation errors
rules        creating, changing and deleting records by the rules of their kind
websites, goals, alerts, reports, share_links
             the model of each kind, and what creating or changing a record involves
workspace    a workspace and its place in a usage plan
plans        usage plans of API Gateway
provisioning creating workspaces, and changing their limits and the copies on keys
api_keys     creating, rotating and revoking keys

Routes that only read import kinds, store, website_lookup and workspace, which do not need pydantic.
"""
