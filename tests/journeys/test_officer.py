"""The officer's month: confirm, change a status, meet a colleague's change, bring an older state back."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_demo import desk_demo
from tests.journeys.test_accessibility import violations

OFFICER, COLLEAGUE = "officer@gotha.example", "approver@gotha.example"


@pytest.fixture(scope="module")
def demo(start_server, clone, tmp_path_factory):
    with desk_demo(start_server, clone, tmp_path_factory.mktemp("instance")) as demo:
        yield demo


@pytest.fixture
def desk(page, demo):
    demo.sign_in(page, OFFICER)
    page.goto(f"{demo.address}/en/desk/")
    return page


def toast(page):
    return page.locator("[data-toast]")


def test_two_sites_are_confirmed_from_the_list(desk, demo):
    boxes = desk.locator('#results input[name="parcel"]')
    numbers = [boxes.nth(place).get_attribute("value") for place in (0, 1)]
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(desk.locator("[data-chosen-count]")).to_have_text("2 chosen")
    desk.get_by_role("button", name="Still true").click()
    expect(toast(desk)).to_contain_text("2 sites confirmed")
    for number in numbers:
        assert demo.ask("select confirmed_at > now() - interval '5 minutes' from parcel where number = :n", n=number)


def test_a_status_is_changed_in_the_panel_and_taken_back(desk, demo):
    number = demo.number_of("available")
    desk.locator(f'tr[data-number="{number}"] a[data-panel]').click()
    panel = desk.locator(".status-panel")
    expect(panel.get_by_role("heading", name="Change status")).to_be_focused()
    panel.get_by_label("sold").check()
    panel.get_by_label("Reason").fill("Contract notarised")
    panel.get_by_role("button", name="Save as sold").click()
    expect(toast(desk)).to_contain_text("Status saved: sold")
    assert demo.ask("select status from parcel where number = :n", n=number) == "sold"
    toast(desk).get_by_role("button", name="Undo").click()
    expect(toast(desk)).to_contain_text("Taken back")
    assert demo.ask("select status from parcel where number = :n", n=number) == "available"


def test_escape_closes_the_panel_and_the_focus_goes_back(desk, demo):
    link = desk.locator(f'tr[data-number="{demo.number_of("available")}"] a[data-panel]')
    link.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator(".status-panel")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator(".status-panel")).to_have_count(0)
    expect(link).to_be_focused()


def test_withdrawing_is_asked_once_more_and_the_safe_answer_has_the_focus(desk, demo):
    number = demo.number_of("available")
    desk.goto(f"{demo.address}/en/desk/parcels/{number}/status")
    desk.get_by_label("withdrawn").check()
    desk.get_by_label("Reason").fill("Forest")
    desk.get_by_role("button", name="Save as withdrawn").click()
    expect(desk.get_by_role("button", name="Keep it")).to_be_focused()
    desk.keyboard.press("Enter")
    assert demo.ask("select status from parcel where number = :n", n=number) == "available"


def test_two_officers_at_once_meet_side_by_side(desk, demo, new_context):
    number = demo.number_of("available")
    address = f"{demo.address}/en/desk/parcels/{number}/edit"
    desk.goto(address)
    colleague = demo.sign_in(new_context().new_page(), COLLEAGUE)
    colleague.goto(address)
    colleague.locator("#f-price_eur_m2").fill("24")
    colleague.get_by_role("button", name="Save changes").click()
    expect(toast(colleague)).to_contain_text("Changes saved")
    desk.locator("#f-price_eur_m2").fill("22.80")
    desk.locator("#f-power_source").fill("Grid operator, 12 November")
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.get_by_role("heading", name="Two changes at once")).to_be_visible()
    price = desk.get_by_role("row", name=re.compile("^Price"))
    expect(price).to_contain_text("€24.00/m²")
    expect(price).to_contain_text("€22.80/m²")
    assert violations(desk) == []
    price.get_by_label("stored").check()
    desk.get_by_role("button", name="Save my choice").click()
    expect(toast(desk)).to_contain_text("Changes saved")
    stored = "select price_eur_m2 || ' ' || power_source from parcel where number = :n"
    assert demo.ask(stored, n=number) == "24.00 Grid operator, 12 November"


def test_an_older_state_comes_back_from_the_history(desk, demo):
    number = demo.number_of("preparing")
    desk.goto(f"{demo.address}/en/desk/parcels/{number}/edit")
    before = desk.locator("#f-name_de").input_value()
    desk.locator("#f-name_de").fill("Falscher Name")
    desk.get_by_role("button", name="Save changes").click()
    desk.goto(f"{demo.address}/en/desk/parcels/{number}/history")
    desk.get_by_role("link", name="Restore Version 1").click()
    desk.get_by_label("Reason").fill("Typing error")
    desk.get_by_role("button", name="Restore").click()
    expect(toast(desk)).to_contain_text("version 1 holds again")
    expect(desk.locator(".version").first).to_contain_text("Typing error")
    assert demo.ask("select name_de from parcel where number = :n", n=number) == before


def test_what_is_wrong_is_told_at_its_field_and_the_summary_takes_the_focus(desk, demo):
    desk.goto(f"{demo.address}/en/desk/parcels/{demo.number_of('available')}/edit")
    desk.locator("#f-grz").fill("2")
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.locator("[data-error-summary]")).to_be_focused()
    expect(desk.locator("#f-grz-problem")).to_contain_text("must be 0–1")
    assert violations(desk) == []


def test_everything_works_without_script(new_context, demo):
    page = demo.sign_in(new_context(java_script_enabled=False).new_page(), OFFICER)
    page.goto(f"{demo.address}/en/desk/")
    number = page.locator('#results input[name="parcel"]').nth(3).get_attribute("value")
    page.locator('#results input[name="parcel"]').nth(3).check()
    page.get_by_role("button", name="Change status").click()
    version = demo.ask("select version from parcel where number = :n", n=number)
    page.locator('input[name="status"]').first.check()
    page.get_by_label("Reason").fill("Agreed")
    if page.get_by_label("Until").is_visible():
        page.get_by_label("Until").fill("2099-01-01")
    page.locator(".status-form button[type=submit]").click()
    expect(toast(page)).to_contain_text("Status saved")
    assert demo.ask("select version from parcel where number = :n", n=number) == version + 1


@pytest.mark.parametrize("lang", ["de", "en"])
def test_axe_finds_nothing_on_the_pages_of_the_desk(page, demo, lang):
    demo.sign_in(page, OFFICER, lang)
    number = demo.number_of("available")
    paths = [
        "", "?zone=XX", "?q=nowhere", "changes", f"parcels/{number}", f"parcels/{number}/edit",
        f"parcels/{number}/status", f"parcels/{number}/history", f"chosen/status?parcel={number}",
        f"chosen/dates?parcel={number}",
    ]  # fmt: skip
    for path in paths:
        page.goto(f"{demo.address}/{lang}/desk/{path}")
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}])
def test_axe_finds_nothing_in_the_dark_and_on_the_phone(new_context, demo, options):
    page = demo.sign_in(new_context(**options).new_page(), OFFICER)
    for path in ("", f"parcels/{demo.number_of('available')}", f"parcels/{demo.number_of('available')}/edit"):
        page.goto(f"{demo.address}/en/desk/{path}")
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
