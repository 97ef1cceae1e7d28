"""Catalogue files: what is wrong is named with its key, all at once, and nothing of such a file is taken."""

import pytest

from botapp.campaign.catalogue_file import read_catalogue
from botapp.campaign.fields import CampaignError


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        ("= 1", ["not a TOML file"]),
        ("[[products]]\nnames = { en = 'Lamp' }", ["products[1].key: is missing"]),
        ("[[products]]\nkey = 'lamp'", ["products[1].names: give at least one"]),
        ("[[products]]\nkey = 'a b'\nnames = { en = 'Lamp' }", ["products[1].key: use letters"]),
        ("[[products]]\nkey = 'lamp'\nnames = { english = 'Lamp' }", ["is no language", "give at least one"]),
        ("[[products]]\nkey = 'lamp'\nnames = { en = 5 }", ["write one text", "give at least one"]),
        ("[[products]]\nkey = 'lamp'\nnames = { en = '!!' }", ["has no words to look for"]),
        ("[[products]]\nkey = 'lamp'\nnames = { en = 'Lamp' }\ncategory = 'lights'", ["there is no category 'lights'"]),
        ("[[products]]\nkey = 'lamp'\nnames = { en = 'Lamp' }\ncolour = 'red'", ["unknown key"]),
        ("[[products]]\nkey = 'lamp'\nnames = { en = 'Lamp' }\n" * 2, ["two have the key 'lamp'"]),
    ],
)
def test_each_fault_is_named(content: str, faults: list[str]) -> None:
    with pytest.raises(CampaignError) as refused:
        read_catalogue(content.encode())
    assert len(refused.value.faults) == len(faults)
    assert all(wanted in found for wanted, found in zip(faults, refused.value.faults, strict=True))
