"""Which variant a person gets. Whole numbers and hashes only, so that anybody can draw it again from the log.

A fixed split depends on the experiment and the person alone. Thompson sampling draws from Beta(1 + successes,
1 + failures) for each variant and takes the highest: seeded by the experiment, the person and the counts that it saw.
"""

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_POINTS = 1 << 64
# A draw takes one number for each count. Beyond this, counts are scaled down: it stays a little more curious.
_MOST_COUNTED = 1000


class Method(StrEnum):
    """How variants are chosen."""

    SPLIT = "split"
    THOMPSON = "thompson"


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant as a choice sees it. Sends whose time to be answered is not over are in neither count."""

    name: str
    weight: int = 1  # its share of a fixed split
    successes: int = 0
    failures: int = 0


def experiment_name(account_id: int, rule_name: str) -> str:
    """One experiment for each rule of a page: a person keeps the variant when a new version changes something else."""
    return f"{account_id}/{rule_name}"


def choose(method: Method, experiment: str, person: int, arms: Sequence[Arm]) -> str:
    """The name of the variant for this person. There must be one at least, and weights from 1."""
    if method is Method.SPLIT:
        return _split(experiment, person, arms)
    counts = [[arm.name, arm.successes, arm.failures] for arm in arms]
    seed = json.dumps(["thompson", experiment, person, counts], separators=(",", ":"))
    return max(arms, key=lambda arm: (_beta(seed, arm), arm.name)).name


def _split(experiment: str, person: int, arms: Sequence[Arm]) -> str:
    """The person's point on a line on which each variant takes the share of its weight, in the order given."""
    key = json.dumps(["split", experiment, person], separators=(",", ":"))
    point = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") * sum(arm.weight for arm in arms)
    end = 0
    for arm in arms:
        end += arm.weight * _POINTS
        if point < end:
            return arm.name
    raise ValueError("a split needs a variant")


def _beta(seed: str, arm: Arm) -> int:
    """A draw from the Beta distribution as 64 bits after the point.

    Of n uniform numbers the k-th smallest is distributed as Beta(k, n + 1 - k): exact, without any floating point.
    """
    successes, failures = arm.successes, arm.failures
    if successes + failures > _MOST_COUNTED:
        successes = successes * _MOST_COUNTED // (arm.successes + arm.failures)
        failures = failures * _MOST_COUNTED // (arm.successes + arm.failures)
    size = successes + failures + 1
    drawn = hashlib.shake_256(f"{seed}{arm.name}".encode()).digest(8 * size)
    return int(sorted(struct.unpack(f">{size}Q", drawn))[successes])
