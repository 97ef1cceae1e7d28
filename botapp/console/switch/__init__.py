"""The kill switch on the console: how each stands, and turning it."""
