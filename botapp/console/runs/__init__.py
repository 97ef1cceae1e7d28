"""Forecasts and backtests of rules: asked for, watched, cancelled, read."""
