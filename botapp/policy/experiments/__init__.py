"""Experiments, pure: who gets which variant, what came of a send, how sure that makes us, when a rule must pause."""
