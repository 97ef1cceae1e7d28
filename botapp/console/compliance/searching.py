"""Searching the log, and finding the person whom a platform's id names."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import requires
from botapp.console.compliance.desk import Desk, Pages, visible_pages
from botapp.console.compliance.form import Search, read_place
from botapp.console.compliance.shown import show
from botapp.console.compliance.words import KINDS, REASONS
from botapp.policy.access import Permission
from botapp.storage import contacts, entries
from botapp.storage.entries import StoredEntry

PAGE_SIZE = 50


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The search and its results."""

    @blueprint.get("/search")
    @requires(Permission.READ_LOG)
    def search() -> str:
        typed = Search.of(request.args)
        with desk.database.reading() as connection:
            pages = visible_pages(connection)
            before = read_place(request.args.get("before", ""))
            found = entries.search(connection, typed.filter(pages.account_ids), before, PAGE_SIZE + 1)
        return _page(pages, typed, found)

    @blueprint.post("/people")
    @requires(Permission.READ_LOG)
    def find_person() -> ResponseReturnValue:
        """By POST: the platform's ids of people do not belong into addresses, which are logged and remembered."""
        named = request.form.get("person", "").strip()[:200]
        with desk.database.reading() as connection:
            pages = visible_pages(connection)
            known = [contacts.find_by_platform_id(connection, page_id, named) for page_id in pages.by_id]
        people = [contact for contact in known if contact is not None]
        if len(people) == 1:
            [person] = people
            return redirect(url_for("compliance.timeline", account_id=person.account_id, contact_id=person.id), 303)
        return render_template("desk_people.html", people=people, pages=pages), 200 if people else 404


def _page(pages: Pages, typed: Search, found: list[StoredEntry]) -> str:
    older = found[PAGE_SIZE - 1].leaf_index if len(found) > PAGE_SIZE else None
    return render_template(
        "desk_search.html",
        pages=pages,
        typed=typed,
        shown=[show(entry) for entry in found[:PAGE_SIZE]],
        older=older,
        is_first="before" not in request.args,
        kinds=KINDS,
        reasons=REASONS,
    )
