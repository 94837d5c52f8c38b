"""Faces: the APIs that this system answers as, each declared in a module of its own; all stand on the same core."""
