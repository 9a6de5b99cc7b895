"""impactbook: ethical impact assessments of AI in contact centres, measured, repeatable, sealed."""

__version__ = "0.1.0"
