"""Masking small counts of people, so that nothing published gives them back."""
