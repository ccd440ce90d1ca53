"""Why a person may be told less, later, or neither yes nor no: the grounds of the directive, each with its letter."""

from __future__ import annotations

from enum import StrEnum


class Restriction(StrEnum):
    """Grounds of Directive (EU) 2016/680, Articles 13(3), 15(1) and 16(4): necessary, proportionate, and no longer."""

    INQUIRIES = (
        "inquiries"  # (a) official or legal inquiries, investigations or procedures would be obstructed
    )
    OFFENCES = (
        "offences"  # (b) preventing, detecting, investigating, prosecuting offences would be prejudiced
    )
    PUBLIC_SECURITY = "public-security"  # (c)
    NATIONAL_SECURITY = "national-security"  # (d)
    OTHERS = "others"  # (e) the rights and freedoms of others
