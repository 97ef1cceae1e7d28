"""The command line, one file a group. Commands translate; the use cases they call do the work."""
