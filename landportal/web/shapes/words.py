"""What a check of a shape found, in words; and why a shape, a line or a file was not taken."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from landportal.errors import InvalidInput
from landportal.services.import_issues import told_note
from landportal.services.shapes import BadShape, CannotRead, Finding
from landportal.web import formats
from landportal.web.language import current


def _m2(value: object) -> str:
    number = float(str(value))
    return f"{formats.number(number, 0 if number >= 10 else 2)}{formats.NBSP}m²"


def _percent(value: object) -> str:
    return formats.percent(float(str(value)))


def place(at: tuple[float, float]) -> str:
    """A point as people type it: E 620123,4 N 5640123,4."""
    east, north = (formats.number(value, 1).replace(formats.number(1000)[1], "") for value in at)
    return f"E{formats.NBSP}{east} N{formats.NBSP}{north}"


def finding(found: Finding) -> str:
    """One finding as a sentence, with its place where it has one."""
    sentence = FINDINGS[found.code](found)
    where = _("Place: %(place)s.", place=place(found.place)) if found.place else ""
    return f"{sentence} {where}".rstrip()


FINDINGS: dict[str, Callable[[Finding], str]] = {
    "crosses_itself": lambda _f: _("The border crosses itself."),
    "touches_itself": lambda _f: _("The border touches itself; the land would fall apart there."),
    "hole_outside": lambda _f: _("A hole lies outside its part, or in another hole."),
    "parts_overlap": lambda _f: _("Two parts lie on top of each other."),
    "too_thin": lambda _f: _("A part has no width."),
    "not_valid": lambda _f: _("The border encloses no land."),
    "too_small": lambda f: _("%(m2)s are too little for a site.", m2=_m2(f.facts["m2"])),
    "outside_region": lambda _f: _("The shape lies outside all municipalities of the portal."),
    "outside_scope": lambda f: _(
        "The shape lies mainly in %(place)s. Your organisation does not look after sites there.", place=f.facts["place"]
    ),
    "leaves_scope": lambda f: _(
        "%(m2)s lie beyond the border of what your organisation looks after.", m2=_m2(f.facts["m2"])
    ),
    "crosses_border": lambda f: _(
        "The shape crosses a municipal border: %(m2)s lie in %(place)s.", m2=_m2(f.facts["m2"]), place=f.facts["place"]
    ),
    "outside_area": lambda f: _("The shape lies outside its area %(area)s.", area=f.facts["area"]),
    "partly_outside_area": lambda f: _(
        "%(m2)s (%(share)s) lie outside the area %(area)s.",
        m2=_m2(f.facts["m2"]), share=_percent(f.facts["share"]), area=f.facts["area"],
    ),
    "same_land": lambda f: _("The same land is already there: %(number)s, %(name)s.", **_other(f)),
    "overlap_too_much": lambda f: _(
        "%(m2)s belong to %(number)s, %(name)s: %(share)s of the smaller of the two. Two sites cannot offer the same"
        " land.", **_other(f)
    ),
    "overlap": lambda f: _(
        "%(m2)s overlap with %(number)s, %(name)s (%(share)s of the smaller of the two).", **_other(f)
    ),
    "sliver": lambda f: _("A narrow strip of %(m2)s overlaps with %(number)s, %(name)s.", **_other(f)),
}  # fmt: skip


def _other(found: Finding) -> dict[str, object]:
    facts = found.facts
    return {"number": found.other, "name": facts["name"], "m2": _m2(facts["m2"]), "share": _percent(facts["share"])}


def bad_shape(error: BadShape) -> str:
    """Why a text, a drawing or a line was not taken, and what would be right."""
    return BAD[error.code](error)


def _line(error: BadShape) -> str:
    line = error.facts.get("line")
    return _("Line %(line)s: ", line=line) if line else ""


BAD: dict[str, Callable[[BadShape], str]] = {
    "empty": lambda e: _("Please draw a line or type its points.") if e.field == "line"
    else _("Please draw a shape or type its corners."),
    "too_long": lambda _e: _("That is more text than a shape can have."),
    "too_many_corners": lambda e: _(
        "The shape has %(found)s corners; %(limit)s are possible.",
        found=formats.number(int(e.facts["found"])), limit=formats.number(int(e.facts["limit"])),
    ),
    "too_many_parts": lambda e: _("The shape has more than %(limit)s parts and holes.", limit=e.facts["limit"]),
    "not_a_corner": lambda e: _line(e) + _(
        "“%(text)s” is not a corner. Write east and north, for example: 620123.45 5640123.12", text=e.facts["text"]
    ),
    "too_few_corners": lambda e: _("Part %(part)s has fewer than three different corners.", part=e.facts["part"] or 1),
    "hole_first": lambda _e: _("A hole comes after the part it lies in."),
    "swapped": lambda e: _line(e) + _(
        "East and north are exchanged: %(east)s %(north)s. East comes first.",
        east=e.facts["east"], north=e.facts["north"],
    ),
    "elsewhere": lambda e: _line(e) + _(
        "%(east)s %(north)s is not in Germany as EPSG:25832. Expected is east between 200000 and 1000000, north between"
        " 5100000 and 6200000.", east=e.facts["east"], north=e.facts["north"]
    ),
    "outside_crs": lambda e: _(
        "%(x)s %(y)s does not lie where %(crs)s is used. Its axes come in the order the CRS gives them.",
        x=e.facts["x"], y=e.facts["y"], crs=e.facts["crs"],
    ),
    "not_wkt": lambda _e: _("This begins like WKT but cannot be read as such."),
    "not_geojson": lambda _e: _("This begins like GeoJSON but cannot be read as such."),
    "several_features": lambda e: _(
        "The GeoJSON has %(found)s features; exactly one is needed. Files with several can be uploaded.",
        found=e.facts["found"],
    ),
    "not_polygons": lambda e: _("A shape is made of areas; this is a %(found)s.", found=e.facts["found"]),
    "line_too_short": lambda _e: _("A line needs two points at least."),
    "not_a_line": lambda e: _("A single line is needed; this is a %(found)s.", found=e.facts["found"]),
    "line_cuts_nothing": lambda _e: _(
        "The line does not cut the site in two. It must begin and end outside, and cross the site."
    ),
    "too_many_pieces": lambda e: _(
        "The line cuts the site into %(found)s pieces; %(limit)s are possible.",
        found=e.facts["found"], limit=e.facts["limit"],
    ),
    "piece_too_small": lambda e: _("A piece of %(m2)s would be too small.", m2=_m2(e.facts["m2"])),
    "cannot_cut": lambda _e: _("The site cannot be cut cleanly along this line. Please move it a little."),
    "nothing_to_join": lambda _e: _("Please choose at least two sites."),
    "not_neighbours": lambda e: _(
        "These sites are not neighbours. They must lie side by side, at most %(limit)s m apart.",
        limit=formats.number(float(e.facts["limit"]), 1),
    ),
    "too_many_rows": lambda e: _(
        "The file has more than %(limit)s rows. Please use the import for it.",
        limit=formats.number(int(e.facts["limit"])),
    ),
    "no_polygons": lambda _e: _("The file holds no areas."),
}  # fmt: skip


def cannot_read(error: CannotRead) -> str:
    """Why an uploaded file was not taken; what the command line asks for by an option, this page asks by a field."""
    facts = error.note.facts
    if error.note.code.startswith(("crs_missing", "crs_contradicts")):
        likely = facts.get("likely")
        asked = _(
            "The file does not say in which coordinate reference system it is. Please choose it and upload again."
        )
        guess = _("It looks like %(found)s.", found=likely) if likely else ""
        return f"{asked} {guess}".rstrip()
    if error.note.code in {"several_layers", "no_such_layer"}:
        return _("The file has several layers: %(layers)s. Please upload one of them alone.", layers=facts["layers"])
    return told_note(error.note, current())


REFUSALS: dict[str, Callable[[], str]] = {
    "reason_missing": lambda: _("Please say why; the reason stands in the history and is not public."),
    "name_missing": lambda: _("Please give a name."),
    "name_too_long": lambda: _("The name is too long."),
    "names_of_parts": lambda: _("The line has changed. Please look at the parts again and name each of them."),
    "not_chosen": lambda: _("Please choose which value holds."),
    "too_many_members": lambda: _("Please choose fewer sites."),
    "member_withdrawn": lambda: _("One of the sites is no longer offered."),
    "file_missing": lambda: _("Please choose a file first."),
    "crs_unknown": lambda: _("Please choose a coordinate reference system."),
    "not_accepted": lambda: _("Please change the shape, or confirm that it shall be saved all the same."),
    "shape_refused": lambda: _("The shape cannot be saved like this. What is wrong stands beside the map."),
}


def refusal(error: InvalidInput) -> str:
    """Why a form was not taken."""
    said = REFUSALS.get(str(error))
    return said() if said else _("This entry cannot be used.")
