"""Deleted records - removes their secrets and addresses after 30 days."""

from pixel.workspaces.forgetting import forget_deleted

handler = forget_deleted
