"""A parcel's page: every group with age and source, what is unknown said in words, the same for machines."""

import re

import pytest
from sqlalchemy import text


@pytest.fixture(scope="module")
def numbers(sample_engine):
    with sample_engine.connect() as connection:
        return (
            connection.execute(text("select number from parcel where status <> 'withdrawn' order by number"))
            .scalars()
            .all()
        )


@pytest.fixture(scope="module")
def page(app, numbers):
    return app.test_client().get(f"/de/parcels/{numbers[0]}").text


def visible(page: str) -> str:
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL).split())


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_parcel_of_the_sample_has_a_page(app, numbers, lang):
    client = app.test_client()
    assert {client.get(f"/{lang}/parcels/{number}").status_code for number in numbers[::7]} == {200}


def test_the_page_says_where_the_parcel_lies(page):
    lead = re.search(r'<p class="lead">(.*?)</p>', page).group(1)
    assert re.search(r"\d,\d\u00a0km \w+lich (der|des) .+ \(A\u00a0\d+\)|direkt (an der|am) ", lead)


@pytest.mark.parametrize("title", ["Planungsrecht", "Grundstück", "Schutz und Risiken", "Verkehr und Versorgung"])
def test_every_group_has_an_age_and_a_source(page, title):
    group = re.search(rf"<h2[^>]*>{title}</h2>.*?</section>", page, re.DOTALL).group(0)
    assert re.search(r'class="age[^>]*>.*?(vor \d+|Stand|heute|unbestätigt|nie)', group, re.DOTALL)
    assert re.search(r"Quellen?: ", group)


def test_key_figures_are_never_blank(page):
    for value in re.findall(r'<dl class="key-figures.*?</dl>', page, re.DOTALL)[0].split("<dd>")[1:]:
        assert visible(value)


def test_facts_are_never_blank(app, numbers):
    client = app.test_client()
    for number in numbers[::40]:
        for value in re.findall(r"<dd>(.*?)</dd>", client.get(f"/de/parcels/{number}").text, re.DOTALL):
            assert visible(value), number


def test_constraints_nobody_checked_are_not_called_absent(page):
    risks = visible(re.search(r"Schutz und Risiken</h2>.*?</section>", page, re.DOTALL).group(0))
    assert "Bergbau nicht geprüft" in risks
    assert re.search(r"Hochwasser (keine|\d)", risks)


def test_a_parcel_in_a_flood_zone_says_how_much_of_it(client, sample_engine):
    query = text("select number from parcel where 'flood' = any(constraint_kinds) and status <> 'withdrawn' limit 1")
    with sample_engine.connect() as connection:
        number = connection.execute(query).scalar()
    risks = visible(client.get(f"/de/parcels/{number}").text)
    assert re.search(r"Hochwasser \d+,\d\d ha \d+,\d % der Fläche", risks.replace("\u00a0", " "))


def test_the_page_names_its_sources_with_licence(page):
    sources = re.search(r'id="sources".*?</section>', page, re.DOTALL).group(0)
    assert "CC0 1.0" in sources
    assert "ODbL" in sources
    assert "erfunden" in sources


def test_the_page_leads_to_area_neighbours_and_geojson(client, sample_engine):
    query = text(
        "select p.number, a.slug from parcel p join area a on a.id = p.area_id where a.slug = 'goldene-aue' limit 1"
    )
    with sample_engine.connect() as connection:
        number, slug = connection.execute(query).one()
    page = client.get(f"/en/parcels/{number}").text
    assert f'href="/en/areas/{slug}"' in page
    assert f'href="/en/parcels/{number}.geojson"' in page
    assert "Area and neighbours" in page


def test_geojson_tells_the_same_parcel(client, numbers):
    answer = client.get(f"/de/parcels/{numbers[0]}.geojson")
    assert answer.mimetype == "application/geo+json"
    assert answer.get_json(force=True)["properties"]["number"] == numbers[0]


def test_noise_values_are_orientation_not_promise(page):
    if "TA Lärm" in page:
        assert "maßgeblich ist die Genehmigung" in page


def test_the_page_links_only_to_what_exists(client, page):
    links = set(re.findall(r'href="(/(?:de|en)/[^"#]*)', page))
    assert {link: client.get(link.replace("&amp;", "&")).status_code for link in links} == dict.fromkeys(links, 200)
