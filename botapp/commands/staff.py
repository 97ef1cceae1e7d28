"""`botapp staff`: who may use the console. What nobody can do there for want of an admin is done here."""

from typing import TypeVar

import click

from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.staff import Staff
from botapp.commands.pages import NAMES
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.settings import load_settings
from botapp.staff.members import INVITATION_LASTS, Problem
from botapp.staff.record import COMMAND_LINE
from botapp.storage import accounts
from botapp.storage import staff as stored_staff
from botapp.storage.staff import StaffMember

Value = TypeVar("Value")
_role_option = click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    help="May be given several times.",
)
_page_option = click.option(*NAMES, "page_ids", multiple=True, help="Only on this page (its id); else on all pages.")


@click.group()
def staff() -> None:
    """The people who may use the console, by the name they log in with."""


@staff.command("add")
@click.argument("name")
@click.option("--display-name", default=None, help="What others see; without it the name.")
@_role_option
@_page_option
def staff_add(name: str, display_name: str | None, roles: tuple[str, ...], page_ids: tuple[str, ...]) -> None:
    """Add somebody and print the link with which they choose a password."""
    installation = _installation()
    grants = _grants(installation, roles, page_ids)
    members = installation.members()
    staff_id = _done(members.add(name, display_name or name, grants, by=COMMAND_LINE))
    click.echo(f"added {name.strip().lower()}")
    _print_link(installation, _done(members.invite(staff_id, by=COMMAND_LINE)))


@staff.command("list")
def staff_list() -> None:
    """List everybody with their roles."""
    installation = _installation()
    with installation.database.reading() as connection:
        everybody = stored_staff.load_all(connection)
        pages = {page.id: page.page_id for page in accounts.load_all(connection)} | {ALL_PAGES: "all pages"}
    for member in everybody:
        roles = ", ".join(f"{grant.role} on {pages[grant.account_id]}" for grant in sorted(member.grants))
        factor = "second factor" if member.totp_secret_encrypted else "no second factor"
        state = "no access" if member.revoked_at else "may log in" if member.password_hash else "invited"
        click.echo(f"{member.name}\t{member.display_name}\t{roles}\t{factor}\t{state}")


@staff.command("grant")
@click.argument("name")
@_role_option
@_page_option
def staff_grant(name: str, roles: tuple[str, ...], page_ids: tuple[str, ...]) -> None:
    """Give somebody these roles and no others; they have to log in again."""
    installation = _installation()
    grants = _grants(installation, roles, page_ids)
    _check(installation.members().change_grants(_find(installation, name).id, grants, by=COMMAND_LINE))
    click.echo(f"changed {name}")


@staff.command("invite")
@click.argument("name")
def staff_invite(name: str) -> None:
    """Print a new link with which somebody chooses a password; older ones stop working."""
    installation = _installation()
    _print_link(installation, _done(installation.members().invite(_find(installation, name).id, by=COMMAND_LINE)))


@staff.command("reset")
@click.argument("name")
def staff_reset(name: str) -> None:
    """For a lost phone or password: forget both, end all sessions, print a new link."""
    installation = _installation()
    _print_link(installation, _done(installation.members().reset(_find(installation, name).id, by=COMMAND_LINE)))


@staff.command("revoke")
@click.argument("name")
def staff_revoke(name: str) -> None:
    """Take all access away, at once."""
    installation = _installation()
    _check(installation.members().revoke(_find(installation, name).id, by=COMMAND_LINE))
    click.echo(f"{name} has no access any more")


@staff.command("restore")
@click.argument("name")
def staff_restore(name: str) -> None:
    """Undo a revocation."""
    installation = _installation()
    installation.members().restore(_find(installation, name).id, by=COMMAND_LINE)
    click.echo(f"{name} has access again")


def _installation() -> Staff:
    return Staff.of(load_settings())


def _find(installation: Staff, name: str) -> StaffMember:
    with installation.database.reading() as connection:
        member = stored_staff.find_by_name(connection, name.strip().lower())
    if member is None:
        raise click.ClickException(f"nobody is called {name!r}; see: botapp staff list")
    return member


def _grants(installation: Staff, roles: tuple[str, ...], page_ids: tuple[str, ...]) -> set[Grant]:
    if not roles:
        raise click.UsageError("give at least one --role")
    with installation.database.reading() as connection:
        found = accounts.find_by_pages(connection, PLATFORM, page_ids)
    for page_id in page_ids:
        if page_id not in found:
            raise click.BadParameter(f"there is no page {page_id!r}", param_hint="--page")
    account_ids = [page.id for page in found.values()] or [ALL_PAGES]
    return {Grant(account_id, Role(role)) for role in roles for account_id in account_ids}


def _done(answer: Value | Problem) -> Value:
    if isinstance(answer, Problem):
        raise click.ClickException(answer.value)
    return answer


def _check(problem: Problem | None) -> None:
    if problem:
        raise click.ClickException(problem.value)


def _print_link(installation: Staff, token: str) -> None:
    click.echo(f"their link, for {INVITATION_LASTS.days} days and one use:")
    click.echo(f"{installation.settings.console_url}/welcome/{token}")
