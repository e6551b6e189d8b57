#!/usr/bin/env python3
"""Print the tables of src/base/utf8-width.c, made from Python's copy of the Unicode database.

tests/utf8-width.py | clang-format --assume-filename=src/base/x.c

A range runs across code points that are not assigned, so that the tables stay short.
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


for name, wanted in ("zero_width", is_zero_width), ("wide", is_wide):
    pairs = ", ".join(f"{{{first:#x}, {last:#x}}}" for first, last in ranges(wanted))
    print(f"static const struct range {name}[] = {{{pairs}}};\n")
