"""Use cases: what a page answers, published at once and found within milliseconds, and what it could not answer."""
