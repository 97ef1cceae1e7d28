"""The oracle: judges a world by what truly happened in it and by what the platform took.

It shares no code with what it judges, and import-linter sees to that. In doubt it acquits: clocks may be wrong by what
the house allows, and of two things at the same instant either may have been first. What it convicts of is beyond doubt.
"""

from botapp.simulation.oracle.judgement import judge
from botapp.simulation.oracle.verdict import Broken, Verdict, Violation, is_lively

__all__ = ["Broken", "Verdict", "Violation", "is_lively", "judge"]
