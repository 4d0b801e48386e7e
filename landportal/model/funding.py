"""Public funding of an area: programme, decision, and until when land is bound to what it was granted for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, in_range, one_of


class Programme(StrEnum):
    """Programmes that pay for commercial land: the joint task of federation and states, and funds of the EU."""

    GRW = "GRW"
    EFRE = "EFRE"
    ELER = "ELER"
    OTHER = "other"


class Funding(Base):
    """One grant to an area. Until `binding_until` its land may only be used as the grant says (Zweckbindung)."""

    __tablename__ = "area_funding"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"))
    programme: Mapped[str] = mapped_column(String(10))
    decided_on: Mapped[dt.date | None]
    binding_until: Mapped[dt.date | None]
    grant_eur: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    source: Mapped[str]

    __table_args__ = (
        one_of("programme", Programme),
        in_range("grant_eur", 0, None),
        CheckConstraint("binding_until >= decided_on", name="binding_after_decision"),
        Index(
            "uq_area_funding_grant",
            "area_id",
            "programme",
            "decided_on",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
