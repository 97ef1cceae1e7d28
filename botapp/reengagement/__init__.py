"""Use cases of the one more message: plan it, find it due, send it, sweep up after crashes."""
