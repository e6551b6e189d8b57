#!/usr/bin/env python3
"""Print the tables of src/base/utf8-width.c or utf8-hidden.c, from Python's Unicode database.

tests/utf8-tables.py width | clang-format --assume-filename=src/base/x.c
tests/utf8-tables.py hidden | clang-format --assume-filename=src/base/x.c

A range of widths runs across code points that are not assigned, so that the tables stay short.
"""
import sys
import unicodedata

FIRST = 0x300  # below it stands no combining and no wide character


def ranges(wanted):
    found = []
    open_range = False
    for code_point in range(FIRST, sys.maxunicode + 1):
        character = chr(code_point)
        if wanted(code_point, character):
            if open_range:
                found[-1][1] = code_point
            else:
                found.append([code_point, code_point])
            open_range = True
        elif unicodedata.category(character) != "Cn":
            open_range = False
    return found


def is_zero_width(code_point, character):
    return unicodedata.category(character) in ("Mn", "Me", "Cf") or 0x1160 <= code_point <= 0x11FF


def is_wide(code_point, character):
    if is_zero_width(code_point, character):
        return False
    if 0x20000 <= code_point <= 0x3FFFD:  # two planes for ideographs, assigned or not
        return True
    # Python calls full-width what is not assigned
    assigned = unicodedata.category(character) != "Cn"
    return unicodedata.east_asian_width(character) in "WF" and assigned


# Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which Python does not have, as far as its
# members are neither of category Cf nor unassigned: joiners, fillers of Hangul, inherent vowels of
# Khmer and variation selectors.
IGNORABLE = (
    *(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, 0xFFA0),
    *(*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
)
# What has no ink although its category has: the empty braille pattern, a note without a head.
BLANK = (0x2800, 0x1D159)


def is_hidden(code_point, character):
    category = unicodedata.category(character)
    if category[0] == "C" or category in ("Zl", "Zp"):
        return True
    return (category == "Zs" and character != " ") or code_point in IGNORABLE + BLANK


def hidden_ranges():
    found = []
    for code_point in range(sys.maxunicode + 1):
        if not is_hidden(code_point, chr(code_point)):
            continue
        if found and found[-1][1] == code_point - 1:
            found[-1][1] = code_point
        else:
            found.append([code_point, code_point])
    return found


def print_table(name, pairs):
    items = ", ".join(f"{{{first:#x}, {last:#x}}}" for first, last in pairs)
    print(f"static const struct utf8_range {name}[] = {{{items}}};\n")


if sys.argv[1:] == ["width"]:
    print_table("zero_width", ranges(is_zero_width))
    print_table("wide", ranges(is_wide))
elif sys.argv[1:] == ["hidden"]:
    print_table("hidden", hidden_ranges())
else:
    sys.exit("usage: utf8-tables.py width|hidden")
