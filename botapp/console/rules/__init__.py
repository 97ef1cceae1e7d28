"""The marketers' rules: for whom, when and how many; written, approved by others, put live, watched by the guards."""
