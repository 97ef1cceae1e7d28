"""What the marketers' messages do: the overview, one page or rule, what changed, and why somebody did or did not."""
