"""The compliance desk: what happened, why everything else did not, and the proof that nobody has changed it since."""
