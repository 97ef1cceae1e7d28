"""`botapp webhook`: which other systems are told what happens on a page, and whether they are."""

import click

from botapp.bootstrap.staff import Staff
from botapp.commands.acting import acting_staff, staff_option
from botapp.commands.pages import chosen_page, chosen_pages, page_option
from botapp.outgoing.subscriptions import Refused
from botapp.policy.webhook_event import EventType
from botapp.settings import load_settings
from botapp.storage import webhook_outbox, webhooks
from botapp.storage.webhooks import State, Webhook

_NEWEST = 5


@click.group("webhook")
def webhook() -> None:
    """Tell other systems of sends, replies, conversions and stops."""


@webhook.command("add")
@click.argument("name")
@click.option("--url", required=True, help="Where to: https on a public host. It never changes.")
@click.option(
    "--event",
    "events",
    type=click.Choice([kind.value for kind in EventType]),
    multiple=True,
    help="Only this; may be given again. Without it: all of them.",
)
@page_option
@staff_option
def webhook_add(name: str, url: str, events: tuple[str, ...], page_id: str | None, acting: str | None) -> None:
    """Subscribe, and print the secret. It is shown this once; verify signatures with it (docs/webhooks.md)."""
    installation = Staff.of(load_settings())
    page = chosen_page(installation, page_id)
    wanted = [EventType(event) for event in events] or list(EventType)
    by = acting_staff(installation, acting)
    added = installation.webhook_subscriptions().add(page.id, name, url, wanted, by)
    if isinstance(added, Refused):
        hint = {"name": "NAME", "url": "--url", "events": "--event"}[added.field]
        raise click.BadParameter(added.words, param_hint=hint)
    click.echo(added.secret)


@webhook.command("list")
@page_option
def webhook_list(page_id: str | None) -> None:
    """List subscriptions with what became of the newest events; secrets are never shown."""
    installation = Staff.of(load_settings())
    pages = {page.id: page.page_id for page in chosen_pages(installation, page_id)}
    with installation.database.reading() as connection:
        for known in webhooks.load_all(connection):
            if known.account_id not in pages:
                continue
            state = known.state if known.reason is None else f"{known.state}: {known.reason}"
            click.echo(
                f"{known.name}\t{pages[known.account_id]}\t{state}\t{known.url}\t{', '.join(sorted(known.event_types))}"
            )
            counted = webhook_outbox.count(connection, known)
            click.echo("  " + ", ".join(f"{counted.get(word, 0)} {word}" for word in ("pending", "delivered", "dead")))
            for told in webhook_outbox.load_newest(connection, known, _NEWEST):
                at = told.occurred_at.strftime("%Y-%m-%d %H:%M:%S")
                tries = f"{told.attempts} tries" if told.attempts != 1 else "1 try"
                said = f", {told.outcome}" if told.outcome else ""
                click.echo(f"  {at}\t{told.event_id}\t{told.event_type}\t{told.state} after {tries}{said}")


@webhook.command("test")
@click.argument("name")
@page_option
def webhook_test(name: str, page_id: str | None) -> None:
    """Tell it something that means nothing, now, and say what it answered; 1 if it did not take it."""
    installation = Staff.of(load_settings())
    known = _find(installation, name, page_id)
    rounds = installation.webhook_rounds()
    heard = rounds.deliver(known, rounds.subscriptions.put_test(known))
    if not heard.is_taken:
        raise click.ClickException(f"{name} did not take it: {heard.outcome}")
    click.echo(f"{name} took it: {heard.outcome}")


@webhook.command("rotate")
@click.argument("name")
@page_option
@staff_option
def webhook_rotate(name: str, page_id: str | None, acting: str | None) -> None:
    """Make another secret and print it, this once. For 24 hours the former signs too."""
    installation = Staff.of(load_settings())
    known = _find(installation, name, page_id)
    secret = installation.webhook_subscriptions().rotate(known, acting_staff(installation, acting))
    if secret is None:
        raise _ended(known)
    click.echo(secret)


@webhook.command("pause")
@click.argument("name")
@page_option
@staff_option
def webhook_pause(name: str, page_id: str | None, acting: str | None) -> None:
    """Send nothing for now. What waits longer than a day is given up."""
    installation = Staff.of(load_settings())
    known = _find(installation, name, page_id)
    if not installation.webhook_subscriptions().pause(known, acting_staff(installation, acting)):
        raise click.ClickException(f"{name} is not active, but {known.state}")
    click.echo(f"{name} is paused")


@webhook.command("resume")
@click.argument("name")
@page_option
@staff_option
def webhook_resume(name: str, page_id: str | None, acting: str | None) -> None:
    """Go on, with what has waited first."""
    installation = Staff.of(load_settings())
    known = _find(installation, name, page_id)
    if not installation.webhook_subscriptions().resume(known, acting_staff(installation, acting)):
        raise click.ClickException(f"{name} is not paused, but {known.state}")
    click.echo(f"{name} goes on")


@webhook.command("redeliver")
@click.argument("name")
@click.option("--event-id", default=None, help="This event, whatever became of it. Without it: all that was given up.")
@page_option
def webhook_redeliver(name: str, event_id: str | None, page_id: str | None) -> None:
    """Tell again what was given up, for another 24 hours."""
    installation = Staff.of(load_settings())
    number = installation.webhook_subscriptions().redeliver(_find(installation, name, page_id), event_id)
    if event_id is not None and number == 0:
        raise click.ClickException(f"there is no event {event_id!r} of {name} that was delivered or given up")
    click.echo(f"{number} will be told again")


@webhook.command("remove")
@click.argument("name")
@page_option
@staff_option
def webhook_remove(name: str, page_id: str | None, acting: str | None) -> None:
    """End it for good; what waits is given up."""
    installation = Staff.of(load_settings())
    known = _find(installation, name, page_id)
    if not installation.webhook_subscriptions().end(known, "removed", acting_staff(installation, acting)):
        raise _ended(known)
    click.echo(f"{name} is told nothing any more")


def _find(installation: Staff, name: str, page_id: str | None) -> Webhook:
    pages = chosen_pages(installation, page_id)
    with installation.database.reading() as connection:
        found = [webhooks.find_named(connection, page.id, name) for page in pages]
    known = [one for one in found if one is not None]
    if not known:
        raise click.ClickException(f"there is no webhook {name!r}; see: botapp webhook list")
    if len(known) > 1:
        raise click.UsageError(f"several pages have a webhook {name!r}; say which one with --page")
    return known[0]


def _ended(known: Webhook) -> click.ClickException:
    return click.ClickException(f"{known.name} has ended{f': {known.reason}' if known.state is State.ENDED else ''}")
