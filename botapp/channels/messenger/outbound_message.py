"""A message as the Send API takes it (platform-reference 2.2): a text, one with buttons, or a card with a picture."""

from botapp.channels.messenger.fields import JsonObject
from botapp.channels.port import LinkButton, OutboundMessage, QuickReply
from botapp.policy.wording import card_lines


def to_body(message: OutboundMessage) -> JsonObject:
    """The body of `POST /<page>/messages`."""
    content = {**_content(message), "metadata": message.metadata}
    if message.quick_replies:
        content["quick_replies"] = [
            {"content_type": "text", "title": reply.title, "payload": reply.payload} for reply in message.quick_replies
        ]
    return {
        "recipient": {"id": message.platform_contact_id},
        "messaging_type": "RESPONSE" if message.is_response else "UPDATE",
        "message": content,
    }


def _content(message: OutboundMessage) -> JsonObject:
    """The platform takes a text or an attachment: with buttons or a picture the words stand in the attachment."""
    if message.image_url is not None:
        return _template("generic", elements=[_card(message, message.image_url)])
    if message.buttons:
        return _template("button", text=message.text, buttons=_buttons(message))
    return {"text": message.text}


def _template(kind: str, **payload: object) -> JsonObject:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, **payload}}}


def _card(message: OutboundMessage, image_url: str) -> JsonObject:
    title, subtitle = card_lines(message.text)
    card: JsonObject = {"title": title, "image_url": image_url}
    if subtitle:
        card["subtitle"] = subtitle
    if message.buttons:
        card["buttons"] = _buttons(message)
    return card


def _buttons(message: OutboundMessage) -> list[JsonObject]:
    return [_button(button) for button in message.buttons]


def _button(button: LinkButton | QuickReply) -> JsonObject:
    if isinstance(button, LinkButton):
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.payload}
