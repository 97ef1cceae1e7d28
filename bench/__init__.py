"""Measures botapp against the limits of the machine it runs on: `make bench`, docs/performance.md.

Every figure stands beside a limit that was measured in the same run, in turn with it (A B A B …), because machines are
shared and noisy. No figure is a test: tests only see to it that this folder still runs.
"""
