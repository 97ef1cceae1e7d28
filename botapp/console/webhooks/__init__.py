"""Webhooks on the console: which systems are told what, whether they were, and a button to pause."""
