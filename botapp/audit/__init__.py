"""Arithmetic of the log, pure: entries as leaves, the Merkle tree over them, signed checkpoints, proofs."""
