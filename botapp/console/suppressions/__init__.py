"""Lists of people who do not want to hear from a page: taken in, after a look at what would become of them, and out."""
