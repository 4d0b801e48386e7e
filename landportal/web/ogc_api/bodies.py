"""What a write brings: its body, how it is written, on which terms. Everything is bounded before it is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from landportal.errors import InvalidInput, LandportalError
from landportal.services.feature_edits import Terms
from landportal.services.fields import CRS84, OFFERED, OfferedCrs, by_uri
from landportal.web.ogc_api import access
from landportal.web.ogc_api.frame import GEOJSON, JSON, blueprint
from landportal.web.ogc_api.problems import problem

BODY_MAX = 1_000_000
"""Bytes of one feature; a site of 10,000 corners has a third of that."""

MERGE_PATCH = "application/merge-patch+json"
WHOLE = (GEOJSON, JSON)
"""Media types of a whole feature; programs that know no GeoJSON send it as JSON."""

REASON_MAX = 2_000
_VALIDATOR = re.compile(r"(\d{1,9})-[0-9a-f]{1,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class OtherMediaType(LandportalError):
    """The body is written in a way that is not read here; `taken` are those that are."""

    def __init__(self, taken: Sequence[str]) -> None:
        super().__init__()
        self.taken = tuple(taken)


@blueprint.errorhandler(OtherMediaType)
def _on_other_media_type(other: OtherMediaType) -> Response:
    taken = ", ".join(other.taken)
    response = problem(415, _("This media type is not read here."), _("Please send %(types)s in UTF-8.", types=taken))
    response.headers["Accept-Patch" if request.method == "PATCH" else "Accept-Post"] = taken
    return response


def content(taken: Sequence[str]) -> Any:
    """The JSON of the body; OtherMediaType, or InvalidInput where it is none."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in taken or charset not in {"utf-8", "utf8"} or "Content-Encoding" in request.headers:
        raise OtherMediaType(taken)
    request.max_content_length = BODY_MAX
    try:
        return json.loads(request.get_data().decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise InvalidInput(_("The body is not JSON, or names a member twice."), "body") from None


def _refuse(constant: str) -> None:
    """NaN and infinity are no JSON, whatever Python thinks."""
    raise ValueError(constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def crs() -> OfferedCrs:
    """The CRS of the body's coordinates, by the header Content-Crs (Part 4); CRS84 where it is not stated."""
    text = request.headers.get("Content-Crs")
    if text is None:
        return CRS84
    found = by_uri(text.strip().removeprefix("<").removesuffix(">"))
    if found is None:
        raise InvalidInput(_("CRS here are %(list)s.", list=", ".join(one.uri for one in OFFERED)), "Content-Crs")
    return found


def terms() -> Terms:
    """On which terms to write: If-Match, the reason for the history, and whether a warning is accepted."""
    return Terms(_reason(), _versions(), prefers("handling=lenient"))


def _versions() -> frozenset[int] | None:
    """The versions that If-Match names; a validator that is none of ours names a version that never was.

    The part before the dash decides alone: the rest tells representations apart, not versions.
    """
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    matches = (_VALIDATOR.fullmatch(tag) for tag in request.if_match.as_set(include_weak=True))
    return frozenset(int(match[1]) for match in matches if match)


def _reason() -> str:
    """The header Change-Reason in UTF-8; without it the history says through what the change came."""
    raw = request.headers.get("Change-Reason", "")
    try:
        text = raw.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        raise InvalidInput(_("Please write the reason in UTF-8."), "Change-Reason") from None
    if _CONTROL.search(text) or len(text) > REASON_MAX:
        raise InvalidInput(_("The reason is too long, or holds signs that are no text."), "Change-Reason")
    brought = access.token()
    return text or (f"API: {brought.name}" if brought else "API")


def prefers(preference: str) -> bool:
    """Whether the header Prefer (RFC 7240) asks for this."""
    stated = ",".join(request.headers.getlist("Prefer")).replace(";", ",").replace('"', "")
    return preference in {one.strip().replace(" ", "").lower() for one in stated.split(",")}
