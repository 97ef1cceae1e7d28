"""The oracle is not blind: each planted fault breaks the promise that it must break, and soon.

Those that the log shows as well are asked after in test_replay, which lives through their worlds once for both.
"""

import pytest

from tests.simulation.planted.fault import MOST_CUSTOMER_DAYS, Fault, first_expected, search, without_the_fault
from tests.simulation.planted.faults import FAULTS
from tests.simulation.planted.speakers import SEEN_BY_THE_ORACLE_ALONE


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.name in SEEN_BY_THE_ORACLE_ALONE], ids=lambda fault: fault.name
)
def test_a_planted_fault_is_found(fault: Fault) -> None:
    found = search(fault, fault.shows_at)

    assert found is not None, f"{fault.name}: not found within {MOST_CUSTOMER_DAYS} customer-days"
    assert found.violation.promise in fault.broken
    print(f"{fault.name}: seed {found.seed}, after {found.customer_days:.0f} customer-days: {found.violation.told}")  # noqa: T201  for `pytest -s`

    innocent = without_the_fault(fault, found.seed)
    assert first_expected(innocent, fault.broken) is None, "the same world breaks it without the fault"
