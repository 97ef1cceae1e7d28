"""What the marketers' overview counts and how it is read. Pure: entries and numbers in, numbers out."""
