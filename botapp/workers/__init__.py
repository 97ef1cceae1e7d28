"""The processes behind the web: a ticker that looks into the database, workers that do what it finds.

Redis is only the doorbell between them (docs/decisions.md, 5): what it loses is rung again.
"""

# Beside the web and not at the top of the repository: see docs/decisions.md, 1.
