"""The API for the business's own systems, /api/v1: a module for each noun, JSON in and out, keys with scopes.

An application of its own beside the webhooks: it has other errors and limits, and they pay nothing for it.
"""
