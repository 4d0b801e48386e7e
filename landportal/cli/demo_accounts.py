"""The accounts of the demonstration, made and shown when the portal starts."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from landportal import db
from landportal.config import Settings
from landportal.secret_key import kept_secret
from landportal.services.demo_accounts import DemoAccount, ensure_demo_accounts, new_password


def show_demo_accounts(settings: Settings, engine: Engine) -> None:
    """Make the demonstration's accounts once and print them, at every start alike; nothing without the demonstration.

    Their password is random, belongs to this instance and lies in its folder, where only its owner may read it.
    """
    if not settings.demo:
        return
    password = kept_secret(settings.instance / "demo-password", new_password())
    with db.one_at_a_time(engine, "landportal demo accounts"), db.transaction(engine) as session:
        found = ensure_demo_accounts(session, password)
    if found:
        click.echo(f"Demo accounts, password: {password}")
        for account in found:
            click.echo(_line(account))


def _line(account: DemoAccount) -> str:
    note = "" if account.usable else "  (password changed or account disabled)"
    return f"  {account.email:<30} {account.role:<14} {account.organisation}{note}"
