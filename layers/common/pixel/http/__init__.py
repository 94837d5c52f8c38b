"""Requests and responses of the API, whatever the route."""
