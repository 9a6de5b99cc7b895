"""A record as people read it: one function per chapter, the same in notebooks, PDF and HTML."""
