"""The filters beside a search are drawn once for what they show, and anew when it changes."""

import re

import pytest

from landportal.web import panels


@pytest.fixture
def drawn(client, monkeypatch):
    """How often filters were drawn, from a portal that has kept none."""
    client.application.extensions.pop(panels._KEY, None)
    views = []
    draw = panels._drawn
    monkeypatch.setattr(panels, "_drawn", lambda view: (views.append(view), draw(view))[1])
    return views


def panel(page: str) -> str:
    return re.search(r'<div class="filters-panel".*?<div class="filters-submit">', page, re.DOTALL)[0]


def test_what_shows_the_same_is_drawn_once(client, drawn):
    first, second, of_page_two = (client.get(f"/de/parcels{asked}").text for asked in ("", "", "?page=2"))
    assert panel(first) == panel(second) == panel(of_page_two)
    assert len(drawn) == 1


def test_language_and_conditions_are_drawn_by_themselves(client, drawn):
    german, english, chosen = (client.get(path).text for path in ("/de/parcels", "/en/parcels", "/de/parcels?zone=GI"))
    assert "Baugebiet" in panel(german)
    assert "Baugebiet" not in panel(english)
    assert 'value="GI" checked' not in panel(german)
    assert 'value="GI" checked' in panel(chosen)
    assert len(drawn) == 3


def test_other_numbers_are_shown_at_once(client, drawn, monkeypatch):
    before = panel(client.get("/de/parcels").text)
    numbers = panels._numbers
    monkeypatch.setattr(panels, "_numbers", lambda facets: (numbers(facets), "moved"))
    assert panel(client.get("/de/parcels").text) == before
    assert len(drawn) == 2


def test_wrong_input_is_drawn_each_time_and_not_kept(client, drawn):
    for _ in range(2):
        assert "abc" in panel(client.get("/de/parcels?size_min_ha=abc").text)
    assert len(drawn) == 2
    assert "abc" not in panel(client.get("/de/parcels").text)


def test_no_more_are_kept_than_the_bound(client, drawn, monkeypatch):
    monkeypatch.setattr(panels, "KEPT", 2)
    for size in (1, 2, 3):
        client.get(f"/de/parcels?size_min_ha={size}")
    assert len(client.application.extensions[panels._KEY]) <= 2
