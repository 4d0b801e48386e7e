"""Whether the answers to one question tell the same: the same rows, in the same order, and the same total."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTLINES_MAX = 10_000
"""Where there are more, we and tipg draw as many, each a choice of its own."""

EDGE = 64
"""How far, in units of a tile, an outline must reach into it to be no matter of rounding."""


@dataclass(frozen=True)
class Answer:
    """What came back: status (0 for nothing in time), content, validator, milliseconds."""

    status: int
    content: bytes
    etag: str | None = None
    ms: float = 0


def compared(kind: str, answers: Mapping[str, Answer]) -> None:
    """Stop the measurement unless the `answers` to a question of `kind` say the same."""
    compare = {"items": _items, "tile": _tiles, "map": _map, "unchanged": _unchanged}[kind]
    compare(answers)


def _agree(what: str, told: Mapping[str, Any]) -> None:
    ours = told["ours"]
    for who, one in told.items():
        if one != ours:
            raise SystemExit(f"{what}: {who} tells {str(one)[:300]}, we tell {str(ours)[:300]}")


def _items(answers: Mapping[str, Answer]) -> None:
    pages = {who: json.loads(answer.content) for who, answer in answers.items()}
    numbers = {who: [one["properties"]["number"] for one in page["features"]] for who, page in pages.items()}
    _agree("rows", numbers)
    _agree("total", {who: page["numberMatched"] for who, page in pages.items()} if "numberMatched" in pages["ours"]
           else {"ours": None})  # fmt: skip
    if numbers["ours"]:
        _agree(
            "attributes",
            {who: sorted(page["features"][0]["properties"].keys() - {"id"}) for who, page in pages.items()},
        )


def _tiles(answers: Mapping[str, Answer]) -> None:
    _same_outlines({who: _features(answer.content) for who, answer in answers.items()})


def _same_outlines(drawn: dict[str, list[dict[str, Any]]]) -> None:
    if any(len(features) > OUTLINES_MAX * 0.9 for features in drawn.values()):
        # As many each, but another choice; of ours a few lie beside the tile with their box alone reaching in.
        if len(drawn["ours"]) < len(drawn["tipg"]) * 0.99:
            raise SystemExit(f"tile: we draw {len(drawn['ours'])}, tipg {len(drawn['tipg'])}")
    else:
        _agree("outlines", {who: _inside(features) for who, features in drawn.items()})


def _map(answers: Mapping[str, Answer]) -> None:
    """From afar our map counts: all parcels of a tile, and those around it whose cell reaches in."""
    drawn = {who: _features(answer.content) for who, answer in answers.items()}
    available = {
        who: features if who == "ours" else [one for one in features if one["properties"]["status"] == "available"]
        for who, features in drawn.items()
    }
    counted = sum(one["properties"].get("count", 0) for one in drawn["ours"])
    if not counted:
        _same_outlines(available)
    elif any(who != "ours" and len(features) > counted for who, features in available.items()):
        raise SystemExit(f"cells: we count {counted}, others draw more")


def _unchanged(answers: Mapping[str, Answer]) -> None:
    if answers["ours"].status != 304 or answers["ours"].content:
        raise SystemExit("a tile that did not change is sent again")


def _features(content: bytes) -> list[dict[str, Any]]:
    import mapbox_vector_tile

    layers = mapbox_vector_tile.decode(content).values()
    return [one for layer in layers for one in layer["features"]]


def _inside(features: list[dict[str, Any]]) -> list[str]:
    """Numbers of the outlines that reach into the tile itself, whatever is drawn around it."""
    from shapely.geometry import box, shape

    tile = box(EDGE, EDGE, 4096 - EDGE, 4096 - EDGE)
    return sorted(one["properties"]["number"] for one in features if tile.intersects(shape(one["geometry"])))
