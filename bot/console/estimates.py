"""Estimates, from a random sample, how often danger or harm was missed in conversations that nobody read. Pure.

Numbers below five stay hidden, as in `bot.console.suppress`.
"""

from math import ceil, sqrt
from typing import Mapping, NamedTuple, Optional, Sequence, Tuple

from scipy.special import betaincinv

from bot.console.suppress import FEW, is_few

#: The confidence level of the bounds in `Estimate`.
CERTAINTY = 0.95
_MONTH_DAYS = 30
#: The 97.5th percentile of the normal distribution, for two-sided intervals with `CERTAINTY`.
_Z = 1.959964


class Estimate(NamedTuple):
    """A count in the sample, and upper bounds for all conversations that the sample was drawn from.

    Args:
        found: the number in the sample, or None if it is from 1 to 4. The bounds are then calculated as if it were 4.
        share: the upper bound of the share, from 0 to 1.
        monthly: the upper bound of the number in 30 days.
    """

    found: Optional[int]
    share: float
    monthly: int


class Sample(NamedTuple):
    """What readers found in the random sample.

    Args:
        read: the number of conversations read, or None if it is from 1 to 4.
        danger: the estimate for missed danger, or None if it cannot be shown.
        harm: the estimate for missed harm, or None if it cannot be shown.
    """

    read: Optional[int]
    danger: Optional[Estimate] = None
    harm: Optional[Estimate] = None


def upper_bound(found: int, read: int, certainty: float = CERTAINTY) -> float:
    """Return the exact one-sided upper confidence bound of a share (Clopper and Pearson, Biometrika 26, 1934).

    Args:
        found: the number of matching conversations among those read, from 0 to `read`.
        read: the number drawn at random and read, at least 1.
        certainty: the confidence level, from 0 to 1.
    """
    return 1.0 if found == read else float(betaincinv(found + 1, read - found, certainty))


def interval(part: int, whole: int) -> Tuple[float, float]:
    """Return the 95% confidence interval of a share (Wilson, Journal of the American Statistical Association 22, 1927).

    Args:
        part: the count, from 0 to `whole`.
        whole: the total, at least 1.
    """
    square = _Z * _Z
    middle = (part + square / 2) / (whole + square)
    reach = _Z / (whole + square) * sqrt(part * (whole - part) / whole + square / 4)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def difference(one: Tuple[int, int], other: Tuple[int, int]) -> Tuple[float, float]:
    """Return the 95% confidence interval of the difference between shares (Newcombe, Statistics in Medicine 17, 1998).

    Args:
        one: the part and the whole of the first share.
        other: the part and the whole of the share to subtract.
    """
    shares = [part / whole for part, whole in (one, other)]
    (low, high), (other_low, other_high) = interval(*one), interval(*other)
    apart = shares[0] - shares[1]
    below = sqrt((shares[0] - low) ** 2 + (other_high - shares[1]) ** 2)
    above = sqrt((high - shares[0]) ** 2 + (shares[1] - other_low) ** 2)
    return apart - below, apart + above


def kappa(pairs: Sequence[Tuple[bool, bool]]) -> Optional[float]:
    """Return Cohen's kappa, which measures how much two readers agree beyond chance.

    Source: Educational and Psychological Measurement 20 (1960), pages 37 to 46.

    Args:
        pairs: the first and second reader's answers about each conversation.

    Returns:
        At most 1, or None if it is undefined because there are no pairs or all answers are the same.
    """
    if not pairs:
        return None
    number = len(pairs)
    first, second = (sum(one[reader] for one in pairs) / number for reader in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    agreed = sum(one == other for one, other in pairs) / number
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def what_was_missed(answers: Mapping[str, int], unread: int, days: int) -> Sample:
    """Summarise the readers' answers about the random sample.

    Args:
        answers: the numbers of "no", "harm" and "danger" answers; any of them may be missing.
        unread: the number of conversations that the sample was drawn from.
        days: the number of days over which those conversations began.
    """
    harm, danger = answers.get("harm", 0), answers.get("danger", 0)
    read = answers.get("no", 0) + harm + danger
    if is_few(read):
        return Sample(None)
    # If the other two numbers can both be shown, they reveal the number of "no" answers.
    is_revealing = is_few(read - harm - danger) and not is_few(harm) and not is_few(danger)
    if not read or is_revealing:
        return Sample(read)
    monthly = unread * _MONTH_DAYS / days
    return Sample(read, _estimate(danger, read, monthly), _estimate(harm, read, monthly))


def _estimate(found: int, read: int, monthly: float) -> Estimate:
    share = upper_bound(min(FEW - 1, read) if is_few(found) else found, read)
    return Estimate(None if is_few(found) else found, share, ceil(share * monthly))
