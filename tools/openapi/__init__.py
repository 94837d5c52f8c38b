"""The generator of docs/openapi.yaml and docs/reference/document.js, which docs/api.html shows.

It reads the template's routes, the scopes of the handlers, the models, the catalogue of pipes and the table of errors.
Descriptions, and the schemas of answers that have no model, are written here; tests compare them with real answers.
"""
