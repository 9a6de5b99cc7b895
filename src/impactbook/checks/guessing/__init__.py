"""How `impactbook check FILE --declare` guesses: from names, from values, from how a file is written.

`look` profiles the columns, `vocabulary` lists words, `names`, `values` and `ages` understand them,
`roles` decides on a role for every column, `comparisons` proposes reference populations, `asked` the
checks, `text` writes YAML.
`checks.guess` puts them together. A guess only fills in a proposal that a person reads.
"""
