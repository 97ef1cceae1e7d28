"""The composition root: settings in, working parts out. Nothing else creates what others work with.

Each module makes the parts of some processes and imports only these, so that a worker need not carry the console.
"""
