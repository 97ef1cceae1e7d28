"""Erases 1,000 of 10,000 contacts and looks for them byte by byte: `python -m tests.compliance.erasure_at_size`.

Everybody writes, is answered and re-engaged through the sandbox, then a tenth is erased at the command line. It takes
some minutes, so it is run by hand; tests/compliance/test_erasure.py does the same with fewer.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from redis import Redis

from tests import databases, servers
from tests.world import PAGE_ID, SECRET, VERIFY_TOKEN, World, standing_world

_AGO = timedelta(hours=5)
_AT_ONCE = 100
_PATIENCE_SECONDS = 1800.0
_SHAPE = re.compile(rb"Firstly\d{6}x|Lastly\d{6}x|secret words \d{6}x|m_in\d{6}x|m_[A-Za-z0-9_-]{10,}|\d{12,}")


@dataclass(frozen=True, slots=True)
class Stage:
    """One installation, with everything it keeps."""

    run: servers.Run
    var_dir: Path
    database_url: str
    redis_url: str
    world: World

    def botapp(self, *arguments: str) -> str:
        """A command of the user's; the last line that it says."""
        environment = {
            "BOTAPP_VAR_DIR": str(self.var_dir),
            "BOTAPP_DATABASE_URL": self.database_url,
            "BOTAPP_REDIS_URL": self.redis_url,
            "BOTAPP_SANDBOX": "off",
            "BOTAPP_MESSENGER_APP_SECRET": SECRET,
            "BOTAPP_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
        }
        command = [sys.executable, "-m", "botapp", *arguments]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)  # noqa: S603  our own program
        if done.returncode:
            raise click.ClickException(f"{' '.join(arguments)}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout.strip().splitlines()[-1]

    def places(self) -> Iterator[tuple[str, bytes]]:
        """All that is kept, with the kind of place where it is."""
        yield "rows", "\n".join(map(repr, self.world.rows_of_everything())).encode()
        for path in self.run.directory.rglob("*"):
            kind = next((kind for kind in ("pg_wal", "base") if kind in path.parts), None)
            if path.is_file() and (kind or self.var_dir in path.parents):
                yield kind or path.name, path.read_bytes()
        with Redis.from_url(self.redis_url) as client:
            for key in client.scan_iter():
                yield "redis", key + b" " + (client.dump(key) or b"")


@click.command()
@click.argument("database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql")
@click.option("--contacts", "count", type=click.IntRange(min=20), default=10_000, show_default=True)
def main(database: str, count: int) -> None:
    """Exit code 0: of those erased nothing is left where it must not be, and everything verifies."""
    with ExitStack() as stack:
        stage = _stage(stack, database)
        people = _come(stage.world, count)
        gone = people[::10]
        needles = _needles(stage.world, people, gone)
        click.echo(f"{count:,} came; {len(needles):,} words and numbers name the {len(gone):,} who will go")
        _say_where(stage, needles, "before")
        listing = stage.run.directory / "gone.txt"
        listing.write_text("".join(f"{PAGE_ID}/{psid}\n" for psid in gone))
        click.echo(stage.botapp("contact", "erase", "--from", str(listing), "--yes"))
        _say_where(stage, needles, "after")
        click.echo(stage.botapp("db", "rewrite"))
        if database == "postgresql":
            _empty_the_servers_log(stage)
        left = _say_where(stage, needles, "after the database was rewritten")
        bundle = stage.run.directory / "bundle"
        for arguments in (
            ("audit", "export", "--out", str(bundle)),
            ("audit", "verify", str(bundle)),
            ("audit", "agree"),
        ):
            click.echo(stage.botapp(*arguments))
        if left:
            raise click.ClickException(f"traces are left in {', '.join(sorted(left))}")


def _stage(stack: ExitStack, database: str) -> Stage:
    run = stack.enter_context(servers.begun_run())
    redis_url = servers.start_redis(run, "redis-at-size")
    var_dir = Path(tempfile.mkdtemp(prefix="var-", dir=run.directory))
    if database == "sqlite":
        url = databases.sqlite_copy(run, var_dir / "botapp.sqlite")
    else:
        url = stack.enter_context(databases.postgresql_copy(run, servers.start_postgresql(run), "at_size"))
    world = stack.enter_context(standing_world(url, redis_url, var_dir))
    return Stage(run, var_dir, url, redis_url, world)


def _come(world: World, count: int) -> list[str]:
    """Everybody writes, is answered, falls silent and is written to once; their platform ids."""
    with ThreadPoolExecutor(4) as pool:
        people = list(pool.map(lambda n: world.add_customer(f"Firstly{n:06}x Lastly{n:06}x"), range(count)))
        list(pool.map(lambda psid: world.act(psid, "message", text="x", ago=_AGO.total_seconds()), people))
    at = world.installation.clock.now() - _AGO
    for begin in range(0, count, _AT_ONCE):
        said = [
            (psid, {"mid": f"m_in{number:06}x", "text": f"secret words {number:06}x"})
            for number, psid in enumerate(people[begin : begin + _AT_ONCE], begin)
        ]
        world.receives_items([world.item(psid, {"message": message}, at=at) for psid, message in said])
    world.until_answered(_PATIENCE_SECONDS)
    while any(row.state == "planned" for row in world.reengagements()):
        world.work()
    world.installation.sealer().seal()
    return people


def _empty_the_servers_log(stage: Stage) -> None:
    """As docs/privacy.md tells operators of PostgreSQL to do it."""
    engine = stage.world.installation.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (
            "ALTER SYSTEM SET wal_recycle = off",
            "SELECT pg_reload_conf()",
            "SELECT pg_switch_wal()",
            "CHECKPOINT",
            "SELECT pg_switch_wal()",
            "CHECKPOINT",
        ):
            connection.exec_driver_sql(statement)


def _needles(world: World, people: list[str], gone: list[str]) -> set[bytes]:
    """All that names those who will go: ids, names, words, and how the platform calls their messages."""
    wanted, numbers = set(gone), {psid: number for number, psid in enumerate(people)}
    theirs = {row.id for row in world.contacts() if row.platform_contact_id in wanted}
    rows = (*world.replies(), *world.reengagements())
    found = {row.message_id for row in rows if row.message_id and row.contact_id in theirs} | wanted
    for number in (numbers[psid] for psid in gone):
        found |= {f"Firstly{number:06}x", f"Lastly{number:06}x", f"secret words {number:06}x", f"m_in{number:06}x"}
    return {needle.encode() for needle in found}


def _say_where(stage: Stage, needles: set[bytes], when: str) -> set[str]:
    """How many of those words are still found, and where."""
    found: dict[str, set[bytes]] = {}
    for place, content in stage.places():
        hits = needles & set(_SHAPE.findall(content))
        if hits:
            found.setdefault(place, set()).update(hits)
    click.echo(f"{when}: " + (", ".join(f"{len(hits):,} in {place}" for place, hits in found.items()) or "no trace"))
    return set(found)


if __name__ == "__main__":
    main()
