"""``landportal user``: the first administrator, and a way back in; a table of accounts.

It works as the owner of the database: whoever may run it may do everything anyway. Everyday management is on the page.
"""

from __future__ import annotations

import shutil

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from landportal import db
from landportal.cli.database import engine
from landportal.config import read_settings
from landportal.errors import InvalidInput, NotFound
from landportal.model import Account, Organisation, Role
from landportal.secret_key import secret_key
from landportal.services import account_links, accounts
from landportal.services.account_links import VALID_FOR, LinkKind
from landportal.services.accounts import Invitation

ROLES = [role.value for role in Role]


@click.group()
def user() -> None:
    """Accounts: add, list, disable."""


@user.command()
@click.option("--email", required=True, help="Mail address; it is also the name for signing in.")
@click.option("--name", required=True, help="Name that colleagues see.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated.")
@click.option("--organisation", help="Its name or official key; administrators of the whole portal have none.")
@click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True, help="Of mails.")
def add(email: str, name: str, roles: tuple[str, ...], organisation: str | None, language: str) -> None:
    """Make an account and print the link by which it gets its password. Nobody has a password before.

    Example: landportal user add --email land@example.org --name "Portal office" --role administrator
    """
    held = frozenset(Role(role) for role in roles)
    with engine() as prepared, db.transaction(prepared) as session:
        home = _organisation(session, organisation)
        account = accounts.invite(session, None, Invitation(email, name, held, home.id if home else None, language))
        _show_link(account)


@user.command()
@click.argument("email")
def invite(email: str) -> None:
    """Print a new link for an account that lost its way in; its sessions and second factor end.

    Example: landportal user invite land@example.org
    """
    with engine() as prepared, db.transaction(prepared) as session:
        account = accounts.invite_again(session, None, _known(session, email).id)
        if accounts.has_second_factor(account):
            accounts.remove_second_factor(session, account, None)
        _show_link(account)


@user.command(name="list")
def list_accounts() -> None:
    """Show all accounts: address, name, roles, organisation, last sign-in, second factor.

    Example: landportal user list
    """
    table = Table("email", "name", "roles", "organisation", "last sign-in", "second factor", "state", box=None)
    with engine() as prepared, db.reading(prepared) as session:
        for account in session.scalars(select(Account).order_by(Account.email)):
            table.add_row(*_row(account))
    Console(width=max(120, shutil.get_terminal_size().columns)).print(table)


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Shut an account out at once; what it changed keeps its name.

    Example: landportal user disable land@example.org
    """
    with engine() as prepared, db.transaction(prepared) as session:
        accounts.disable(session, None, _known(session, email).id)
    click.echo(f"disabled: {email}")


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled account in again.

    Example: landportal user enable land@example.org
    """
    with engine() as prepared, db.transaction(prepared) as session:
        accounts.enable(session, None, _known(session, email).id)
    click.echo(f"enabled: {email}")


def _show_link(account: Account) -> None:
    settings = read_settings()
    link = settings.public_url + account_links.link_path(secret_key(settings), account, LinkKind.INVITATION)
    click.echo(f"{account.email} sets a password here, once and within {VALID_FOR[LinkKind.INVITATION].days} days:")
    click.echo(link)


def _known(session: Session, email: str) -> Account:
    account = accounts.by_address(session, email)
    if account is None:
        raise NotFound(f"There is no account {email}. All of them: landportal user list")
    return account


def _organisation(session: Session, said: str | None) -> Organisation | None:
    if said is None:
        return None
    found = session.scalars(
        select(Organisation).where(or_(Organisation.name == said, Organisation.ags == said)).order_by(Organisation.id)
    ).all()
    if len(found) == 1:
        return found[0]
    known = ", ".join(session.scalars(select(Organisation.name).order_by(Organisation.name))) or "none yet"
    problem = "There is no such organisation" if not found else "More than one organisation is meant"
    raise InvalidInput(f"{problem}: {said}. Known: {known}", "--organisation")


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.email,
        account.name,
        ", ".join(account.role_names),
        account.organisation.name if account.organisation else "",
        f"{account.last_sign_in_at:%Y-%m-%d %H:%M}" if account.last_sign_in_at else "never",
        "yes" if accounts.has_second_factor(account) else "no",
        "disabled" if not account.active else "active" if account.password else "invited",
    )
