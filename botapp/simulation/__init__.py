"""Tries to break the promises: the production code in a seeded world of faults, judged by an oracle of its own."""
