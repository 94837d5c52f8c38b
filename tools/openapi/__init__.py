"""docs/openapi.yaml and docs/api.html, made of what the functions themselves run on: the template's routes, the scopes
of the handlers, the models of events, the catalogue of pipes and the table of errors.

`python -m local.openapi` writes them. What has no source in the code, the shape of successful answers and the prose,
stands here; the tests hold it against real answers.
"""
