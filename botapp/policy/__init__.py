"""The law of this folder: decisions are pure.

Functions here take facts and `now` and return a value. Nothing here reads a clock, a setting, a database or a
network, and nothing here imports from the rest of botapp.
"""
