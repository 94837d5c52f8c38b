"""What a workspace owns, and the rules of each record: the one rule book of routes, `pixelctl` and the demo.

kinds        which records there are, and what is answered of each
errors       what can stand in the way
store        records in DynamoDB: conditional writes in transactions
models       limits, types of fields, and faults as field errors
websites, goals, alerts, reports, share_links
             what may be written for each, and what creating or changing one does beyond that
workspace    a workspace and its place in a usage plan
plans        usage plans of API Gateway
provisioning workspaces created, their limits changed, and copies of these on their keys
api_keys     keys created, rotated and revoked

Routes that only read import kinds, store and workspace, which do without pydantic.
"""
