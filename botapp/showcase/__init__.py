"""Makes a shop's fortnight: production code, a clock that is driven, and customers and staff who are made up."""
