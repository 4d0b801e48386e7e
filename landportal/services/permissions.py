"""Who may do what, and where: one table of actions and roles, one rule of scope.

Every statement on parcels for visitors starts from `visible_to_public`, every one for officers from `within_scope`,
so that no list, tile or export can forget it. The database holds the same line below (row-level security, migration
0012); this module gives the reasons before it has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, false, or_, true

from landportal.errors import NotAllowed
from landportal.model import Account, Organisation, OrganisationKind, Parcel, ParcelStatus, Role


class Action(StrEnum):
    """What somebody who is signed in may want to do."""

    SEE_DESK = "see_desk"
    SEE_HISTORY = "see_history"
    EXPORT = "export"
    CONFIRM = "confirm"
    EDIT = "edit"
    """Attributes, status, geometry, split, merge, documents, restoring an older state."""
    IMPORT = "import"
    APPROVE = "approve"
    PUBLISH_LAYERS = "publish_layers"
    """Context layers the own organisation keeps, for everybody or for its own accounts; see `require_keeping`."""
    SET_DISTANCES = "set_distances"
    """Distances that buildings keep; general ones by the state alone, see `enrichment.settings`."""
    MANAGE_ACCOUNTS = "manage_accounts"
    """Accounts and organisations inside the scope, and their audit log."""


_KEEPERS = frozenset({Role.OFFICER, Role.APPROVER})

MAY: dict[Action, frozenset[Role]] = {
    Action.SEE_DESK: _KEEPERS | {Role.PLANNER},
    Action.SEE_HISTORY: _KEEPERS | {Role.PLANNER},
    Action.EXPORT: _KEEPERS | {Role.PLANNER},
    Action.CONFIRM: _KEEPERS,
    Action.EDIT: _KEEPERS,
    Action.IMPORT: _KEEPERS,
    Action.APPROVE: frozenset({Role.APPROVER}),
    Action.PUBLISH_LAYERS: frozenset({Role.PLANNER, Role.ADMINISTRATOR}),
    Action.SET_DISTANCES: frozenset({Role.PLANNER, Role.ADMINISTRATOR}),
    Action.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
}
"""The roles that may do each thing, inside their scope."""


@dataclass(frozen=True)
class Scope:
    """The land an organisation keeps: every parcel whose municipality's key begins with `ags`, or those of an area."""

    ags: str | None = None
    area_id: int | None = None

    def holds(self, municipality_ags: str | None, area_id: int | None) -> bool:
        """Whether land of this municipality and area lies inside."""
        by_place = self.ags is not None and (municipality_ags or "").startswith(self.ags) and bool(municipality_ags)
        return by_place or (self.area_id is not None and self.area_id == area_id)


@dataclass(frozen=True)
class Actor:
    """Somebody who is signed in, as read at the beginning of this request."""

    account_id: int
    name: str
    roles: frozenset[Role]
    scope: Scope
    organisation_id: int | None = None
    organisation: str | None = None
    four_eyes: bool = False
    whole_portal: bool = False
    """An administrator without an organisation manages all of them."""

    def may(self, action: Action) -> bool:
        """Whether one of the actor's roles allows `action` somewhere."""
        return bool(MAY[action] & self.roles)


def actor_of(account: Account) -> Actor:
    """The actor an active account stands for; without an active organisation it reaches nothing."""
    organisation = account.organisation if account.organisation and account.organisation.active else None
    return Actor(
        account_id=account.id,
        name=account.name,
        roles=account.roles_held if account.active and (organisation or not account.organisation_id) else frozenset(),
        scope=scope_of(organisation) if organisation else Scope(),
        organisation_id=organisation.id if organisation else None,
        organisation=organisation.name if organisation else None,
        four_eyes=organisation.four_eyes if organisation else False,
        whole_portal=account.organisation_id is None,
    )


def scope_of(organisation: Organisation) -> Scope:
    """The land `organisation` keeps."""
    if organisation.kind == OrganisationKind.PLANNING_ASSOCIATION:
        return Scope(area_id=organisation.area_id)
    return Scope(ags=organisation.ags)


def visible_to_public() -> ColumnElement[bool]:
    """Parcels the public finds: all that are not withdrawn (those answer 410 at their own address)."""
    return Parcel.status != ParcelStatus.WITHDRAWN


def within_scope(actor: Actor) -> ColumnElement[bool]:
    """Parcels inside the actor's scope, withdrawn ones too."""
    clauses: list[ColumnElement[bool]] = []
    if actor.scope.ags is not None:
        clauses.append(_under(actor.scope.ags))
    if actor.scope.area_id is not None:
        clauses.append(Parcel.area_id == actor.scope.area_id)
    return or_(false(), *clauses)


def _under(ags: str) -> ColumnElement[bool]:
    """By equality where a column holds the key, so that an index serves."""
    if len(ags) == 8:
        return Parcel.municipality_ags == ags
    return Parcel.county_ags == ags if len(ags) == 5 else Parcel.county_ags.startswith(ags, autoescape=True)


def require(actor: Actor, action: Action) -> None:
    """NotAllowed unless one of the actor's roles allows `action`."""
    if not actor.may(action):
        raise NotAllowed(action)


def require_for(actor: Actor, action: Action, parcel: Parcel) -> None:
    """NotAllowed unless the actor may do `action` to `parcel`: by role, and because it lies inside the scope."""
    require(actor, action)
    if not actor.scope.holds(parcel.municipality_ags, parcel.area_id):
        raise NotAllowed(action)


def keeps_layers_of(actor: Actor, kept_by_id: int | None) -> bool:
    """Whether the actor may replace or take down layers that this organisation keeps (None: the whole portal)."""
    return actor.may(Action.PUBLISH_LAYERS) and (
        actor.whole_portal or (kept_by_id is not None and kept_by_id == actor.organisation_id)
    )


def require_keeping(actor: Actor, kept_by_id: int | None) -> None:
    """NotAllowed unless the actor keeps layers of this organisation: as its planner or administrator, or for all."""
    if not keeps_layers_of(actor, kept_by_id):
        raise NotAllowed(Action.PUBLISH_LAYERS)


def require_management(actor: Actor, organisation: Organisation | None) -> None:
    """NotAllowed unless the actor may manage `organisation` and its accounts; None: accounts of the whole portal."""
    require(actor, Action.MANAGE_ACCOUNTS)
    if actor.whole_portal:
        return
    if organisation is None or not manages(actor, organisation):
        raise NotAllowed(Action.MANAGE_ACCOUNTS)


def manages(actor: Actor, organisation: Organisation) -> bool:
    """Whether `organisation` is the actor's own or keeps land inside the actor's scope alone."""
    if actor.whole_portal or organisation.id == actor.organisation_id:
        return True
    inner, outer = scope_of(organisation), actor.scope
    # An association's area may cross borders: only its own administrators and those above all places manage it.
    return inner.ags is not None and outer.ags is not None and inner.ags.startswith(outer.ags)


def under_management(actor: Actor) -> ColumnElement[bool]:
    """Organisations that `manages` is true for, as a condition on `Organisation`."""
    if actor.whole_portal:
        return true()
    clauses = [Organisation.id == actor.organisation_id]
    if actor.scope.ags is not None:
        clauses.append(Organisation.ags.startswith(actor.scope.ags, autoescape=True))
    return or_(false(), *clauses)
