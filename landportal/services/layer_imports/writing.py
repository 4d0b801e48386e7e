"""The second pass: rows into `layer_feature` under the number of their delivery. Nobody sees them before it is moved.

Rows go through a temporary table: PostgreSQL lets nobody COPY into a table with policies, and a row whose shape the
database judges otherwise than GEOS is left out instead of ending the import.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.geometry import Box
from landportal.gis.layer_shapes import KeptShapes, box_around, kept_shapes
from landportal.gis.notes import Note
from landportal.gis.readers import Batch
from landportal.services.import_issues import ImportRefused
from landportal.services.imports.staging import shape_names
from landportal.services.layer_imports.requests import LayerField, LayerRequest, Telling
from landportal.services.layer_imports.survey import Progress, Survey, key_of, opened
from landportal.services.layer_imports.values import CannotKeep, Json, kept

_STAGE = """
create temporary table if not exists layer_stage (row int, key text, properties jsonb, geom geometry) on commit drop
"""
_REFUSED = "delete from layer_stage where geom is not null and not st_isvalid(geom) returning row"
_TAKEN_OVER = """
insert into layer_feature (layer_id, delivery, key, properties, geom)
select :layer_id, :delivery, key, properties, geom from layer_stage order by row
"""


@dataclass
class Written:
    """What was written: features, their shapes, the box around them (the layer's CRS), and what is told of rows."""

    features: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    box: Box | None = None
    left_out: Telling = field(default_factory=Telling)
    mended: Telling = field(default_factory=Telling)


@dataclass
class Writing:
    """Writes the rows of one delivery of one layer."""

    session: Session
    request: LayerRequest
    survey: Survey
    layer_id: int
    delivery: int
    written: Written = field(default_factory=Written)

    def run(self, progress: Progress) -> Written:
        """Read the file again and write every row that can be used."""
        self.session.execute(text(_STAGE))
        done = 0
        with opened(self.request) as source:
            if source.columns != tuple(title for title in source.columns if title in self._known()):
                raise ImportRefused("layer_changed_meanwhile", file=self.request.file.name)
            for batch in source.batches():
                self._write(batch)
                done += len(batch.numbers)
                progress(done, source.row_count)
        if done != self.survey.read:
            raise ImportRefused("layer_changed_meanwhile", file=self.request.file.name)
        return self.written

    def _known(self) -> set[str]:
        return {*(one.source_name for one in self.survey.fields), *self.survey.binary}

    def _write(self, batch: Batch) -> None:
        shapes = kept_shapes(batch.geometry, self.survey.crs, self.survey.target)
        usable = self._usable(batch, shapes)
        self.session.execute(text("truncate layer_stage"))
        self._copy(batch, shapes, usable)
        refused = set(self.session.scalars(text(_REFUSED)))
        for row in sorted(refused):
            self.written.left_out.tell(row, Note("layer_beyond_repair"))
        self.session.execute(text(_TAKEN_OVER), {"layer_id": self.layer_id, "delivery": self.delivery})
        stayed = [place for place in usable if batch.numbers[place] not in refused]
        self._count(shapes.geometries[stayed] if stayed else np.array([], dtype=object))

    def _usable(self, batch: Batch, shapes: KeptShapes) -> list[int]:
        usable = []
        for place, row in enumerate(batch.numbers):
            reason = batch.problems.get(place) or (Note(shapes.unusable[place]) if place in shapes.unusable else None)
            if reason:
                self.written.left_out.tell(row, reason)
                continue
            usable.append(place)
            if shapes.mended[place]:
                self.written.mended.tell(row, Note("layer_repaired"))
        return usable

    def _copy(self, batch: Batch, shapes: KeptShapes, usable: list[int]) -> None:
        connection = self.session.connection().connection.driver_connection
        if not isinstance(connection, psycopg.Connection):
            raise TypeError("imports need psycopg")
        with (
            connection.cursor() as cursor,
            cursor.copy("copy layer_stage (row, key, properties, geom) from stdin") as copy,
        ):
            for row in self._rows(batch, shapes, usable):
                copy.write_row(row)

    def _rows(self, batch: Batch, shapes: KeptShapes, usable: list[int]) -> Iterator[tuple[Any, ...]]:
        if not usable:
            return
        wkb = geometry.as_hex_ewkb(shapes.geometries[usable], self.survey.srid)
        key = batch.columns[self.request.key] if self.request.key else None
        cells = [(one, batch.columns[one.source_name]) for one in self.survey.fields]
        for at, place in enumerate(usable):
            row = batch.numbers[place]
            properties = {one.name: value for one, column in cells
                          if (value := self._value(row, one, column[place])) is not None}  # fmt: skip
            named = key_of(key[place]) if key is not None else str(row)
            yield row, named, json.dumps(properties, ensure_ascii=False, allow_nan=False), wkb[at]

    def _value(self, row: int, one: LayerField, cell: object) -> Json:
        try:
            return kept(cell, one.kind, one.decimal_comma)
        except CannotKeep as changed:
            self.written.mended.tell(row, Note(changed.code, {"column": one.source_name}))
            return changed.instead
        except (ValueError, TypeError, KeyError):
            raise ImportRefused("layer_changed_meanwhile", file=self.request.file.name) from None

    def _count(self, shapes: geometry.Geometries) -> None:
        self.written.features += len(shapes)
        self.written.shapes.update(shape_names(shapes))
        box = geometry.bounds_of(shapes)
        self.written.box = box_around(self.written.box, box)
