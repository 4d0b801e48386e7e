"""The part of an address that says what somebody looks for: `profile`, `w_<criterion>` and `must` ↔ Profile.

`params` calls it for every search, the parcel page for its own arguments; a bad value is told at its field. What is as
the preset proposes is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from landportal.errors import InvalidInput
from landportal.services.scoring import (
    BY_CODE,
    CRITERIA,
    WEIGHT_MAX,
    Must,
    Preset,
    Profile,
    Steps,
    profile_of,
    proposed_musts,
    proposed_weight,
)

WEIGHT = "w_"
NAMES = frozenset({"profile", "must", *(f"{WEIGHT}{criterion.code}" for criterion in CRITERIA)})

NO_MUSTS = "none"
"""What `must` says where nothing shall knock out, though the preset proposes something."""

LIMIT_MAX = 1_000_000
_LIMIT = re.compile(r"\d{1,7}(?:[.,]\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,2}", re.ASCII)
_TOLD_MAX = 40


def read(args: MultiDict[str, str]) -> tuple[Profile | None, list[InvalidInput]]:
    """The profile that `args` states, and what could not be read. Weights and knock-outs alone move the neutral one."""
    stated = {name for name in args if name in NAMES and any(text.strip() for text in args.getlist(name))}
    if not stated:
        return None, []
    problems: list[InvalidInput] = []
    preset = _preset(args, problems)
    weights = {
        criterion.code: weight
        for criterion in CRITERIA
        if (weight := _weight(args, f"{WEIGHT}{criterion.code}", problems)) is not None
    }
    return profile_of(preset, weights, _musts(args, problems)), problems


def pairs(profile: Profile | None) -> Iterator[tuple[str, str]]:
    """`profile` as an address states it, in a fixed order."""
    if profile is None:
        return
    yield "profile", profile.preset.value
    for criterion, weight in zip(CRITERIA, profile.weights, strict=True):
        if weight != proposed_weight(profile.preset, criterion.code):
            yield f"{WEIGHT}{criterion.code}", str(weight)
    if profile.musts != proposed_musts(profile.preset):
        yield from (("must", must_value(must)) for must in profile.musts)
        if not profile.musts:
            yield "must", NO_MUSTS


def link_args(profile: Profile | None) -> dict[str, list[str]]:
    """The same as arguments of `url_for`: what a link to a parcel carries along."""
    found: dict[str, list[str]] = {}
    for name, value in pairs(profile):
        found.setdefault(name, []).append(value)
    return found


def must_value(must: Must) -> str:
    """A knock-out as `must` states it: night:60."""
    limit = must.limit if isinstance(must.limit, str) else f"{must.limit:.3f}".rstrip("0").rstrip(".")
    return f"{must.code}:{limit}"


def _preset(args: MultiDict[str, str], problems: list[InvalidInput]) -> Preset:
    text = _single(args, "profile", problems)
    if text is None:
        return Preset.NEUTRAL
    if text not in set(Preset):
        problems.append(InvalidInput(_("Please choose from: %(codes)s.", codes=", ".join(Preset)), "profile"))
        return Preset.NEUTRAL
    return Preset(text)


def _weight(args: MultiDict[str, str], name: str, problems: list[InvalidInput]) -> int | None:
    text = _single(args, name, problems)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text) or int(text) > WEIGHT_MAX:
        problems.append(InvalidInput(_("Please enter a whole number from 0 to %(most)s.", most=WEIGHT_MAX), name))
        return None
    return int(text)


def _single(args: MultiDict[str, str], name: str, problems: list[InvalidInput]) -> str | None:
    stated = [text.strip() for text in args.getlist(name) if text.strip()]
    if len(stated) > 1:
        problems.append(InvalidInput(_("Stated too often."), name))
    return stated[0] if len(stated) == 1 else None


def _musts(args: MultiDict[str, str], problems: list[InvalidInput]) -> tuple[Must, ...] | None:
    """The knock-outs stated; None where nothing is: then those of the preset hold."""
    stated = [text.strip() for text in args.getlist("must") if text.strip()]
    if not stated:
        return None
    found: dict[str, Must] = {}
    for text in stated:
        if text == NO_MUSTS:
            continue
        must = _must(text)
        if isinstance(must, InvalidInput):
            problems.append(must)
        elif must.code in found:
            problems.append(InvalidInput(_("Stated too often: %(code)s.", code=must.code), "must"))
        else:
            found[must.code] = must
        if len(problems) > len(CRITERIA):
            break
    return tuple(found.values())


def _must(text: str) -> Must | InvalidInput:
    code, _colon, limit = text.partition(":")
    criterion = BY_CODE.get(code)
    if criterion is None:
        return InvalidInput(
            _("Please choose from: %(codes)s.", codes=", ".join(f"{code}:…" for code in BY_CODE)), "must"
        )
    if isinstance(criterion.scale, Steps):
        if limit not in criterion.scale.names:
            names = ", ".join(f"{code}:{name}" for name in criterion.scale.names)
            return InvalidInput(_("Please choose from: %(codes)s.", codes=names), "must")
        return Must(code, limit)
    if not _LIMIT.fullmatch(limit) or float(limit.replace(",", ".")) > LIMIT_MAX:
        return InvalidInput(_("“%(text)s”: a limit is a number, for example size:8.", text=text[:_TOLD_MAX]), "must")
    return Must(code, float(limit.replace(",", ".")))
