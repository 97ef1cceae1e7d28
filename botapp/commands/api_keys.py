"""`botapp api-key`: with what the business's own systems may tell us of their customers."""

import click

from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.staff import Staff
from botapp.commands.acting import acting_staff
from botapp.commands.pages import pages_option
from botapp.durations import parse_duration
from botapp.policy.api_scope import OF_PEOPLE_ONLY, OF_STAFF, OF_THE_SHOP, ApiScope
from botapp.settings import load_settings
from botapp.storage import accounts, staff
from botapp.storage.api_keys import EVERY_PAGE

_LONGEST_NAME = 100


@click.group("api-key")
def api_key() -> None:
    """Keys of the API under /api/v1."""


@api_key.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([s.value for s in ApiScope]),
    multiple=True,
    help="May be given several times. Without it: what a shop's system needs, facts:write and conversions:write.",
)
@pages_option
@click.option("--expires-in", default="365d", show_default=True, help="How long it may be used: 30d, 12h.")
@click.option(
    "--staff",
    "acting",
    metavar="NAME",
    help="It acts for this staff member, and may do what they may do themselves. Without it: for a system.",
)
def api_key_add(name: str, scopes: tuple[str, ...], page_id: str | None, expires_in: str, acting: str | None) -> None:
    """Make a key and print it. It is shown this once; the database has only its hash."""
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        hint = f"write one line of at most {_LONGEST_NAME} characters, and not an empty one"
        raise click.BadParameter(hint, param_hint="NAME")
    try:
        lifetime = parse_duration(expires_in)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires-in") from None
    installation = Staff.of(load_settings())
    account_id = EVERY_PAGE if page_id is None else _page(installation, page_id)
    wanted = [ApiScope(scope) for scope in scopes] or list(OF_THE_SHOP)
    staff_id = None if acting is None else acting_staff(installation, acting)
    _refuse_what_does_not_suit(wanted, staff_id)
    token = installation.api_keys().add(name, account_id, wanted, lifetime, staff_id=staff_id)
    if token is None:
        raise click.ClickException(f"there is a key {name!r} already, perhaps a revoked one; choose another name")
    click.echo(token)


@api_key.command("list")
def api_key_list() -> None:
    """List the keys; what lets one in is never shown."""
    installation = Staff.of(load_settings())
    with installation.database.reading() as connection:
        pages = {page.id: page.page_id for page in accounts.load_all(connection)} | {EVERY_PAGE: "all pages"}
        names = {member.id: member.name for member in staff.load_all(connection)}
        now = installation.database.now(connection)
    for key in installation.api_keys().load_all():
        state = "revoked" if key.revoked_at else "valid" if key.is_valid(now) else "expired"
        until = key.expires_at.strftime("%Y-%m-%d")
        whose = names.get(key.staff_id, "a system") if key.staff_id is not None else "a system"
        scopes = ", ".join(sorted(key.scopes))
        click.echo(f"{key.name}\t{pages[key.account_id]}\t{scopes}\t{state}\tuntil {until}\tfor {whose}")


@api_key.command("revoke")
@click.argument("name")
def api_key_revoke(name: str) -> None:
    """Let nobody in with this key any more, at once."""
    if not Staff.of(load_settings()).api_keys().revoke(name):
        raise click.ClickException(f"there is no key {name!r} that could be revoked; see: botapp api-key list")
    click.echo(f"{name} lets nobody in any more")


def _refuse_what_does_not_suit(wanted: list[ApiScope], staff_id: int | None) -> None:
    for scope in wanted:
        if staff_id is None and scope in OF_PEOPLE_ONLY:
            raise click.BadParameter(f"{scope} is a person's: name them with --staff", param_hint="--scope")
        if staff_id is not None and scope not in OF_STAFF:
            raise click.BadParameter(f"{scope} is a system's: leave --staff out", param_hint="--scope")


def _page(installation: Staff, page_id: str) -> int:
    with installation.database.reading() as connection:
        found = accounts.find_by_pages(connection, PLATFORM, [page_id])
    if page_id not in found:
        raise click.BadParameter(f"there is no page {page_id!r}; see: botapp account list", param_hint="--page")
    return found[page_id].id
