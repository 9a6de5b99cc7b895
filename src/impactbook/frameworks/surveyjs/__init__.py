"""Importing questionnaires in the JSON format of SurveyJS into packs.

Only this package knows that format; what it makes is a `model.questionnaire` like any other.
"""

from impactbook.frameworks.surveyjs.declaration import (
    load_declaration,
    made_for,
    shipped_declarations,
)
from impactbook.frameworks.surveyjs.importing import (
    ImportedPack,
    Origin,
    import_surveyjs,
    missing_texts,
)

__all__ = [
    "ImportedPack",
    "Origin",
    "import_surveyjs",
    "load_declaration",
    "made_for",
    "missing_texts",
    "shipped_declarations",
]
