"""Lambda authorizer - turns an API key into its workspace, scopes and limits."""

from pixel.auth.authorizer import authorize

handler = authorize
