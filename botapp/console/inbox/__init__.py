"""The inbox: people of the team answer customers who asked for one."""
