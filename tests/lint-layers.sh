#!/bin/sh
# The rules of the house that no compiler knows.  Prints what breaks them as file:line:.
set -u
cd "$(dirname "$0")/.." || exit 1

# layer <room> <rooms>: what stands in a room may include headers of its own and of these rooms.
layer() {
	room=$1
	rooms=$(echo "$@" | tr ' ' '|')
	grep -rn '^#include "' "src/$room" | grep -vE "\"($rooms)/" | sed 's/$/ (not a room below)/'
}

# private <header> <file>: a third party's header is known to one file.
private() {
	grep -rnE "^#include [<\"]($1)[>\"]" src | grep -v "^$2:" | sed "s|\$| (only in $2)|"
}

# They write past the end, or keep a state that two callers share.
banned() {
	grep -rnE '(^|[^[:alnum:]_])(strcpy|strcat|v?sprintf|strtok|gets|gmtime|localtime|ctime|asctime)\(' \
	    src | sed 's/$/ (banned)/'
}

# A function begins with its name and ends with a }, both in column 0: clang-format sees to that.
sizes() {
	find src -name '*.[ch]' -exec awk '
	FNR == 1 { name = "" }
	FNR == 601 { printf "%s:601: the file is longer than 600 lines\n", FILENAME }
	/^[A-Za-z_][A-Za-z0-9_]*\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); from = FNR }
	/^}/ && name != "" {
		if (FNR - from >= 80)
			printf "%s:%d: %s() has %d lines, more than 80\n", FILENAME, from, name, FNR - from + 1
		name = ""
	}' {} +
}

# clang-format leaves comments as they are.  Only a text in quotes may be longer.
widths() {
	find src tests -name '*.[ch]' -exec awk '
	{ tabs = match($0, /[^\t]/) - 1 }
	length($0) + 7 * tabs > 100 && !/"|\\$/ {
		printf "%s:%d: the line has more than 100 columns\n", FILENAME, FNR
	}' {} +
}

found=$(
	layer base
	layer model base
	layer store model base
	layer workspace store model base
	layer http base
	layer steps http workspace store model base
	layer run steps http workspace store model base
	layer cli steps workspace store model base
	private 'yaml\.h' src/base/yaml/yaml.c
	private 'jsmn\.h' src/base/json/json.c
	private 'curl/.*|curl\.h' 'src/http/http\(-url\)*.c'
	private '(md[245]|ripemd|rmd160|sha[0-9]*)\.h' src/base/digest.c
	banned
	sizes
	widths
)
[ -z "$found" ] || {
	echo "$found"
	exit 1
}
