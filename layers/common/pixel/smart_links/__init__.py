"""The API of short links as Linquid has it: its bodies, its names of fields, its lists, and its errors."""
