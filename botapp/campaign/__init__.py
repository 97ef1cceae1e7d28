"""Use cases of the campaign: read and publish rules and templates, stop and resume, see where things stand."""
