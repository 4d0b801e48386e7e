"""Who works with the portal: organisations with their place in the administrative tree, accounts with their roles.

What a role may do is said in `services.permissions`; passwords and second factors are checked by the web floor.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from landportal.model.base import Base, one_of


class OrganisationKind(StrEnum):
    """Kinds of organisations; each reaches the parcels of its place, an association those of its area."""

    MUNICIPALITY = "municipality"
    COUNTY = "county"
    STATE_AGENCY = "state_agency"
    PLANNING_ASSOCIATION = "planning_association"


class Role(StrEnum):
    """What an account is for; it may have several."""

    OFFICER = "officer"
    APPROVER = "approver"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"


class Organisation(Base):
    """A body that keeps parcels: `ags` (8, 5 or 2 digits) or, for an association, `area_id` is its scope.

    `four_eyes`: what its officers change waits until an approver has seen it.
    """

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    ags: Mapped[str | None] = mapped_column(ForeignKey("admin_unit.ags"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    four_eyes: Mapped[bool] = mapped_column(server_default="false")
    active: Mapped[bool] = mapped_column(server_default="true")

    __table_args__ = (
        one_of("kind", OrganisationKind),
        CheckConstraint(
            "case kind when 'municipality' then length(ags) = 8 and area_id is null"
            " when 'county' then length(ags) = 5 and area_id is null"
            " when 'state_agency' then length(ags) = 2 and area_id is null"
            " else ags is null and area_id is not null end",
            name="scope_of_kind",
        ),
    )


class Account(Base):
    """A person who signs in. Without an organisation it reaches no parcel; only administrators may lack one.

    `password` is a salted hash, None until the invitation is accepted. `fs_uniquifier` stands for the account in
    sessions and links: a new value ends all of them. Columns named ``tf_`` and ``mf_`` hold the second factor.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    role_names: Mapped[list[str]] = mapped_column(ARRAY(String(16)), server_default="{}")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    language: Mapped[str] = mapped_column(String(2), server_default="de")
    digest: Mapped[bool] = mapped_column(server_default="true")
    tf_primary_method: Mapped[str | None] = mapped_column(String(16))
    tf_totp_secret: Mapped[str | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_sign_in_at: Mapped[dt.datetime | None]

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("email = lower(email) and email like '%_@_%'", name="email_form"),
        CheckConstraint(
            f"role_names <@ array[{', '.join(repr(str(role)) for role in Role)}]::varchar[]", name="role_names_known"
        ),
        CheckConstraint("language in ('de', 'en')", name="language_known"),
        CheckConstraint(
            "organisation_id is not null or role_names <@ array['administrator']::varchar[]", name="scope_of_roles"
        ),
        Index("uq_account_email", "email", unique=True, postgresql_include=["id"]),
        Index("ix_account_active", "organisation_id", postgresql_where=text("active")),
    )

    @property
    def roles_held(self) -> frozenset[Role]:
        """The account's roles."""
        return frozenset(Role(name) for name in self.role_names)
