"""Every address of the portal × every role × inside and outside the scope.

An address is either public or in the table of what it asks for; a new one that is in neither fails the walk. Extend the
table by a line: the endpoint and the action that `services.permissions` lists for it. What an address names in its path
(a parcel, an account, a delivery …) is made once inside the actor's scope and once outside.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import read_settings
from landportal.model import ApiToken, ContextLayer, Delivery, LayerUpload, ParcelDocument, Proposal, Role, SavedMapping
from landportal.services.permissions import MAY, Action
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in

PUBLIC = {
    *("static", "pages.any_language", "pages.start", "pages.accessibility", "pages.imprint", "pages.privacy"),
    *("catalogue.open_data", "catalogue.robots", "catalogue.index", "catalogue.part", "catalogue.dcat"),
    *("catalogue.atom", "catalogue.json", "search.show", "search.geojson", "parcels.show", "parcels.geojson"),
    *("parcels.reached_from", "parcels.potential_pieces"),
    *("tiles.published", "overlays.listed"),  # Of the layers that whoever asks may see.
    *("planning.balance", "planning.balance_parcels", "planning.balance_file", "planning.area_profile"),
    *("areas.index", "areas.show", "tiles.tile", "planning.show", "planning.exports"),
    *("planning.export", "planning.export_record"),  # Public land; tests of exports say who sees the other.
    *("operations.alive", "operations.ready", "operations.metrics"),
    *("ogc_api.landing", "ogc_api.landing_slash", "ogc_api.conformance", "ogc_api.functions", "ogc_api.openapi"),
    *("ogc_api.collections", "ogc_api.collection", "ogc_api.schema", "ogc_api.queryables", "ogc_api.sortables"),
    *("ogc_api.items", "ogc_api.item", "ogc_api.tilesets", "ogc_api.tileset", "ogc_api.tile"),
    *("ogc_api.items_options", "ogc_api.item_options"),
    *("ogc_api.tile_matrix_sets", "ogc_api.tile_matrix_set"),
    *("accounts.login", "accounts.check_password", "accounts.code", "accounts.check_code", "accounts.logout"),
    *("accounts.forgotten", "accounts.send_link", "accounts.link_sent"),
    *("accounts.choose_password", "accounts.set_password"),  # The link says who may.
    *("freshness.index", "freshness.as_csv", "freshness.as_json"),
    *("freshness.confirm", "freshness.confirm_ticked"),  # The link says who may.
    "documents.file",  # Public documents; tests of documents say who sees the others.
}

ANYBODY_SIGNED_IN = None

TABLE: dict[str, Action | None] = {
    "accounts.show": ANYBODY_SIGNED_IN,
    "accounts.save": ANYBODY_SIGNED_IN,
    "accounts.change": ANYBODY_SIGNED_IN,
    "accounts.save_change": ANYBODY_SIGNED_IN,
    "accounts.second_factor": ANYBODY_SIGNED_IN,
    "accounts.set_up": ANYBODY_SIGNED_IN,
    "accounts.new_codes": ANYBODY_SIGNED_IN,
    "accounts.remove": ANYBODY_SIGNED_IN,
    "accounts.sign_out_everywhere": ANYBODY_SIGNED_IN,
    "accounts.tokens": ANYBODY_SIGNED_IN,
    "accounts.make_token": ANYBODY_SIGNED_IN,
    "accounts.revoke_token": ANYBODY_SIGNED_IN,
    "organisation.index": Action.MANAGE_ACCOUNTS,
    "organisation.show": Action.MANAGE_ACCOUNTS,
    "organisation.settle": Action.MANAGE_ACCOUNTS,
    "organisation.invite": Action.MANAGE_ACCOUNTS,
    "organisation.send_invitation": Action.MANAGE_ACCOUNTS,
    "organisation.account": Action.MANAGE_ACCOUNTS,
    "organisation.take_step": Action.MANAGE_ACCOUNTS,
    "organisation.move": Action.MANAGE_ACCOUNTS,
    "organisation.change_roles": Action.MANAGE_ACCOUNTS,
    "organisation.log": Action.MANAGE_ACCOUNTS,
    "organisation.new": Action.MANAGE_ACCOUNTS,
    "organisation.create": Action.MANAGE_ACCOUNTS,
    "organisation.portal": Action.MANAGE_ACCOUNTS,
    "desk.show": Action.SEE_DESK,
    "desk.parcel": Action.SEE_DESK,
    "desk.proposals": Action.SEE_DESK,
    "desk.proposal": Action.SEE_DESK,
    "desk.decide": Action.APPROVE,
    "desk.take_back": Action.EDIT,
    "desk.chosen": Action.CONFIRM,
    "desk.many_dates": Action.EDIT,
    "desk.many_status": Action.EDIT,
    "desk.undo": Action.EDIT,
    "desk.confirm": Action.CONFIRM,
    "desk.edit": Action.EDIT,
    "desk.status": Action.EDIT,
    "desk.history": Action.SEE_HISTORY,
    "desk.restore": Action.EDIT,
    "documents.desk": Action.EDIT,
    "documents.take_down": Action.EDIT,
    "documents.publish": Action.EDIT,
    "shapes.new": Action.EDIT,
    "shapes.shape": Action.EDIT,
    "shapes.split": Action.EDIT,
    "shapes.merge": Action.EDIT,
    "shapes.check": Action.EDIT,
    "shapes.neighbours": Action.EDIT,
    "deliveries.index": Action.IMPORT,
    "deliveries.upload": Action.IMPORT,
    "deliveries.step": Action.IMPORT,
    "deliveries.apply": Action.IMPORT,
    "deliveries.decide": Action.APPROVE,
    "deliveries.discard": Action.IMPORT,
    "deliveries.preview": Action.IMPORT,
    "deliveries.progress": Action.IMPORT,
    "deliveries.progress_json": Action.IMPORT,
    "deliveries.rejected_rows": Action.IMPORT,
    "deliveries.result": Action.IMPORT,
    "deliveries.shapes": Action.IMPORT,
    "deliveries.understand": Action.IMPORT,
    "deliveries.choose": Action.IMPORT,
    "deliveries.undo": Action.IMPORT,
    "deliveries.kept_mappings": Action.IMPORT,
    "deliveries.delete_mapping": Action.IMPORT,
    "deliveries.workbook": Action.EXPORT,
    "ogc_api.create": Action.EDIT,
    "ogc_api.replace": Action.EDIT,
    "ogc_api.update": Action.EDIT,
    "ogc_api.withdraw": Action.EDIT,
    "planning.distances": Action.SET_DISTANCES,
    "planning.set_distance": Action.SET_DISTANCES,
    "planning.layers": Action.PUBLISH_LAYERS,
    "planning.new_layer": Action.PUBLISH_LAYERS,
    "planning.upload_layer": Action.PUBLISH_LAYERS,
    "planning.layer_upload": Action.PUBLISH_LAYERS,
    "planning.settle_upload": Action.PUBLISH_LAYERS,
    "planning.layer_progress": Action.PUBLISH_LAYERS,
    "planning.layer_shapes": Action.PUBLISH_LAYERS,
    "planning.ask_take_down": Action.PUBLISH_LAYERS,
    "planning.take_down": Action.PUBLISH_LAYERS,
}

REFUSED_TO_SOME = {
    "accounts.remove": {Role.ADMINISTRATOR},  # Administrators need their second factor.
    "organisation.portal": set(Role),  # Nobody of an organisation manages the whole portal.
    "desk.take_back": set(Role),  # Only whoever proposed it takes it back.
}
"""Addresses that refuse a role beyond what the table of permissions says, and why."""

BODY = {
    "organisation.move": lambda things: {"organisation": str(things.organisation_id)},
    "desk.chosen": lambda things: {"parcel": things.number},
    "desk.many_dates": lambda things: {"parcel": things.number},
    "desk.many_status": lambda things: {"parcel": things.number},
}
"""What a form has to bring so that its address gets as far as asking whose the thing is."""

TELLS_INSTEAD = {"desk.confirm", "desk.chosen", "desk.many_dates", "desk.many_status"}
"""Addresses for several things at once: they say which were not one's own and leave those alone."""

SIGNS_OUT = {"accounts.sign_out_everywhere"}

NO_FILE = {"deliveries.rejected_rows", "accounts.revoke_token"}
"""Addresses that want a file, or a token of one's own, the walk does not bring: 404 inside the scope too."""

NO_THING = {"lang", "step", "version", "collection"}
"""What an address may name without naming a thing somebody keeps."""

INSIDE, OUTSIDE = "16067089", "16067072"


@dataclass
class Things:
    """One of everything an address can name, all kept by one municipality."""

    number: str
    organisation_id: int
    account_id: int
    document_id: int
    proposal_id: int
    delivery_id: int
    mapping_id: int
    token_id: int
    upload_id: int
    name: str
    version: int = 1
    lang: str = "en"
    step: str = "disable"
    collection: str = "parcels"

    @property
    def feature(self) -> str:
        return self.number


@dataclass
class World:
    """The application and the owner's view of its database."""

    app: Any
    owner: Any
    land: Land | None = None

    def make(self, ags: str) -> Things:
        with db.transaction(self.owner) as session:
            made = _things(session, self.land, ags)
        with db.transaction(self.owner) as session:
            # A second version, so that the first can be restored.
            session.execute(text("update parcel set name_de = 'x' where number = :n"), {"n": made.number})
        return made

    def actor(self, *roles: str, **facts: Any):
        factor = {"tf_primary_method": "authenticator", "tf_totp_secret": "x"} if "administrator" in roles else {}
        with db.transaction(self.owner) as session:
            return add_account(session, *roles, **{"ags": INSIDE, "password": "x", **factor, **facts})

    def state(self, things: Things) -> tuple[Any, ...]:
        """What nobody without permission may have changed."""
        with db.reading(self.owner) as session:
            return tuple(session.execute(STATE, {**vars(things)}).one())


STATE = text(
    """
    select p.version, p.confirmed_at, a.active, a.role_names, a.fs_uniquifier, a.organisation_id, o.name, o.four_eyes,
        d.removed_at, r.state, i.state, (select count(*) from saved_mapping where id = :mapping_id),
        (select revoked_at from api_token where id = :token_id),
        (select state from layer_upload where id = :upload_id), (select count(*) from context_layer where name = :name)
    from parcel p, account a, organisation o, parcel_document d, proposal r, delivery i
    where p.number = :number and a.id = :account_id and o.id = :organisation_id and d.id = :document_id
        and r.id = :proposal_id and i.id = :delivery_id
    """
)


def _things(session: Session, land: Land, ags: str) -> Things:
    land.session = session
    keeper = add_account(session, "officer", ags=ags, password="x")
    number = f"W-{uuid.uuid4().hex[:8]}"
    parcel = land.parcel(number, east_km=1 if ags == INSIDE else 21)
    home = keeper.organisation_id
    document = ParcelDocument(
        parcel_id=parcel.id, kind="plan", title="Plan", file_name="plan.pdf", media_type="application/pdf",
        size_bytes=1, sha256="0" * 64, content=b"x",
    )  # fmt: skip
    proposal = Proposal(
        parcel_id=parcel.id, base_version=2, account_id=keeper.id, content={"values": {"name_de": "neu"}}
    )
    delivery = Delivery(
        organisation_id=home, account_id=keeper.id, file_name="x.csv", file_sha256="0" * 64, file_bytes=1, stored_as="x"
    )
    mapping = SavedMapping(organisation_id=home, columns_sha256=uuid.uuid4().hex * 2, name="x", options={})
    token = ApiToken(account_id=keeper.id, name="x", scope="write", prefix="lp_x", sha256=uuid.uuid4().hex * 2)
    upload = LayerUpload(
        organisation_id=home, account_id=keeper.id, file_name="x.csv", file_bytes=1, stored_as="x", state="refused"
    )
    layer = ContextLayer(
        name=f"w-{uuid.uuid4().hex[:8]}", title_de="W", title_en="W", licence="CC0", attribution="Tests",
        source_file="x.csv", srid=25832, geometry_kind="none", fields=[], kept_by_id=home,
    )  # fmt: skip
    session.add_all([document, proposal, delivery, mapping, token, upload, layer])
    session.flush()
    return Things(
        number, home, keeper.id, document.id, proposal.id, delivery.id, mapping.id, token.id, upload.id, layer.name
    )


@pytest.fixture(scope="module")
def world(clone):
    url = clone("empty")
    settings = read_settings(
        {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    )
    owner = db.connect(url, settings)
    with db.transaction(owner) as session:
        land = Land(session)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False  # Forged forms are refused before anybody is asked for a role.
    yield World(app, owner, land)
    app.extensions["landportal"].engine.dispose()
    owner.dispose()


def _rules(app) -> list[tuple[Any, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint in TABLE
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def _names_a_thing(rule: Any) -> bool:
    return bool(rule.arguments - NO_THING) or rule.endpoint in BODY


def _ask(client: Any, rule: Any, method: str, things: Things) -> Any:
    values = {name: getattr(things, name) for name in rule.arguments}
    with client.application.test_request_context():
        address = client.application.url_for(rule.endpoint, **values)
    body = BODY.get(rule.endpoint, lambda _things: {})(things)
    return client.open(address, method=method, **({"data": body} if method == "POST" else {"query_string": body}))


def _leads_to_sign_in(answer: Any) -> bool:
    return answer.status_code == 401 or (answer.status_code == 303 and "/login" in answer.location)


def _verdict(answer: Any) -> str:
    if _leads_to_sign_in(answer):
        return "sign in"
    if answer.status_code >= 500:
        return f"broken ({answer.status_code})"
    return {403: "refused", 404: "not found"}.get(answer.status_code, "let in")


def test_every_address_is_public_or_in_the_table(world):
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert endpoints - PUBLIC - set(TABLE) == set(), "say in the table which action this address needs"
    assert set(TABLE) - endpoints == set(), "the table names addresses that do not exist"


def test_nothing_below_the_desk_is_public(world):
    below = {rule.endpoint for rule in world.app.url_map.iter_rules() if "/desk" in rule.rule}
    assert below & PUBLIC == set()


@pytest.mark.parametrize("endpoint", TABLE)
def test_who_is_let_in(world, endpoint):
    """Signed out: to the sign-in page. Without the role: 403. Outside the scope: 403 or 404, and nothing is changed."""
    asked = [(rule, method) for rule, method in _rules(world.app) if rule.endpoint == endpoint]
    for rule, method in asked:
        inside = world.make(INSIDE)
        before = world.state(inside)
        assert _verdict(_ask(world.app.test_client(), rule, method, inside)) == "sign in"
        assert world.state(inside) == before
        for role in Role:
            _walk(world, rule, method, role)


def _walk(world: World, rule: Any, method: str, role: Role) -> None:
    client = signed_in(world.app, world.actor(role))
    if _names_a_thing(rule):
        outside = world.make(OUTSIDE)
        before = world.state(outside)
        verdict = _verdict(_ask(client, rule, method, outside))
        told = {"let in"} if rule.endpoint in TELLS_INSTEAD else set()
        assert verdict in {"refused", "not found"} | told, (method, role, "outside")
        assert world.state(outside) == before, (method, role)
    inside = world.make(INSIDE)
    before = world.state(inside)
    verdict = _verdict(_ask(client, rule, method, inside))
    assert verdict == _expected(rule.endpoint, role), (method, role, "inside")
    if verdict == "refused":
        assert world.state(inside) == before, (method, role)


def _expected(endpoint: str, role: Role) -> str:
    action = TABLE[endpoint]
    if (action is not None and role not in MAY[action]) or role in REFUSED_TO_SOME.get(endpoint, set()):
        return "refused"
    if endpoint in SIGNS_OUT:
        return "sign in"
    return "not found" if endpoint in NO_FILE else "let in"


@pytest.mark.parametrize("facts", [{"active": False}, {"tf_totp_secret": None, "role": "administrator"}])
def test_a_disabled_account_and_an_administrator_without_second_factor_reach_nothing(world, facts):
    role = facts.get("role", "approver")
    own = {endpoint for endpoint in TABLE if TABLE[endpoint] is ANYBODY_SIGNED_IN}
    things = world.make(INSIDE)
    actor = world.actor(role, **{name: value for name, value in facts.items() if name != "role"})
    for rule, method in _rules(world.app):
        if rule.endpoint in own:
            continue
        answer = _ask(signed_in(world.app, actor), rule, method, things)
        leads = answer.status_code == 401 or (
            answer.status_code == 303 and ("/login" in answer.location or "/second-factor" in answer.location)
        )
        assert leads, (rule.endpoint, method, answer.status_code)
