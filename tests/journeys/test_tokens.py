"""An officer makes a token by keyboard, a program writes with it, and it is revoked again."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_demo import desk_demo
from tests.journeys.test_accessibility import violations

OFFICER = "officer@gotha.example"
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture(scope="module")
def demo(start_server, clone, tmp_path_factory):
    with desk_demo(start_server, clone, tmp_path_factory.mktemp("instance")) as demo:
        yield demo


def test_from_the_token_to_the_change_and_to_its_end(page, demo):
    demo.sign_in(page, OFFICER)
    page.get_by_role("link", name="My account").first.click()
    page.get_by_role("link", name="Manage API tokens").click()
    page.get_by_label("Name").fill("QGIS")
    page.get_by_label("read and write").check()
    page.keyboard.press("Enter")

    made = page.locator("[data-token-made]")
    expect(made).to_be_focused()
    token = page.get_by_label("Token", exact=True).input_value()
    page.keyboard.press("Tab")
    marked = page.evaluate("(() => { const f = document.activeElement; return f.selectionEnd - f.selectionStart; })()")
    assert marked == len(token) > 40
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(made.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == token

    program = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    first = page.request.get(f"{demo.address}/api/collections/my-parcels/items?limit=1", headers=program).json()
    site = f"{demo.address}/api/collections/my-parcels/items/{first['features'][0]['id']}"
    version = page.request.get(site, headers=program).headers["etag"]
    body = '{"properties": {"plan_name": "Nr. 12"}}'
    answer = page.request.patch(site, headers={**program, **PATCH, "If-Match": version}, data=body)
    assert (answer.status, answer.json()["properties"]["plan_name"]) == (200, "Nr. 12")
    assert page.request.patch(site, headers={**program, **PATCH, "If-Match": version}, data=body).status == 412

    page.goto(f"{demo.address}/en/desk/account/tokens")
    page.get_by_role("button", name=re.compile("Revoke QGIS")).click()
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    assert page.request.get(site, headers=program).status == 401


@pytest.mark.parametrize(
    ("lang", "options"), [("en", {}), ("de", {"color_scheme": "dark", "viewport": {"width": 390, "height": 800}})]
)
def test_axe_finds_nothing_where_tokens_are_made(new_context, demo, lang, options):
    page = new_context(**options).new_page()
    demo.sign_in(page, OFFICER, lang)
    page.goto(f"{demo.address}/{lang}/desk/account/tokens")
    assert violations(page) == []
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.locator("#name").fill("QGIS")
    page.keyboard.press("Enter")
    expect(page.locator("[data-token-made]")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_token_is_made_and_revoked_without_script(new_context, demo):
    page = new_context(java_script_enabled=False).new_page()
    demo.sign_in(page, OFFICER)
    page.goto(f"{demo.address}/en/desk/account/tokens")
    page.get_by_label("Name").fill("ohne Skript")
    page.get_by_role("button", name="Make token").click()
    expect(page.locator("#token")).to_have_value(re.compile("lp_[0-9a-f]{48}"))
    page.get_by_role("button", name=re.compile("Revoke ohne Skript")).click()
    expect(page.get_by_role("rowheader", name="ohne Skript")).to_have_count(0)
