"""Tokens by which a program acts for somebody. How they are made and what they open: `services.api_tokens`."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, String, func
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, one_of


class TokenScope(StrEnum):
    """What a token is for, always within what its account may do at that moment."""

    READ = "read"
    WRITE = "write"
    """Reading and writing."""


class ApiToken(Base):
    """A token of an account. `sha256` is all that is kept of it; `prefix` is how its owner knows it again.

    It ends with `revoked_at` or `expires_at`, whichever comes first. A row is never deleted.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(8))
    prefix: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime | None]
    last_used_on: Mapped[dt.date | None]
    revoked_at: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("scope", TokenScope),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
    )
