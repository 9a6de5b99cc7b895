"""What an assessment is: frozen models of everything people write and everything we seal.

No input or output happens here; files are read and written in `workspace`, sealed in `records`.
"""
