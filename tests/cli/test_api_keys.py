"""`botapp api-key` and `botapp catalogue` as people type them."""

from pathlib import Path

from tests.cli.conftest import Botapp


def test_a_key_is_shown_once_listed_without_it_and_revoked(shop: Botapp) -> None:
    added = shop("api-key", "add", "shop", "--page", "1000", "--scope", "facts:write", "--expires-in", "30d")
    assert added.code == 0, added.err
    assert added.out.startswith("botapp_")
    listed = shop("api-key", "list").out
    assert listed.split("\t")[:4] == ["shop", "1000", "facts:write", "valid"]
    assert added.out.strip() not in listed
    assert shop("api-key", "revoke", "shop").code == 0
    assert "revoked" in shop("api-key", "list").out
    again = shop("api-key", "revoke", "shop")
    assert (again.code, "botapp api-key list" in again.err) == (1, True)
    assert shop("api-key", "add", "shop").code == 1
    assert shop("api-key", "add", "other", "--page", "nobody").code == 2
    assert shop("api-key", "add", "other", "--expires-in", "soon").code == 2


def test_a_catalogue_is_applied_whole_or_not_at_all(shop: Botapp, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text('[[products]]\nkey = "lamp"\nnames = { en = "Lamp" }\n')
    applied = shop("catalogue", "apply", str(file), "--page", "1000")
    assert applied.out == "page 1000: 1 products, 0 categories\n"
    file.write_text('[[products]]\nkey = "lamp"\n')
    refused = shop("catalogue", "apply", str(file))
    assert (refused.code, "products[1].names" in refused.err) == (1, True)


def test_a_page_chooses_what_voids_its_messages(shop: Botapp) -> None:
    page = ("account", "add", "messenger", "--page-id", "1000", "--token", "t", "--name", "Test Page")
    assert shop(*page, "--conversion-voids", "silence", "--answer-voids", "nothing").code == 0
    assert shop(*page, "--conversion-voids", "sometimes").code == 2
