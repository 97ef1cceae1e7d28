"""What the pages of templates and of rules have in common: their versions' stages, and the steps that people take."""
