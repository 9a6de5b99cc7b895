"""Figures from published tables: one module per question, pure arithmetic, nothing hidden is seen.

Every function takes a `FigureContext`, then `PublishedTables`, and returns `CheckFigures`; `where`
restricts it to levels of other axes (`{"split": "train"}`) and becomes the figures' condition.
"""
