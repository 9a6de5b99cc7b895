"""Our Great Expectations expectations about groups of people; usable in anyone's suite.

Each asks one question, reads published counts only, and carries its figures in the result. A
check that saw no rows does not succeed. Importing this package registers them all.
"""

from impactbook.checks.expectations.annotators import ExpectAnnotatorsToAgree
from impactbook.checks.expectations.consent import (
    ExpectConsentCoverage,
    ExpectDatedRulesToBeKept,
)
from impactbook.checks.expectations.coverage import (
    ExpectAttributePairsToBeCovered,
    ExpectIntersectionsToBeCovered,
)
from impactbook.checks.expectations.labels import ExpectLabelBalanceAcrossGroups
from impactbook.checks.expectations.missing import (
    ExpectMissingSharesToBeCounted,
    ExpectNoDisguisedMissingValues,
)
from impactbook.checks.expectations.overview import (
    ExpectGroupSharesToBeCounted,
    ExpectPersonsToAgreeWithThemselves,
    ExpectRowsToBeCounted,
)
from impactbook.checks.expectations.periods import ExpectGroupSharesToStayAlike
from impactbook.checks.expectations.personal_data import ExpectNoPersonalDataInTexts
from impactbook.checks.expectations.proxies import ExpectNoStrongProxies
from impactbook.checks.expectations.quality import (
    ExpectDuplicateShareToBeBelow,
    ExpectMissingSharesToBeBelow,
    ExpectNoLeakageBetweenSplits,
)
from impactbook.checks.expectations.representation import (
    ExpectGroupRepresentationToMatchReference,
    ExpectJointRepresentationToMatchReference,
)
from impactbook.checks.expectations.texts import (
    ExpectDurationsToBeCounted,
    ExpectTextLengthsToBeCounted,
    ExpectTextsNotToBeEmpty,
    ExpectVocabularyToBeCounted,
)

__all__ = [
    "ExpectAnnotatorsToAgree",
    "ExpectAttributePairsToBeCovered",
    "ExpectConsentCoverage",
    "ExpectDatedRulesToBeKept",
    "ExpectDuplicateShareToBeBelow",
    "ExpectDurationsToBeCounted",
    "ExpectGroupRepresentationToMatchReference",
    "ExpectGroupSharesToBeCounted",
    "ExpectGroupSharesToStayAlike",
    "ExpectIntersectionsToBeCovered",
    "ExpectJointRepresentationToMatchReference",
    "ExpectLabelBalanceAcrossGroups",
    "ExpectMissingSharesToBeBelow",
    "ExpectMissingSharesToBeCounted",
    "ExpectNoDisguisedMissingValues",
    "ExpectNoLeakageBetweenSplits",
    "ExpectNoPersonalDataInTexts",
    "ExpectNoStrongProxies",
    "ExpectPersonsToAgreeWithThemselves",
    "ExpectRowsToBeCounted",
    "ExpectTextLengthsToBeCounted",
    "ExpectTextsNotToBeEmpty",
    "ExpectVocabularyToBeCounted",
]
