"""The staff's pages: translates between the browser and the use cases, and decides nothing.

Every route declares whom it is for (`console/access.py`); one that does not stops the start. A route whose address
names a page takes it as `<int:account_id>`: then the declaration is checked for that page, and a page that is not the
staff member's own is not there for them (404).
"""
