"""What came into a PDF with its signatures: invisible fields, and nothing that shows.

Whoever signs could cover a page in the same update and sign that too. pyHanko judges only what was
appended after a signature, and takes seconds on a long document; here every update is looked at,
object by object, and may bring nothing but what a signature needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

_CATALOG = {"/AcroForm", "/Metadata", "/Extensions", "/Version"}
_FORM = {"/Fields", "/SigFlags"}
_ACTING = {"/A", "/AA", "/AP", "/MK"}
"""Keys of a field that would make it do or show something."""


def only_signed(reader: PdfFileReader, revision: int) -> bool:
    """Whether the update that made `revision` changed nothing but what a signature needs.

    That is the form's list of fields, the metadata, the document's information, and lists of
    annotations, which got invisible signature fields at their end and nothing else.
    """
    if revision == 0:
        return True
    before = reader.get_historical_resolver(revision - 1)
    after = reader.get_historical_resolver(revision)
    if list(reader.xrefs.refs_freed_in_revision(revision)):
        return False
    described = {_number(before.trailer_view, "/Info"), _number(before.root, "/Metadata")}
    form = _number(before.root, "/AcroForm")
    for reference in reader.xrefs.explicit_refs_in_revision(revision):
        existed = reader.xrefs.get_introducing_revision(reference) < revision
        if not existed or reference.idnum in described:
            continue
        old, new = before(reference), after(reference)
        if reference.idnum == reader.root_ref.idnum:
            harmless = _changed(old, new) <= _CATALOG
        elif reference.idnum == form:
            harmless = _changed(old, new) <= _FORM and _only_fields_added(
                old["/Fields"], new["/Fields"]
            )
        elif isinstance(old, list):
            harmless = isinstance(new, list) and _only_fields_added(old, new)
        else:
            harmless = _only_annotated(old, new)
        if not harmless:
            return False
    return True


def only_invisible_fields(reader: PdfFileReader) -> bool:
    """Whether the form holds signature fields alone, without a size and without an action."""
    form = reader.root["/AcroForm"]
    return set(form.keys()) <= _FORM and all(_invisible(field) for field in form["/Fields"])


def _only_annotated(old: Any, new: Any) -> bool:
    """Whether a page changed in its annotations only, and got nothing but invisible fields."""
    if not (isinstance(old, dict) and isinstance(new, dict)) or hasattr(old, "encoded_data"):
        return False
    if old.get("/Type") != "/Page" or not _changed(old, new) <= {"/Annots"}:
        return False
    return _only_fields_added(old.get("/Annots", ()), new.get("/Annots", ()))


def _only_fields_added(old_list: Iterable[Any], new_list: Iterable[Any]) -> bool:
    # Plain lists hold the references themselves; pyHanko's own resolve them when indexed.
    old, new = list(old_list), list(new_list)
    return new[: len(old)] == old and all(_invisible(item) for item in new[len(old) :])


def _invisible(item: Any) -> bool:
    field = item.get_object() if hasattr(item, "get_object") else item
    left, bottom, right, top = (float(side) for side in field["/Rect"])
    sized = left != right or bottom != top
    return field["/FT"] == "/Sig" and not sized and not _ACTING & set(field.keys())


def _changed(old: Any, new: Any) -> set[str]:
    """Keys whose values differ; a reference counts as its number."""
    return {str(key) for key in {*old.keys(), *new.keys()} if _raw(old, key) != _raw(new, key)}


def _raw(holder: Any, key: str) -> Any:
    return holder.raw_get(key) if key in holder else None


def _number(holder: Any, key: str) -> int | None:
    return getattr(_raw(holder, key), "idnum", None)
