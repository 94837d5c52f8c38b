"""Cannot be imported."""

raise ImportError("the-inside-of-the-function")
