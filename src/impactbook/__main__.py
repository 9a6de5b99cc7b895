"""`python -m impactbook` is the command line."""

from impactbook.cli import main

main()
