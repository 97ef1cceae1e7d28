"""The first page of a bundle, for people: what it is, and how to check it."""

from html import escape

from botapp.compliance.bundle import BundleTerms, Scope
from botapp.storage.tree import SignedCheckpoint

_WHAT = {
    Scope.WHOLE: "the whole log from its first entry on",
    Scope.RANGE: "a part of the log between two signed checkpoints",
    Scope.CONTACT: "every entry about one person, and those about the page that they wrote to",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log of {origin}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ overflow-x: auto; padding: .75rem; border: 1px solid; border-radius: .25rem; }}
dt {{ font-weight: 600; }}
</style>
<h1>Log of {origin}</h1>
<p>This folder holds {what}: what customers did, what they agreed to and took back, what was decided, what was sent, and
why everything else was not.</p>
<dl>
<dt>Entries</dt><dd>{entries:,}</dd>
<dt>Exported</dt><dd>{made_at}</dd>
<dt>Signed up to</dt><dd>{size:,} entries of the log, on {sealed_at}</dd>
</dl>
<h2>Check it yourself</h2>
<p>You need Python 3.10 or newer and nothing else. In this folder:</p>
<pre>python3 verify.py --key "THE KEY YOU WERE GIVEN"</pre>
<p>Take the key from somewhere else than this folder: from the company's published page, or from what you kept
earlier. The program shows whether every file is as it was signed, whether the log only ever grew, whether an entry is
missing, and, from the events alone, whether a message was begun that should not have been.</p>
<h2>What is in here</h2>
<dl>
<dt>entries.tsv</dt><dd>One entry a line: its place in the log, the entry, the key and content of what it hides where
you may see it, and its path in the tree where it stands alone.</dd>
<dt>checkpoints.ndjson</dt><dd>What the log has signed, from time to time, over all entries so far.</dd>
<dt>frontier.json</dt><dd>The tree as it was before the first entry here.</dd>
<dt>keys.txt</dt><dd>The log's public keys, to be compared with those you know.</dd>
<dt>MANIFEST</dt><dd>A fingerprint of every file, signed.</dd>
</dl>
<p>Entries name people by numbers only. What could identify somebody is replaced by a commitment that can be opened
with a key; when a person's data are erased the key is destroyed, and the entry stays provable while nobody can tell
whom it concerned.</p>
</html>
"""


def cover_page(terms: BundleTerms, entries: int, last: SignedCheckpoint) -> str:
    """One page of HTML without anything from elsewhere."""
    return _PAGE.format(
        origin=escape(terms.origin),
        what=_WHAT[terms.scope],
        entries=entries,
        made_at=f"{terms.made_at:%Y-%m-%d %H:%M} UTC",
        size=last.size,
        sealed_at=f"{last.sealed_at:%Y-%m-%d %H:%M:%S} UTC",
    )
