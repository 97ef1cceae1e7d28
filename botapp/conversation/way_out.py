"""The way out that every message of ours has, in the page's own words."""

from dataclasses import dataclass

from sqlalchemy import Connection

from botapp.channels.port import QuickReply
from botapp.conversation.answers import Wordings
from botapp.conversation.texts import PageTexts
from botapp.storage.accounts import Account
from botapp.understanding.wish import PAYLOAD_STOP

_BUTTON = "button_stop"


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What people tap to hear no more from a page."""

    page_texts: PageTexts

    def button(self, connection: Connection, account: Account, language: str | None) -> QuickReply:
        """In that language if the bot speaks it, else in the page's own."""
        return way_out_in(self.page_texts.of(connection, account), account, language)


def way_out_in(wordings: Wordings, account: Account, language: str | None) -> QuickReply:
    """The same of these wordings."""
    return QuickReply(wordings.texts_in(language, account.language)[_BUTTON], PAYLOAD_STOP)
