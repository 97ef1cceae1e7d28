"""What the processes of an instance are run with: supervisor, guard, web server, embedded Redis, cores and memory."""
