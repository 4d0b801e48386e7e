"""The second step: what the file says, our guess, and the form that puts it right.

A form names only what differs from the guess; so a better guess of a later release is not kept from old files.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from landportal.model import Delivery
from landportal.services.deliveries import finding, mappings, staging
from landportal.services.deliveries.options import DeliveryOptions, columns_key, defaults, options_of
from landportal.services.deliveries.receiving import file_of
from landportal.services.deliveries.understanding import ENCODINGS, USUAL_CRS, SeenColumn, Understanding, look
from landportal.services.import_matching import NOT_USED, PLACE_ROLES
from landportal.services.import_values import ValueProblem, read_date
from landportal.services.imports import DataSetFacts
from landportal.services.permissions import Action
from landportal.web import signed_in
from landportal.web.deliveries import words
from landportal.web.deliveries.frame import ID, address_of, blueprint, go_to, steps
from landportal.web.reading import settings

TEXT_MAX = 200


@dataclass(frozen=True)
class Choice:
    """A column of theirs with what is chosen for it."""

    seen: SeenColumn
    chosen: str
    unit_told: bool


@dataclass(frozen=True)
class View:
    """What the page shows. `as_last_time` is when these headings came before; `problems` are by field."""

    delivery: Delivery
    seen: Understanding
    options: DeliveryOptions
    facts: DataSetFacts
    as_last_time: dt.datetime | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> list[Choice]:
        """Their columns with what is chosen."""
        told = self.options.mapping
        return [Choice(c, told.get(c.title, c.guess or NOT_USED), c.title in told) for c in self.seen.columns]

    @property
    def key(self) -> str:
        """By which the form knows that it speaks of these columns."""
        return columns_key(self.seen.titles)

    @property
    def by_number(self) -> bool:
        """Whether parcels are found by the portal's number."""
        return self.options.by_number or (self.seen.is_workbook and not self.options.columns_key)


@blueprint.get(f"/import/{ID}/understand")
def understand(delivery_id: int) -> str | AnyResponse:
    """The columns of the file with our guess."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        delivery = finding.find(session, actor, delivery_id)
        if delivery.state not in staging.OPEN:
            return go_to(address_of(delivery))
        return _page(_view(session, delivery))


@blueprint.post(f"/import/{ID}/understand")
def choose(delivery_id: int) -> AnyResponse:
    """Look again as chosen, or have the whole file checked."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.writing() as session:
        delivery = finding.claim(session, actor, delivery_id, *staging.OPEN)
        options, problems = _read(request.form, options_of(delivery))
        seen = look(session, _file(delivery), options)
        options, more = _read_columns(request.form, options, seen)
        problems |= more
        wants_check = request.form.get("do") == "check" and "titles_key" in request.form
        if problems or (wants_check and seen.refusal is not None and not options.by_number):
            view = View(delivery, seen, options, defaults(session, delivery, options.label), problems=problems)
            return make_response(_page(view), 422)
        if not wants_check:
            delivery.options = options.as_json()
            return go_to(url_for("deliveries.understand", delivery_id=delivery_id))
        staging.ask(session, actor, delivery_id, options)
    return go_to(url_for("deliveries.progress", delivery_id=delivery_id))


def _file(delivery: Delivery) -> Path:
    return file_of(settings().instance, delivery)


def _page(view: View) -> str:
    return render_template(
        "desk/deliveries/understand.html", view=view, words=words, steps=steps(view.delivery, 2),
        encodings=ENCODINGS, usual_crs=USUAL_CRS, not_used=NOT_USED,
        problem=words.of_problem(view.delivery) if view.delivery.problem else None,
    )  # fmt: skip


def _view(session: Session, delivery: Delivery) -> View:
    """The file as chosen so far; at first as it was chosen for the last file with these headings."""
    options, last_time = options_of(delivery), None
    seen = look(session, _file(delivery), options)
    if not delivery.options and seen.columns:
        known = mappings.known(session, delivery, seen.titles)
        if known:
            options, last_time = known
            seen = look(session, _file(delivery), options)
    facts = defaults(session, delivery, options.label)
    return View(delivery, seen, options, facts, last_time)


# --------------------------------------------------------------------------------------------------- reading the form


def _read(form: MultiDict[str, str], kept: DeliveryOptions) -> tuple[DeliveryOptions, dict[str, str]]:
    """How the file is to be opened, and what it is called."""
    problems: dict[str, str] = {}
    day = None
    if form.get("data_date", "").strip():
        try:
            day = read_date(form["data_date"])
        except ValueProblem as problem:
            problems["data_date"] = words.sentence(problem.code, {"value": form["data_date"][:40]})
    texts = {name: form.get(name, "").strip()[:TEXT_MAX] for name in ("layer", "crs", "encoding", "title", "licence",
             "attribution", "label")}  # fmt: skip
    options = dataclasses.replace(
        kept, layer=texts["layer"] or None, crs=texts["crs"] or None, encoding=texts["encoding"] or None,
        by_number=form.get("find_by") == "number", label=texts["label"], title=texts["title"] or None,
        licence=texts["licence"] or None, attribution=texts["attribution"] or None, data_date=day,
    )  # fmt: skip
    if options.encoding and options.encoding not in ENCODINGS:
        return dataclasses.replace(options, encoding=None), problems | {"encoding": _("Please choose from the list.")}
    return options, problems


def _read_columns(
    form: MultiDict[str, str], options: DeliveryOptions, seen: Understanding
) -> tuple[DeliveryOptions, dict[str, str]]:
    """What each column is, if the form speaks of the columns that the file has now."""
    key = columns_key(seen.titles)
    if form.get("titles_key") != key:
        return dataclasses.replace(options, mapping={}, id_column=None), {}
    mapping: dict[str, str] = {}
    problems: dict[str, str] = {}
    taken: dict[str, str] = {}
    allowed = {name for name, _label in (*words.own_columns(), *words.places())} | {NOT_USED, "derived"}
    for place, column in enumerate(seen.columns):
        chosen = form.get(f"column-{place}", column.guess or NOT_USED)
        if chosen not in allowed:
            problems[f"column-{place}"] = _("Please choose from the list.")
        elif chosen in taken:
            problems[f"column-{place}"] = _("“%(other)s” is this already.", other=taken[chosen])
        elif chosen != (column.guess or NOT_USED) or form.get(f"unit-{place}"):
            mapping[column.title] = chosen
        if chosen not in {NOT_USED, "derived"}:
            taken.setdefault(chosen, column.title)
    if options.by_number and "number" not in taken:
        problems["find_by"] = _("To find sites by their number, say which column holds the portal's number.")
    if any(role in PLACE_ROLES for role in mapping.values()):
        # Whoever says where one coordinate stands says it of all: the guess is for whole pairs only.
        mapping |= {theirs: role for role, theirs in taken.items() if role in PLACE_ROLES}
    id_column = form.get("id_column") if form.get("id_column") in seen.titles else None
    return dataclasses.replace(options, mapping=mapping, id_column=id_column, columns_key=key), problems
