"""Rules tried before they go live: on the windows that are open now, and on the history that is on record.

What is decided is decided by the production policy; nothing here plans, claims or sends.
"""
