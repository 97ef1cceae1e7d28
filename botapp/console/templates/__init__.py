"""The marketers' templates: written, previewed, approved by others, and put live."""
