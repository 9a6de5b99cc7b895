"""The pieces of `records.diff`: the things of a record by id, what changed in them, and figures.

`things` reads a record, `items` compares things, `figures` compares figures and says whether a
change exceeds its interval. Pure functions over JSON objects and figures.
"""
