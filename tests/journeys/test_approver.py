"""The approver's way: where an organisation wants four eyes, a change waits until somebody else has seen it."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_demo import desk_demo
from tests.journeys.test_accessibility import violations


@pytest.fixture(scope="module")
def demo(start_server, clone, tmp_path_factory):
    with desk_demo(start_server, clone, tmp_path_factory.mktemp("instance")) as demo:
        with demo.engine.begin() as connection:
            connection.exec_driver_sql("update organisation set four_eyes = true where ags = '16067'")
        yield demo


def propose(page, demo, number, price):
    page.goto(f"{demo.address}/en/desk/parcels/{number}/edit")
    page.locator("#f-price_eur_m2").fill(price)
    page.locator("#f-reason").fill("Council decision")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("[data-toast]")).to_contain_text("Your changes wait for approval")


def test_a_change_waits_is_compared_and_accepted(page, demo, new_context):
    number = demo.number_of("available")
    before = demo.ask("select price_eur_m2 from parcel where number = :n", n=number)
    officer = demo.sign_in(new_context().new_page(), "officer@gotha.example")
    propose(officer, demo, number, "31.50")
    assert demo.ask("select price_eur_m2 from parcel where number = :n", n=number) == before

    demo.sign_in(page, "approver@gotha.example")
    page.goto(f"{demo.address}/en/desk/")
    page.get_by_role("link", name=re.compile("^Compare")).click()
    expect(page.get_by_role("heading", name="Waiting changes")).to_be_visible()
    assert violations(page) == []
    page.locator("main table a").first.click()
    expect(page.get_by_role("row", name=re.compile("^Price"))).to_contain_text("€31.50/m²")
    assert violations(page) == []
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("[data-toast]")).to_contain_text("Accepted")
    assert str(demo.ask("select price_eur_m2 from parcel where number = :n", n=number)) == "31.50"
    page.goto(f"{demo.address}/en/desk/parcels/{number}/history")
    expect(page.locator(".version").first).to_contain_text("approved by")
    expect(page.locator(".version").first).to_contain_text("Council decision")


def test_a_change_is_sent_back_with_a_word_and_the_officer_reads_it(page, demo, new_context):
    officer = demo.sign_in(new_context().new_page(), "officer@gotha.example")
    propose(officer, demo, demo.number_of("preparing"), "9")
    demo.sign_in(page, "approver@gotha.example")
    page.goto(f"{demo.address}/en/desk/changes")
    page.locator("main table a").first.click()
    page.get_by_role("button", name="Send back").click()
    expect(page.locator("#f-comment-problem")).to_be_visible()
    page.get_by_label("Comment").fill("Please with the appraisal")
    page.get_by_role("button", name="Send back").click()
    expect(page.locator("[data-toast]")).to_contain_text("Sent back")
    officer.goto(f"{demo.address}/en/desk/changes")
    expect(officer.get_by_text("Please with the appraisal")).to_be_visible()


def test_nobody_approves_their_own_change(page, demo):
    demo.sign_in(page, "approver@gotha.example")
    propose(page, demo, demo.number_of("available"), "7")
    page.goto(f"{demo.address}/en/desk/changes")
    page.locator("main table a").first.click()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("[data-toast]")).to_contain_text("Taken back")
