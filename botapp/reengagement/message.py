"""The one more message as it crosses to the platform: its words, what can be tapped, and the way out."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from botapp.channels.port import LinkButton, OutboundMessage, QuickReply
from botapp.policy.wording import Button, Parts
from botapp.storage.accounts import Account

# What customers tap to stop us, in a language: the wording is the page's own, so it is handed in.
WayOut = Callable[[Connection, Account, str | None], QuickReply]
_TAPPED = "reengagement:"  # of no meaning to us: a tap is answered as if its title had been written


def compose_message(
    platform_contact_id: str, text: str, parts: Parts, metadata: str, *, way_out: Sequence[QuickReply] = ()
) -> OutboundMessage:
    """A text with its parts; the way out stands last among the quick replies."""
    return OutboundMessage(
        platform_contact_id,
        text,
        metadata=metadata,
        is_response=False,
        quick_replies=(*map(_tap, parts.quick_replies), *way_out),
        buttons=tuple(map(_button, parts.buttons)),
        image_url=parts.image,
    )


def _button(button: Button) -> LinkButton | QuickReply:
    return LinkButton(button.title, button.url) if button.url else _tap(button.title)


def _tap(title: str) -> QuickReply:
    return QuickReply(title, _TAPPED + title)
