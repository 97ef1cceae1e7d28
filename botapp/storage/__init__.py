"""The only SQL. Functions here take a Connection, return frozen values and never commit."""
