"""Finding, loading, validating and saving the files people write; the only place of folder names."""

from impactbook.workspace.workspace import (
    LoadedAssessment,
    LoadedDataset,
    Workspace,
    check_id,
    open_workspace,
)

__all__ = ["LoadedAssessment", "LoadedDataset", "Workspace", "check_id", "open_workspace"]
