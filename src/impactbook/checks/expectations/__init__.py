"""Our Great Expectations expectations about groups of people; usable in anyone's suite.

Each asks one question, reads published counts only, and carries its figures in the result. A
check that saw no rows does not succeed. Importing this package registers them all.
"""

from impactbook.checks.expectations.coverage import ExpectIntersectionsToBeCovered
from impactbook.checks.expectations.labels import ExpectLabelBalanceAcrossGroups
from impactbook.checks.expectations.overview import (
    ExpectGroupSharesToBeCounted,
    ExpectPersonsToAgreeWithThemselves,
    ExpectRowsToBeCounted,
    ExpectTextLengthsToBeCounted,
)
from impactbook.checks.expectations.quality import (
    ExpectDuplicateShareToBeBelow,
    ExpectMissingSharesToBeBelow,
    ExpectNoLeakageBetweenSplits,
)
from impactbook.checks.expectations.representation import (
    ExpectGroupRepresentationToMatchReference,
)

__all__ = [
    "ExpectDuplicateShareToBeBelow",
    "ExpectGroupRepresentationToMatchReference",
    "ExpectGroupSharesToBeCounted",
    "ExpectIntersectionsToBeCovered",
    "ExpectLabelBalanceAcrossGroups",
    "ExpectMissingSharesToBeBelow",
    "ExpectNoLeakageBetweenSplits",
    "ExpectPersonsToAgreeWithThemselves",
    "ExpectRowsToBeCounted",
    "ExpectTextLengthsToBeCounted",
]
