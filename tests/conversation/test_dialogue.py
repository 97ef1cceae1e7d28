"""A conversation goes on like one: politely, without repeating itself, and with a person where the bot is at a loss."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection

from botapp.channels.port import Outcome, QuickReply
from botapp.conversation.knowledge import Answered, Finding, Offered, Unanswered
from botapp.reengagement.delivery import Claim, Delivery
from botapp.storage.accounts import Account
from botapp.storage.replies import Reply
from tests.world import World

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where SQL is not what matters
LINES = {
    "en": ("hi there", "thanks a lot!", "bye", "THIS IS RIDICULOUS!! What a scam"),
    "de": ("Guten Morgen", "Vielen Dank!", "Tschüss", "UNVERSCHÄMT!! So eine Abzocke"),
    "es": ("buenas tardes", "¡Muchas gracias!", "hasta luego", "¡¡QUÉ VERGÜENZA!! Es una estafa"),
}


@dataclass(frozen=True)
class KnownHours:
    """A page that knows its hours, is unsure about prices, and knows nothing else. Told by the key of the event."""

    by_key: Mapping[str, Finding]

    def find(self, _connection: Connection, _account: Account, reply: Reply) -> Finding | None:
        return self.by_key.get(reply.key.event_key, Unanswered())


def _kinds(world: World) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in world.replies()]


def _talk(world: World, psid: str, *lines: str) -> None:
    for line in lines:
        world.says(psid, line)
        world.answer()


def _knows(world: World, **by_mid: Finding) -> None:
    knowledge = KnownHours({f"m:{mid}": found for mid, found in by_mid.items()})
    world.duties = replace(world.duties, replies=replace(world.duties.replies, knowledge=knowledge))


@ON_SQLITE
@pytest.mark.parametrize("language", LINES)
def test_courtesies_and_anger_are_answered_as_such_in_the_persons_language(world: World, language: str) -> None:
    psid = world.add_customer(locale=f"{language}_XX")
    hello, thanks, bye, anger = LINES[language]
    _talk(world, psid, hello, hello, thanks, bye, anger)
    assert _kinds(world) == [
        ("greeting", "sent"),
        ("hello", "sent"),
        ("thanks", "sent"),
        ("goodbye", "skipped"),
        ("complaint", "sent"),
    ]
    said = world.accepted(psid)
    assert "quick_replies" not in said[2], "a closing asks and offers nothing"
    assert said[3]["quick_replies"][0]["payload"] == "botapp:person"


def test_thanks_for_thanks_ends_and_a_question_afterwards_is_answered(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello", "thanks", "ok", "👍", "do you deliver?", "thanks")
    assert [state for _, state in _kinds(world)] == ["sent", "sent", "skipped", "skipped", "sent", "sent"]
    skipped = [entry.reason for entry in world.ledger() if entry.kind == "reply_skipped"]
    assert skipped == ["already_closed"] * 2


@ON_SQLITE
def test_stop_with_thanks_is_a_stop(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello", "Stop. Thank you")
    assert _kinds(world)[-1] == ("stop_confirmed", "sent")


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "attachment"),
    [
        ("image", {"type": "image", "payload": {"url": "https://x.invalid/1"}}),
        ("video", {"type": "video", "payload": {"url": "https://x.invalid/1"}}),
        ("audio", {"type": "audio", "payload": {"url": "https://x.invalid/1"}}),
        ("file", {"type": "file", "payload": {"url": "https://x.invalid/1"}}),
        ("location", {"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}}),
        ("sticker", {"type": "sticker", "payload": {"url": "https://x.invalid/1", "sticker_id": 369239263222822}}),
        ("attachment", {"type": "reel", "payload": {"url": "https://x.invalid/1"}}),
    ],
)
def test_what_is_sent_along_is_acknowledged_as_what_it_is(
    world: World, kind: str, attachment: Mapping[str, object]
) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello")
    world.receives(alice, {"message": {"mid": "sent_along", "attachments": [attachment]}})
    world.answer()
    assert _kinds(world)[-1] == (kind, "sent")


@ON_SQLITE
def test_two_different_attachments_in_one_message_are_acknowledged_together(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello")
    both = [{"type": name, "payload": {"url": "https://x.invalid"}} for name in ("image", "video")]
    world.receives(alice, {"message": {"mid": "both", "attachments": both}})
    world.answer()
    assert _kinds(world)[-1] == ("attachment", "sent")


@ON_SQLITE
def test_a_reaction_provokes_no_answer(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello")
    world.receives(alice, {"reaction": {"mid": "any", "action": "react", "reaction": "love"}})
    world.answer()
    assert len(world.replies()) == 1


@ON_SQLITE
def test_what_cannot_be_answered_twice_in_a_row_is_not_said_the_same_way(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello", "do you have it in blue?", "and in green?", "or in red?")
    assert [kind for kind, _ in _kinds(world)] == ["greeting", "answer", "stuck", "answer"]
    stuck = world.accepted(alice)[2]
    assert stuck["quick_replies"][0]["payload"] == "botapp:person"


def test_a_page_that_knows_answers_brings_in_a_person_when_it_is_at_a_loss_again(world: World) -> None:
    alice = world.add_customer()
    _knows(world)
    _talk(world, alice, "hello", "do you have it in blue?", "and in green?", "or in red?", "hello?")
    assert [kind for kind, _ in _kinds(world)][:4] == ["greeting", "answer", "stuck", "person"]
    [person] = [c for c in world.contacts() if c.platform_contact_id == alice]
    assert person.thread_owner == "person"
    assert len(world.accepted(alice)) == 4, "and is silent from then on"


@ON_SQLITE
def test_a_known_answer_is_given_and_the_second_time_it_is_said_that_it_was(world: World) -> None:
    alice = world.add_customer()
    hours = Answered("hours", "We are open from 9 to 5.")
    _knows(world, first=hours, second=hours)
    _talk(world, alice, "hello")
    for mid in ("first", "second"):
        world.says(alice, "when do you open?", mid=mid)
        world.answer()
    first, second = world.accepted(alice)[1:]
    assert first["text"] == "We are open from 9 to 5."
    assert second["text"].endswith("\n\nWe are open from 9 to 5.")
    assert "before" in second["text"]
    assert second["quick_replies"][0]["payload"] == "botapp:person"
    assert [(row.kind, row.about) for row in world.replies()][1:] == [("answer", "hours"), ("repeated", "hours")]


@ON_SQLITE
def test_a_first_message_that_asks_something_is_greeted_and_answered_at_once(world: World) -> None:
    alice = world.add_customer()
    _knows(world, first=Answered("hours", "We are open from 9 to 5."))
    world.says(alice, "when do you open?", mid="first")
    world.answer()
    [said] = world.accepted(alice)
    assert "automated assistant" in said["text"]
    assert said["text"].endswith("\n\nWe are open from 9 to 5.")


@ON_SQLITE
@pytest.mark.parametrize(
    ("line", "is_answered"),
    [
        ("I can do without the fundraising appeals; the term dates I do need.", True),  # to no list it is a no
        ("stop quibbling zebras", False),
    ],
)
def test_who_only_sounds_like_a_no_is_told_what_the_page_knows_before_they_are_asked(
    world: World, line: str, *, is_answered: bool
) -> None:
    alice = world.add_customer()
    _knows(world, doubtful=Answered("dates", "Term begins on 7 January."))
    _talk(world, alice, "hello")
    world.says(alice, line, mid="doubtful")
    world.answer()
    said = world.accepted(alice)[-1]
    assert said["text"].startswith("Term begins on 7 January.\n\n") == is_answered
    assert "Shall we stop it altogether?" in said["text"]
    assert [reply["payload"] for reply in said["quick_replies"]] == ["botapp:stop", "botapp:go_on"]
    assert [(row.kind, row.about) for row in world.replies()][1:] == [("stop_asked", "dates" if is_answered else None)]


@ON_SQLITE
@pytest.mark.parametrize("found", [Unanswered(), Offered((QuickReply("Prices", "faq:prices"),))])
def test_what_the_page_is_not_sure_of_is_no_answer_to_what_sounds_like_a_no(world: World, found: Finding) -> None:
    alice = world.add_customer()
    _knows(world, doubtful=found)
    _talk(world, alice, "hello")
    world.says(alice, "I can do without the fundraising appeals; the term dates I do need.", mid="doubtful")
    world.answer()
    said = world.accepted(alice)[-1]
    assert said["text"].startswith("It sounds as if")
    assert [reply["payload"] for reply in said["quick_replies"]] == ["botapp:stop", "botapp:go_on"]


@ON_SQLITE
def test_two_texts_in_one_message_are_in_one_language(world: World) -> None:
    alice = world.add_customer(locale="en_GB")
    hours = Answered("hours", "Wir haben von 9 bis 17 Uhr geöffnet.", "de")
    _knows(world, doubtful=hours, again=hours)
    _talk(world, alice, "hello")
    for mid, line in (("doubtful", "Wann ist offen? Auf die Wochenpost kann ich verzichten"), ("again", "Wann offen?")):
        world.says(alice, line, mid=mid)
        world.answer()
    _, doubtful, again = world.accepted(alice)
    assert "Sollen wir ganz damit aufhören?" in doubtful["text"]
    assert "before" not in again["text"]
    assert again["text"].endswith("\n\nWir haben von 9 bis 17 Uhr geöffnet.")


@ON_SQLITE
def test_who_says_hello_in_one_language_is_greeted_in_it_from_the_first_word_on(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "¡Hola!")
    world.until_answered()
    assert "asistente automático" in world.accepted(psid)[-1]["text"]


@ON_SQLITE
def test_the_likeliest_are_offered_before_the_usual_buttons(world: World) -> None:
    alice = world.add_customer()
    choices = (QuickReply("Prices", "faq:prices"), QuickReply("Delivery", "faq:delivery"))
    _knows(world, unsure=Offered(choices))
    _talk(world, alice, "hello")
    world.says(alice, "how much is it?", mid="unsure")
    world.answer()
    offered = world.accepted(alice)[-1]["quick_replies"]
    assert [button["payload"] for button in offered][:3] == ["faq:prices", "faq:delivery", "botapp:person"]


@ON_SQLITE
def test_what_was_offered_and_not_chosen_is_not_offered_again(world: World) -> None:
    alice = world.add_customer()
    choices = Offered((QuickReply("Prices", "faq:prices"),))
    _knows(world, one=choices, two=choices)
    _talk(world, alice, "hello")
    for mid in ("one", "two"):
        world.says(alice, "how much is it?", mid=mid)
        world.answer()
    assert [kind for kind, _ in _kinds(world)] == ["greeting", "offered", "stuck"]
    assert world.accepted(alice)[-1]["quick_replies"][0]["payload"] == "botapp:person"


@ON_SQLITE
def test_the_wording_that_was_shown_is_on_record(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello")
    [entry] = [entry for entry in world.ledger() if entry.kind == "reply_sent"]
    assert '"answer":"greeting"' in entry.details
    assert '"wording":"default-' in entry.details


class EchoFirst:
    """The delivery, and the platform's echo arrives before its answer does."""

    def __init__(self, world: World, psid: str, delivery: Delivery) -> None:
        self._world, self._psid, self._delivery = world, psid, delivery
        self.clock, self.respect = delivery.clock, delivery.respect
        self.echoed = 0

    def deliver(self, claim: Claim) -> Outcome:
        outcome = self._delivery.deliver(claim)
        self.echoed += 1
        self._world.echo(self._psid, claim.message.metadata, mid=f"m_echo_{self.echoed}")
        return outcome


PARAGRAPHS = [f"Point {number}: " + " ".join(["this is how it is done, step by step."] * 20) for number in range(4)]
MANUAL = "\n\n".join(PARAGRAPHS)
SECOND_PART = "\n\n".join(PARAGRAPHS[2:])


def test_a_long_answer_comes_in_parts_in_order_and_its_buttons_with_the_last(world: World) -> None:
    alice = world.add_customer()
    _knows(world, long=Answered("manual", MANUAL))
    _talk(world, alice, "hello")
    world.says(alice, "how does it work?", mid="long")
    world.says(alice, "thanks")
    world.until_answered()
    _, *parts, closing = world.accepted(alice)
    assert len(parts) == 2
    assert all(len(part["text"]) < 2000 for part in parts)
    assert "".join("".join(part["text"] for part in parts).split()) == "".join(MANUAL.split())
    assert ["quick_replies" in part for part in parts] == [False, True]
    assert closing["text"].startswith("You are welcome")
    numbers = [entry.details for entry in world.ledger() if '"parts"' in entry.details]
    assert ['"part":1' in numbers[0], '"part":2' in numbers[1]] == [True, True]


@ON_SQLITE
@pytest.mark.parametrize(
    ("fault", "state"), [("drop_after", "unknown"), ("error=100/2018109", "failed"), ("error=4", "sent")]
)
def test_a_later_part_that_fails_is_known_and_never_repeated_when_in_doubt(
    world: World, fault: str, state: str
) -> None:
    alice = world.add_customer()
    _knows(world, long=Answered("manual", MANUAL))
    _talk(world, alice, "hello")
    world.faults({"fault": fault, "count": 1, "match": {"text": SECOND_PART}})
    world.says(alice, "how does it work?", mid="long")
    world.until_answered()
    row = world.replies()[-1]
    assert (row.state, row.part, row.parts) == (state, 1, 2)
    assert row.text == MANUAL
    texts = [sent["text"] for sent in world.accepted(alice)]
    assert len(texts) == len(set(texts))


def test_an_echo_that_is_faster_than_its_answer_does_not_swallow_the_rest(world: World) -> None:
    alice = world.add_customer()
    _knows(world, long=Answered("manual", MANUAL))
    _talk(world, alice, "hello")
    world.says(alice, "how does it work?", mid="long")
    sender = world.duties.replies
    delivery = EchoFirst(world, alice, sender.delivery)
    slower = replace(sender, delivery=delivery)  # type: ignore[arg-type]  # in all that is asked of it
    slower.drain(world.duties.reply_pool, 5)
    world.until_answered()
    assert delivery.echoed == 2
    assert len(world.accepted(alice)) == 3
    assert world.replies()[-1].state == "sent"


@ON_SQLITE
def test_of_messages_that_come_before_the_greeting_went_out_each_is_answered_as_what_it_is(world: World) -> None:
    alice = world.add_customer()
    world.act(alice, "message", text="hi")
    _knows(world)
    now = world.installation.clock.now()
    image = {"type": "image", "payload": {"url": "https://x.invalid/1"}}
    said: list[dict[str, object]] = [{"text": "hi"}, {"attachments": [image]}, {"text": "thank you"}, {"text": "bye"}]
    world.receives_items([world.item(alice, {"message": {"mid": f"m{n}", **s}}, at=now) for n, s in enumerate(said)])
    world.until_answered()
    assert [kind for kind, state in _kinds(world) if state == "sent"] == ["greeting", "image", "thanks"]


@ON_SQLITE
def test_who_is_unlucky_with_what_is_offered_gets_a_person_and_not_the_same_again(world: World) -> None:
    alice = world.add_customer()
    choices = Offered((QuickReply("Prices", "faq:prices"),))
    _knows(world, one=choices, two=choices, three=choices)
    _talk(world, alice, "hello")
    for mid in ("one", "two", "three"):
        world.says(alice, "do you have bicycles?", mid=mid)
        world.answer()
    assert [kind for kind, _ in _kinds(world)] == ["greeting", "offered", "stuck", "person"]


@ON_SQLITE
def test_what_is_offered_to_a_first_message_is_introduced(world: World) -> None:
    alice = world.add_customer()
    _knows(world, one=Offered((QuickReply("Prices", "faq:prices"),)))
    world.says(alice, "what does the chair cost?", mid="one")
    world.answer()
    [said] = world.accepted(alice)
    assert "automated assistant" in said["text"]
    assert said["text"].endswith("Did you mean one of these?")
    assert said["quick_replies"][0]["payload"] == "faq:prices"


@ON_SQLITE
def test_who_is_angry_again_gets_a_person_and_no_second_apology(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello", "this is a scam", "you are all thieves", "hello?")
    assert [kind for kind, _ in _kinds(world)][:3] == ["greeting", "complaint", "person"]
    [angry] = [c for c in world.contacts() if c.platform_contact_id == alice]
    assert angry.thread_owner == "person"
    assert [entry.reason for entry in world.ledger() if entry.kind == "handover_requested"] == ["complaint"]
    assert len(world.accepted(alice)) == 3, "and the bot is silent from then on"


@ON_SQLITE
def test_who_comes_by_a_link_is_told_what_the_bot_can_do_and_nothing_counts_as_unanswered(world: World) -> None:
    alice = world.add_customer()
    _talk(world, alice, "hello")
    world.receives(alice, {"referral": {"ref": "autumn", "source": "SHORTLINK", "type": "OPEN_THREAD"}})
    world.answer()
    _talk(world, alice, "do you have it in blue?")
    assert [kind for kind, _ in _kinds(world)] == ["greeting", "hello", "answer"]
