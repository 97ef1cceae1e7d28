"""People who are erased, and what is looked at before and after."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from botapp.audit import verify as verifier
from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.erasure import Erasure
from botapp.storage import contacts
from botapp.storage.contacts import Contact
from tests.world import World

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Person:
    psid: str
    first_name: str
    last_name: str
    said: str
    mid: str

    @property
    def needles(self) -> tuple[str, ...]:
        return self.psid, self.first_name, self.last_name, self.said, self.mid


def come(world: World, number: int) -> Person:
    """Somebody with a name of their own wrote five hours ago."""
    first, last, said, mid = (
        f"Firstly{number:04}x",
        f"Lastly{number:04}x",
        f"secret words {number:04}x",
        f"m_in{number:04}x",
    )
    psid = world.add_customer(f"{first} {last}")
    world.says(psid, said, ago=5 * HOUR, mid=mid)
    return Person(psid, first, last, said, mid)


def known(world: World, psid: str) -> Contact:
    with world.installation.database.reading() as connection:
        found = contacts.find_by_platform_id(connection, world.account.id, psid)
    assert found is not None
    return found


def erase(world: World, psid: str, **options: bool) -> Erasure:
    world.installation.sealer().seal()
    found = known(world, psid)
    return world.installation.eraser().erase((found.account_id, found.id), "staff", **options)


def verified(world: World, folder: Path) -> int:
    world.installation.sealer().seal()
    exporter = world.installation.exporter()
    exporter.export_log(folder, world.installation.clock.now())
    return verifier.main([str(folder)])


def differences(world: World) -> list[str]:
    check = AgreementCheck(world.installation.database, world.installation.house)
    return [str(found) for found in check.run().first]
