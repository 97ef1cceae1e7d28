"""Which of a page's questions was meant. Pure: entries and models are data passed in."""
