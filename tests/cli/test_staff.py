"""Staff by command: for the first admin, and for when no admin can log in any more."""

import re

from tests.cli.conftest import Botapp

LINK = re.compile(r"^http://127\.0\.0\.1:8080/console/welcome/[\w-]{43}$", re.MULTILINE)


def _listed(botapp: Botapp) -> list[list[str]]:
    done = botapp("staff", "list")
    assert done.code == 0, done.err
    return [line.split("\t") for line in done.out.splitlines()]


def test_somebody_is_added_listed_and_gets_a_link(shop: Botapp) -> None:
    added = shop("staff", "add", "Alice", "--role", "admin", "--display-name", "Alice Ng")
    assert added.code == 0, added.err
    assert LINK.search(added.out)
    assert _listed(shop) == [["alice", "Alice Ng", "admin on all pages", "no second factor", "invited"]]


def test_roles_hold_on_the_pages_that_are_named(shop: Botapp) -> None:
    shop("staff", "add", "bob", "--role", "marketer", "--role", "auditor", "--page", "1000")
    assert _listed(shop)[0][2] == "auditor on 1000, marketer on 1000"
    assert shop("staff", "grant", "bob", "--role", "operator").code == 0
    assert _listed(shop)[0][2] == "operator on all pages"


def test_what_is_wrong_is_said_in_a_line_and_changes_nothing(shop: Botapp) -> None:
    shop("staff", "add", "alice", "--role", "admin")
    for words, arguments in {
        "has that name already": ("add", "ALICE", "--role", "auditor"),
        "2 to 100 letters": ("add", "no blanks", "--role", "auditor"),
        "at least one --role": ("add", "bob"),
        "there is no page '77'": ("add", "bob", "--role", "auditor", "--page", "77"),
        "is not one of": ("add", "bob", "--role", "owner"),
        "nobody is called 'bob'": ("invite", "bob"),
        "no admin of all pages left": ("revoke", "alice"),
    }.items():
        done = shop("staff", *arguments)
        assert done.code != 0
        assert words in done.err
        assert "Traceback" not in done.err
    assert len(_listed(shop)) == 1


def test_links_are_made_anew_and_access_is_taken_away(shop: Botapp) -> None:
    shop("staff", "add", "alice", "--role", "admin")
    shop("staff", "add", "bob", "--role", "operator")
    links = {LINK.findall(shop("staff", command, "bob").out)[0] for command in ("invite", "reset")}
    assert len(links) == 2
    assert shop("staff", "revoke", "bob").code == 0
    assert _listed(shop)[1][4] == "no access"
    assert "access was revoked" in shop("staff", "invite", "bob").err
    assert shop("staff", "restore", "bob").code == 0
    assert _listed(shop)[1][4] == "invited"
