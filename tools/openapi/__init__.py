"""The generator of docs/openapi.yaml and docs/api.html.

It reads what the functions run on: the template's routes, the scopes of the handlers, the models, the catalogue of
pipes and the table of errors. Descriptions, and the shapes of answers that have no model, stand here; the tests hold
them against real answers.
"""
