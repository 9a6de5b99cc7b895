"""Signatures of sealed records: who may be trusted, signing, and reading signatures back.

`record.pdf` is never rewritten; signatures are appended to a copy, `record.signed.pdf`, and each
adds a `sign` line to the ledger. PDF and cryptography are pyHanko's; it is imported only where it
is used.
"""
