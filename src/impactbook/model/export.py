"""`export.json` as a model: what an exported ZIP of one record holds and lacks."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from impactbook.model.base import Digest, Identifier, Model
from impactbook.model.record import ManifestFile, Pointer, RelativePath, Version

EXPORT_SCHEMA: Final = "impactbook/export/1"
Audience = Literal["regulator", "works-council", "public"]


class Export(Model):
    """What a ZIP of one record holds.

    `left_out` are internal fields that the record's own `disclosures.json` opens and this ZIP does
    not, `files_left_out` files that the manifest names and the ZIP lacks, `made_anew` files that
    show the record without them. `head` is the ledger's last line at the time.
    """

    schema_: Literal["impactbook/export/1"] = Field(default=EXPORT_SCHEMA, alias="schema")
    feature: Identifier
    version: Version
    audience: Audience | None = None
    left_out: tuple[Pointer, ...] = ()
    files_left_out: tuple[RelativePath, ...] = ()
    made_anew: tuple[ManifestFile, ...] = ()
    head: Digest
