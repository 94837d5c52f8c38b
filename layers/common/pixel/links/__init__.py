"""Short links: their rules, and their items in the table of links.

Modules without models, such as `codes` and `queries`, also serve the redirects.
"""
