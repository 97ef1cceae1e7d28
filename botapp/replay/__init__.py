"""Plays a recorded chat through the real webhook, and reads back from the database what came of it."""
