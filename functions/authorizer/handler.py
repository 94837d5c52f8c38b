"""Lambda authorizer - turns an API key into its workspace, scopes and limits."""

from pixel.authorizer import authorize

handler = authorize
