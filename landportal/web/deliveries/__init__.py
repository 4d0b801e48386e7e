"""The import page: upload, understand, check, apply, undo; each step has an address of its own.

`frame` finds the delivery and its present step, `uploads` takes the file, `understand` reads the form about columns,
`steps` and `lists` are the pages, `words` their words, `workbook` the XLSX of my parcels. What happens to a file is
said in `services.deliveries`.
"""

from __future__ import annotations

from landportal.web.deliveries import lists, steps, understand, uploads, workbook
from landportal.web.deliveries.frame import blueprint

__all__ = ["blueprint", "lists", "steps", "understand", "uploads", "workbook"]
