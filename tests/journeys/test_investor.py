"""The investor's whole way: from the start page to the three parcels worth a visit, however they get about."""

import json
import re
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def matched(live_server, query):
    with urlopen(f"{live_server}/de/parcels.geojson?{query}") as answer:
        return json.load(answer)["numberMatched"]


def headline(page):
    return page.locator("#results-headline")


def test_with_the_mouse_from_the_start_page_to_a_parcel(page, live_server):
    page.goto(live_server)
    expect(page).to_have_url(re.compile(r"/de/"))
    page.get_by_role("navigation").get_by_role("link", name="Flächen suchen").click()
    everything = matched(live_server, "")
    expect(headline(page)).to_have_text(f"{everything} Flächen")

    page.get_by_role("textbox", name="Größe ab").fill("5")
    size = matched(live_server, "size_min_ha=5")
    expect(headline(page)).to_have_text(f"{size} Flächen")
    page.get_by_label(re.compile("^GI ")).check()
    expect(page).to_have_url(re.compile(r"zone=GI"))
    narrowed = matched(live_server, "size_min_ha=5&zone=GI")
    expect(headline(page)).to_have_text(f"{narrowed} Flächen")
    assert 0 < narrowed < size < everything

    page.go_back()
    expect(headline(page)).to_have_text(f"{size} Flächen")
    expect(page.get_by_label(re.compile("^GI "))).not_to_be_checked()
    page.go_forward()
    expect(headline(page)).to_have_text(f"{narrowed} Flächen")

    first = page.locator("#results li.card").first
    name = first.locator(".card-title").inner_text()
    first.locator(".card-title a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    for section in ("Planungsrecht", "Grundstück", "Verkehr und Versorgung", "Schutz und Risiken"):
        expect(page.get_by_role("heading", name=section)).to_be_visible()
    page.get_by_role("navigation", name=re.compile("Pfad|Brot|Sie sind hier", re.I)).get_by_role("link").first.click()
    expect(headline(page)).to_have_text(f"{narrowed} Flächen")


def test_the_address_is_the_whole_state(page, new_context, live_server):
    query = "size_min_ha=3&zone=GE&zone=GI&motorway_max_km=10&avoid=flood&sort=-price"
    page.goto(f"{live_server}/de/parcels?{query}")
    number = matched(live_server, query)
    expect(headline(page)).to_have_text(f"{number} Flächen")
    expect(page.get_by_role("textbox", name="Größe ab")).to_have_value("3")
    expect(page.get_by_label(re.compile("^GE "))).to_be_checked()
    expect(page.locator(".chip")).to_have_count(4)
    page.get_by_role("link", name=re.compile("Größe ab 3.* entfernen")).click()
    expect(page).not_to_have_url(re.compile("size_min_ha"))
    other = new_context().new_page()
    other.goto(page.url)
    expect(headline(other)).to_have_text(headline(page).inner_text())


def test_every_count_at_a_choice_is_what_choosing_it_shows(page, live_server):
    page.goto(f"{live_server}/de/parcels?size_min_ha=2")
    for label in ("GE", "GI", "MI"):
        count = page.locator(f'label[for="f-zone-{label}"] .check-count').inner_text()
        assert matched(live_server, f"size_min_ha=2&zone={label}") == int(count)


def test_by_keyboard_alone_from_the_search_to_a_parcel_and_back(page, live_server):
    page.goto(f"{live_server}/de/parcels")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zu den Ergebnissen")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator("#results li.card").nth(1)
    expect(second.locator(".card-title a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type("Erfurter Kreuz")
    page.keyboard.press("Enter")
    expect(headline(page)).to_have_text(f"{matched(live_server, 'q=Erfurter+Kreuz')} Flächen")
    page.locator("#results-region").focus()
    page.keyboard.press("ArrowDown")
    name = page.locator("#results li.card").first.locator(".card-title").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.go_back()
    expect(headline(page)).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"q": ["Erfurter Kreuz"]}


def test_every_focusable_thing_shows_its_focus_and_none_traps_it(page, live_server):
    page.goto(f"{live_server}/de/parcels?area=goldene-aue")
    seen = []
    for _ in range(120):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        if focus.count() == 0:
            break
        seen.append(
            focus.evaluate(
                "e => [e.tagName, e.id, e.className && String(e.className), getComputedStyle(e).outlineStyle]"
            )
        )
    else:
        pytest.fail("the tab order does not end")
    assert len(seen) > 20


def test_on_a_phone_list_and_map_take_turns(new_context, live_server):
    page = new_context(**PHONE).new_page()
    page.goto(f"{live_server}/de/parcels")
    cards = page.locator("#results li.card")
    expect(cards.first).to_be_visible()
    page.locator("#filters > summary").click()
    page.get_by_label(re.compile("^GI ")).check()
    expect(page).to_have_url(re.compile("zone=GI"))
    page.locator("#filters > summary").click()
    page.get_by_role("button", name="Karte", exact=True).click()
    expect(page.locator("[data-map-frame]")).to_be_visible()
    expect(cards.first).not_to_be_visible()
    page.get_by_role("button", name="Liste", exact=True).click()
    cards.first.locator(".card-title a").click()
    expect(page.get_by_role("heading", name="Planungsrecht")).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        "/de/",
        "/de/parcels",
        "/de/areas",
        "/de/areas/goldene-aue",
        "/en/parcels/TH-00001",
        "/de/parcels/TH-00001?profile=food",
        "/de/parcels?profile=logistics",
        "/de/open-data",
    ],
)
@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_is_wider_than_its_window(new_context, live_server, path, width):
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(live_server + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_the_form_and_the_list_do_the_job(new_context, live_server):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server}/de/parcels")
    page.get_by_role("textbox", name="Größe ab").fill("5")
    page.get_by_label(re.compile("^GI ")).check()
    page.get_by_role("button", name="Flächen zeigen").click()
    expect(headline(page)).to_have_text(f"{matched(live_server, 'size_min_ha=5&zone=GI')} Flächen")
    page.locator("#results li.card .card-title a").first.click()
    expect(page.get_by_role("heading", name="Planungsrecht")).to_be_visible()


def test_an_empty_result_says_what_to_do_next(page, live_server):
    page.goto(f"{live_server}/de/parcels?size_min_ha=5000")
    expect(headline(page)).to_contain_text("Keine Fläche")
    page.get_by_role("link", name=re.compile("Anwenden")).first.click()
    expect(page.locator("#results li.card").first).to_be_visible()


def test_a_wrong_number_is_told_at_its_field_and_keeps_what_was_typed(page, live_server):
    page.goto(f"{live_server}/de/parcels")
    page.get_by_role("textbox", name="Größe ab").fill("acht")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Größe ab")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("acht")
    expect(page.get_by_text("Bitte eine Zahl eingeben, zum Beispiel 8 oder 8,5.").first).to_be_visible()
    field.fill("8")
    expect(page.locator("#results li.card").first).to_be_visible()


def test_the_language_changes_and_the_search_stays(page, live_server):
    page.goto(f"{live_server}/de/parcels?size_min_ha=5&zone=GI")
    page.get_by_role("link", name=re.compile("EN|English")).first.click()
    expect(page).to_have_url(re.compile(r"/en/parcels\?size_min_ha=5&zone=GI"))
    expect(headline(page)).to_have_text(f"{matched(live_server, 'size_min_ha=5&zone=GI')} sites")


def test_the_section_the_map_shows_becomes_a_condition(page, live_server):
    page.goto(f"{live_server}/de/parcels#11/50.912/10.583")
    page.locator("[data-group=bbox] > summary").click()
    page.get_by_role("button", name="Gezeigten Ausschnitt übernehmen").click()
    expect(page).to_have_url(re.compile(r"bbox=10\.\d+,50\.\d+,10\.\d+,5[01]\.\d+"))
    expect(headline(page)).to_have_text(f"{matched(live_server, urlsplit(page.url).query)} Flächen")
    assert matched(live_server, "") > int(headline(page).inner_text().split()[0]) > 0


def test_sites_are_ranked_for_a_firm_by_mouse_and_keys_and_the_address_says_how(page, live_server):
    page.goto(f"{live_server}/de/parcels")
    page.get_by_label(re.compile("^GI ")).check()
    expect(page).to_have_url(re.compile(r"\?zone=GI$"))
    page.get_by_role("link", name="Logistik", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?zone=GI&profile=logistics$"))
    page.get_by_text("Gewichte", exact=True).click()
    slider = page.get_by_role("slider", name="Größe", exact=True)
    slider.focus()
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(page.locator("output[for=f-w_size]")).to_have_text("7")
    expect(page).to_have_url(re.compile(r"profile=logistics&w_size=7$"))
    expect(slider).to_be_focused()
    page.locator("summary", has_text="Was wegfällt").click()
    page.locator("#f-must-size").select_option("size:8")
    expect(page).to_have_url(re.compile(r"w_size=7&must=size:8&must=night:60$"))
    expect(page.get_by_role("listitem").filter(has_text="Fällt weg: Größe nur").first).to_be_visible()
    page.get_by_role("link", name="Wie vorgeschlagen").click()
    expect(page).to_have_url(re.compile(r"\?zone=GI&profile=logistics$"))
    page.locator(".card-title a").first.click()
    expect(page.get_by_role("heading", name="Eignung: Logistik")).to_be_visible()


def test_without_javascript_a_profile_is_chosen_and_moved_by_links_and_the_form(new_context, live_server):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server}/en/parcels?profile=crafts&w_price=9")
    page.get_by_text("What drops out", exact=True).first.click()
    page.locator("#f-must-size").select_option("size:2")
    page.get_by_role("button", name="Show sites").click()
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["profile"], asked["w_price"]) == (["crafts"], ["9"])
    assert {"none", "size:2", "plan:adopted"} == set(asked["must"])
    expect(page.locator(".ranked-line")).to_contain_text("Size at least 2 ha")
