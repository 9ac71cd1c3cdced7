"""R302: a date that cannot be is put right where it is sure.   3月2023日 → 2023年3月

"March 2023" read as month and day. Sure is only a month from 1 to 12, a year from 1900 to 2199 in the place of the day,
and no other year or month beside it. Reported: 2023月3日, 13月, 15月2023日, 4月31日, 2023年2月29日, 31時, 9時75分.

Left alone: 25時 and 30時 (broadcasting counts on past midnight), 72時間, 10月2025日本大会 (日本), アポロ13月面, 30月額,
2月30日 of the old calendar, 第13月.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.lines import lines_with
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "R302"
SUMMARY_JA = "ありえない日付を、確かなところだけ直す"
SIGNS = "月時"

_D = "[0-9０-９]"
_ALONE = rf"(?<!{_D}|{_D}[,，.．]|[/／]|第|アポロ)"  # 10/13月 is a Monday
# 日 of another word: 2025日本, 2024日経, 1000日目
_OTHER_WORD = r"(?![本米中韓英独仏露系経産刊曜立銀欧印清間目豪台])"
_DATE = regex.compile(
    rf"""
      (?:(?P<western>{_D}{{4}})年|(?P<era>明治|大正|昭和|平成|令和)(?P<of_era>{_D}{{1,2}})年|(?P<any>年))?+
      {_ALONE}(?P<month>{_D}{{1,4}})月(?:[ ]?(?P<day>{_D}{{1,5}})日{_OTHER_WORD}(?P<rest>{_D}|\p{{Han}}{{1,2}}|.)?|
        (?=$|[\s、。，．,.！？!?（）()「」]|[\p{{InHiragana}}]|末|上旬|中旬|下旬|初|頃|以[降来前]|現在|{_D}))
    | {_ALONE}(?P<hour>{_D}{{1,2}})時
      (?:(?P<minute>{_D}{{1,3}})分(?!の)|(?=$|[\s、。，．！？）」]|半|ごろ|頃|過ぎ|まで|から|に))
    """,
    regex.VERBOSE | regex.MULTILINE,
)
# What may follow 日 so that 2023年3月 reads well: 3月2023日付の記事, 3月2023日のポッドキャスト, not 3月2023日夜
_READS_ON = regex.compile(r"\P{Han}|付|以[降来前後]|現在|号|頃|時点|版|発[売行表]|開[催始]|公開|配信|掲載|放送|末")
# 2月と3月2023日: February may be of that year too; 2月2023日と3月2023日 has a year each.
_AND = r"(?:から|まで|または|および|及び|[とやか・、/／〜～~-])[ ]?$"
_BESIDE = regex.compile(rf"[年月日][ ]?(?:$|{_AND})")
_YEAR_OF_ITS_OWN = regex.compile(rf"(?:{_D}{{4}}年{_D}{{1,2}}月|月[ ]?{_D}{{4}}日)[ ]?{_AND}")
_IN_LINE = re.compile(rf"月(?<={_D}.)"), re.compile(rf"時(?<={_D}.)")  # one letter is found faster than one of two
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}


def check(page: Page) -> Iterator[Finding]:
    """A finding for every impossible date or time, with an edit for month and year."""
    for match in _dates(page.text):
        if match["hour"]:
            hour, minute = int(match["hour"]), int(match["minute"] or 0)
            if hour > 30 or (hour <= 24 and minute > 59):
                message = Said(f"{match[0]}: there is no such time", f"ありえない時刻: {match[0]}")
                yield Finding(CODE, Span(*match.span()), message)
            continue
        month, day = int(match["month"]), int(match["day"] or 1)
        span = Span(match.start("month"), match.end("day") + 1 if match["day"] else match.end("month") + 1)
        if 1 <= month <= 12 and 1900 <= day <= 2199 and len(match["day"]) == 4 and _is_free(page.text, match):
            after = f"{match['day']}年{match['month']}月"
            before = page.text[slice(*span)]
            message = Said(f"{before} is no date: {after}", f"ありえない日付: {before} → {after}")
            yield Finding(CODE, span, message, Edit(span, after, CODE, message))
        elif not match["day"] and page.text[max(0, span.start - 1) : span.start] in ("『", "「"):
            continue  # 『13月の女の子』
        elif not 1 <= month <= 12 or not 1 <= day <= _longest(page.text, match, month):
            date = page.text[slice(*span)]
            yield Finding(CODE, span, Said(f"{date}: there is no such date", f"ありえない日付: {date}"))


def _dates(text: str) -> Iterator[regex.Match[str]]:
    for line in lines_with(text, *_IN_LINE):
        yield from _DATE.finditer(text, *line)


def _is_free(text: str, match: regex.Match[str]) -> bool:
    """Whether nothing beside the date belongs to it: not 2022年3月2023日, 2月と3月2023日, 3月2023日15時."""
    if match["western"] or match["era"] or match["any"]:
        return False
    before = text[max(0, match.start() - 16) : match.start()]
    if _BESIDE.search(before) and not _YEAR_OF_ITS_OWN.search(before):
        return False
    rest = match["rest"] or ""
    return not rest.isdecimal() and (not rest or _READS_ON.match(rest) is not None)


def _longest(text: str, match: regex.Match[str], month: int) -> int:
    """The last day of the month: 29 February only in leap years, 30 February in the old calendar (until 1872)."""
    if month != 2:
        return _DAYS[month - 1]
    if match["western"] or match["era"]:
        year = int(match["western"]) if match["western"] else _ERAS[match["era"]] + int(match["of_era"])
        return 30 if year < 1873 else 29 if isleap(year) or year < 1919 else 28
    return 30 if match["any"] or "旧暦" in text[max(0, match.start() - 20) : match.end() + 20] else 29
