"""What a key of the API may do. A key has some of these, for one page or for all."""

from enum import StrEnum


class ApiScope(StrEnum):
    FACTS_WRITE = "facts:write"
    CONVERSIONS_WRITE = "conversions:write"
