"""Records on their way out: one ZIP that a reader without Python can check in a browser.

`audiences` says who gets which internal fields, `bundle` puts the files together, `archive` writes
and reads the ZIP, `verify_zip` checks one, `lone_pdf` rebuilds a record's folder from its PDF. The
page for readers is `verify.html`, a file of this package; `page` hands it out.
"""

from impactbook.model.export import Audience
from impactbook.records.export.audiences import AUDIENCES
from impactbook.records.export.bundle import Exported, export_record
from impactbook.records.export.lone_pdf import Recovered, recover_from_pdf
from impactbook.records.export.page import verify_page, write_page
from impactbook.records.export.verify_zip import verify_zip

__all__ = [
    "AUDIENCES",
    "Audience",
    "Exported",
    "Recovered",
    "export_record",
    "recover_from_pdf",
    "verify_page",
    "verify_zip",
    "write_page",
]
