"""Looks for traces of people: byte by byte in the database's files, in every row, in Redis, and in all of var/."""

from collections.abc import Collection, Iterator
from pathlib import Path

from redis import Redis

from tests.world import World


def traces(world: World, needles: Collection[str]) -> set[tuple[str, str]]:
    """Where which of these was found: a file, a table's rows or a key of Redis, and the needle."""
    sought = {needle: needle.encode() for needle in needles}
    found = set()
    for place, content in _everything(world):
        found |= {(place, needle) for needle, written in sought.items() if written in content}
    return found


def _everything(world: World) -> Iterator[tuple[str, bytes]]:
    yield "rows", "\n".join(map(repr, world.rows_of_everything())).encode()
    settings = world.installation.settings
    for path in sorted(_files(settings.var_dir, settings.database_address)):
        yield path.name, path.read_bytes()
    with Redis.from_url(world.installation.redis_url) as client:
        for key in client.scan_iter():
            yield "redis", key + b" " + (client.dump(key) or b"")


def _files(var_dir: Path, database_address: str) -> Iterator[Path]:
    yield from (path for path in var_dir.rglob("*") if path.is_file())
    if database_address.startswith("sqlite:///"):
        database = Path(database_address.removeprefix("sqlite:///"))
        yield from database.parent.glob(f"{database.name}*")
