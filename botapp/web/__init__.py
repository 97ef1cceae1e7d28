"""HTTP: translates between the web and the use cases, and decides nothing."""
