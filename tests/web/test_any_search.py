"""Any search somebody could put together, and anything else somebody could type: an answer, never a fault of ours."""

import json
import re
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landportal.model import ConstraintKind, ParcelStatus, Zone
from landportal.services.scoring import Preset

AMOUNT = st.sampled_from(["0", "0,5", "2", "8", "35", "900"])
AMOUNTS = (
    "size_min_ha", "size_max_ha", "price_max_eur_m2", "motorway_max_km", "motorway_max_min", "rail_max_km",
    "airport_max_km", "power_min_mw", "fibre_min_mbit", "net_min_ha", "assemble_min_ha",
)  # fmt: skip
VALUES = {
    "q": st.sampled_from(["Erfurt", "Hoerselgau", "TH-00012", "Kiebitzhöhe Feld", "Arnstatd", "%", "x"]),
    "ags": st.sampled_from(["16", "16067", "16063105", "16056000"]),
    "area": st.sampled_from(["goldene-aue", "erfurter-kreuz"]),
    "zone": st.sampled_from([str(zone) for zone in Zone]),
    "status": st.sampled_from([str(status) for status in ParcelStatus if status != ParcelStatus.WITHDRAWN]),
    "available_by": st.sampled_from(["2027-01-01", "31.12.2030", "0001-01-01", "9999-12-31"]),
    "plan": st.sampled_from(["in_force", "draft"]),
    "avoid": st.sampled_from([str(kind) for kind in ConstraintKind]),
    "bbox": st.sampled_from(["10.5,50.8,11.2,51.1", "170,-10,-170,10", "-180,-90,180,90", "11,51,11,51"]),
    "fits": st.sampled_from(["180x90", "20x10", "1x1", "5000x5000"]),
    "sort": st.sampled_from(["size", "-size", "price", "-price", "motorway", "fresh", "-fresh", "score"]),
    "page": st.sampled_from(["1", "2", "1000000000"]),
    "profile": st.sampled_from([str(preset) for preset in Preset]),
    "w_night": st.sampled_from(["0", "10"]),
    "must": st.sampled_from(["none", "size:8", "night:60", "plan:adopted", "flood:no", "servicing:full"]),
    **{flag: st.just("1") for flag in ("round_the_clock", "rail_siding")},
    **dict.fromkeys(AMOUNTS, AMOUNT),
}  # fmt: skip
QUERIES = st.lists(st.sampled_from(sorted(VALUES)), max_size=6, unique=True).flatmap(
    lambda names: st.tuples(*(VALUES[name].map(lambda value, name=name: (name, value)) for name in names))
)
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(query=QUERIES, lang=st.sampled_from(["de", "en"]))
def test_every_search_is_answered_and_machines_count_the_same(client, query, lang):
    page = client.get(f"/{lang}/parcels?{urlencode(query)}")
    contradiction = page.status_code == 422
    assert page.status_code in {200, 404, 422}
    machine = client.get(
        f"/{lang}/parcels.geojson?{urlencode([(name, value) for name, value in query if name != 'page'])}"
    )
    assert machine.status_code == (400 if contradiction else 200)
    if page.status_code == 200:
        told = re.search(r'id="results-headline">(?:(\d+)|\D)', page.text)
        assert int(told[1] or 0) == json.loads(machine.text)["numberMatched"]


@MANY
@given(
    query=st.lists(
        st.tuples(st.sampled_from([*VALUES, "limit", "fits", "as_of", "lang"]), st.text(max_size=30)), max_size=4
    ),
    path=st.sampled_from(["/de/parcels", "/en/parcels.geojson", "/tiles/parcels/9/271/172.mvt", "/de/areas"]),
)
def test_whatever_is_typed_is_never_a_fault_of_ours(client, query, path):
    answer = client.get(f"{path}?{urlencode(query, errors='surrogatepass')}")
    assert answer.status_code < 500
    assert b"Traceback" not in answer.data
