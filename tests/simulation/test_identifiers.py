"""Nobody can guess identifiers; a simulation draws them from its seed."""

from random import Random

from botapp.identifiers import drawn_from, new_row_id, new_token


def _seeded() -> tuple[str, int]:
    with drawn_from(Random(7).getrandbits):  # noqa: S311  to be reproducible is the point
        return new_token(), new_row_id()


def test_a_seed_gives_the_same_identifiers_again() -> None:
    assert _seeded() == _seeded()


def test_outside_of_a_simulation_no_two_are_alike() -> None:
    _seeded()

    assert len({new_token() for _ in range(100)}) == 100
    assert len({new_row_id() for _ in range(100)}) == 100


def test_a_token_has_96_bits_and_a_row_id_fits_a_signed_column() -> None:
    assert len(new_token()) == 24
    assert all(0 <= new_row_id() < 2**63 for _ in range(100))
