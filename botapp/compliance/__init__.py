"""Use cases for those who must show what happened: seal, export, explain, erase."""
