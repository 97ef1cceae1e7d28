"""The one more message, from the customer's words to the platform."""

from datetime import timedelta

from tests.world import World


def test_one_who_falls_silent_gets_exactly_one_message(world: World) -> None:
    alice = world.add_customer("Alice Ng")
    world.says(alice, "hello", ago=timedelta(hours=5))
    for _ in range(3):
        world.work()
    sent = world.accepted(alice)
    assert [s["messaging_type"] for s in sent] == ["RESPONSE", "UPDATE"]
    assert sent[1]["text"] == "Hello Alice, is there anything else?"
    assert [r.state for r in world.reengagements()] == ["sent"]
