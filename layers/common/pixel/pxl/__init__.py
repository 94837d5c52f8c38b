"""Pxl, drop-in: short links as that API has them, and the clicks of one or of all of them."""
