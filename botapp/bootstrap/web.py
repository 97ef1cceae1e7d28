"""The web application, with the console and the API mounted in it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from botapp.bootstrap.content import courtesies, withdrawal_words, wordings
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.staff import Staff
from botapp.campaign.connecting import PageConnector
from botapp.channels.messenger.stored import read_stored
from botapp.console.app import MOUNT, create_console
from botapp.console.parts import ConsoleParts, InboxParts, SignOn
from botapp.conversation.receipts import AppIds
from botapp.conversation.receive import Receiver
from botapp.conversation.returning import Remembrance
from botapp.conversation.trials import Trials
from botapp.instance_keys import derived_key
from botapp.settings import require_messenger
from botapp.staff.delays import Delays
from botapp.staff.log_in import LogIn
from botapp.staff.passwords import Passwords
from botapp.staff.sessions import Sessions
from botapp.web.api.app import MOUNT as API_MOUNT
from botapp.web.api.app import create_api
from botapp.web.api.parts import ApiParts
from botapp.web.app import WebParts, create_app
from botapp.workers.jobs import Ringer


@dataclass(frozen=True)
class Web(Staff):
    """What answers over HTTP."""

    def receiver(self) -> Receiver:
        return Receiver(
            platform=PLATFORM,
            database=self.database,
            planner=self.planner,
            words=withdrawal_words(),
            apps=AppIds(self.settings.messenger_app_id, self.rules.inbox_app_id),
            remembrance=Remembrance(self.tombstone_key, self.house.cool_down + self.house.send_allowance),
            courtesies=courtesies(),
        )

    def web_app(self, ring: Callable[[], bool] | None = None) -> Flask:
        """The web application. Raises SettingsError where webhooks could not be authenticated."""
        require_messenger(self.settings)
        token = self.settings.messenger_verify_token
        app = create_app(
            WebParts(
                database=self.database,
                receiver=self.receiver(),
                opening_kinds=self.rules.opening_kinds,
                app_secrets=self.settings.app_secrets,
                verify_token=token.get_secret_value() if token else "",
                ring=ring or Ringer(self.doorbell().ring).ask,
                redis_answers=self.redis_answers,
                clock=self.clock,
                public_url=self.settings.public_url,
                link_signer=self.link_signer,
                handover_target=self.handover_target,
            )
        )
        # Applications of their own: they have other errors, cookies and limits, and webhooks pay nothing for them.
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {MOUNT: self.console(), API_MOUNT: self.api()})  # type: ignore[method-assign]
        return app

    def console(self) -> Flask:
        """The staff's pages, as they are mounted in the web application."""
        s = self.settings
        return create_console(
            ConsoleParts(
                database=self.database,
                vault=self.vault,
                clock=self.clock,
                sessions=Sessions(self.database, self.clock),
                log_in=self.console_log_in(),
                members=self.members(),
                cookie_key=derived_key(self.key, "console cookies").hex(),
                public_url=s.public_url or s.web_url,
                trusted_proxies=s.trusted_proxies,
                exporter=self.exporter(),
                house=self.house,
                inbox=InboxParts(self.handover_desk(), self.handover_target, read_stored),
                webhooks=self.webhook_subscriptions(waits_for_names=False),
                tombstone_key=self.tombstone_key,
                campaign_reader=self.campaign_reader(),
                guards=self.guards(),
                trials=Trials(self.database, self.house),
                connector=PageConnector(
                    self.database, self.vault, PLATFORM, wordings().languages, self.sender.check_token, self.introduce
                ),
                sign_on=self._sign_on(),
                tone=s.tone,
                daily_cap_steps=s.daily_cap_steps,
                sends_per_second=self.page_rate.per_second,
            )
        )

    def console_log_in(self) -> LogIn:
        return LogIn(
            database=self.database,
            clock=self.clock,
            vault=self.vault,
            passwords=Passwords(),
            delays=Delays(derived_key(self.key, "log-in delays")),
            demands_second_factor=self.settings.demands_second_factor,
            allows_one_time_links=self.settings.uses_sandbox,
        )

    def _sign_on(self) -> SignOn | None:
        s = self.settings
        if s.oidc_issuer is None or s.oidc_client_id is None or s.oidc_client_secret is None:
            return None
        return SignOn(
            issuer=s.oidc_issuer,
            client_id=s.oidc_client_id,
            client_secret=s.oidc_client_secret.get_secret_value(),
            label=s.oidc_label,
            redirect_url=f"{s.console_url}/sign-on/answer",
        )

    def api(self) -> Flask:
        """What the business's own systems call, as it is mounted in the web application."""
        s = self.settings
        parts = ApiParts(
            database=self.database,
            keys=self.api_keys(),
            clock=self.clock,
            platform=PLATFORM,
            requests_per_second=s.api_requests_per_second / s.web_processes,
            house=self.house,
            guards=self.guards(),
            reader=self.campaign_reader(),
            tombstone_key=self.tombstone_key,
            cursor_key=derived_key(self.key, "api cursors"),
            webhooks=self.webhook_subscriptions(waits_for_names=False),
            sends_per_second=self.page_rate.per_second,
        )
        return create_api(parts)
