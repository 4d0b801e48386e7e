"""Parcels to take along: exactly the filtered set, as a file of a known format with a record of what it is.

`formats` lists the formats, `crs` the coordinate systems, `request` says what is asked, with which columns, and what is
refused; `chosen` the rows, `record` what the file says about itself; `writing` brings it out, as a stream or a file.
"""

from landportal.services.exports.formats import FORMATS, Format
from landportal.services.exports.request import ExportRefused, ExportRequest, Refusal, Scope

__all__ = ["FORMATS", "ExportRefused", "ExportRequest", "Format", "Refusal", "Scope"]
