"""Lambda authorizer - identifies the workspace, scopes and limits of an API key."""

from pixel.auth.authorizer import authorize

handler = authorize
