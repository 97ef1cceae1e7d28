"""Use cases of staff: who they are, how they prove it, their sessions, their rights. Each change is on the record."""
