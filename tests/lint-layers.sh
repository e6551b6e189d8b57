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

# private <header> <file or folder/>: a third party's header is known to one of these.
private() {
	grep -rnE "^#include [<\"]($1)[>\"]" src | grep -v "^$2" | sed "s|\$| (only in $2)|"
}

# What Git keeps of src/; all that is there, where there is no Git.
tracked() {
	git ls-files src 2>/dev/null | grep . || find src -type f
}

strangers() {
	tracked | grep -vE '(\.[ch]|/README|/hardening\.mk)$' | sed 's/$/: neither .c, .h nor README/'
}

# Each room says what it promises, and which file to open first.
readmes() {
	for room in src src/*/; do
		[ -e "$room/README" ] || echo "${room%/}: it has no README"
	done
}

# A header is there for others: for more than the one .c that it could be merged into.
lone_headers() {
	grep -rn '^#include "' src tests | sed -nE 's/^([^:]*):[0-9]+:#include "([^"]*)"$/\1 src\/\2/p' |
		awk '
		{ own = $2; sub(/h$/, "c", own); if ($1 != own) others[$2]++ }
		END {
			while (("find src -name \"*.h\"" | getline header) > 0) {
				own = header
				sub(/h$/, "c", own)
				has_own = (getline line <own) > 0
				if (others[header] + has_own < 2)
					printf "%s:1: only one .c includes it: merge it into that\n", header
			}
		}'
}

# What is shown goes through one function, which makes control bytes visible.
raw_messages() {
	find src -name '*.[ch]' ! -path "src/base/message*.c" -exec awk '
	FNR == 1 { statement = "" }
	{ statement = statement $0 }
	/[;}{]/ {
		if (statement ~ /(printf|puts|putc|putchar|write)(_unlocked)?\([^;]*(stderr|STDERR_FILENO)/ ||
		    statement ~ /(^|[^A-Za-z0-9_])(perror|v?warnx?|v?errx?|psignal|dprintf)\(/)
			printf "%s:%d: only base/message*.c writes to standard error\n", FILENAME, FNR
		statement = ""
	}' {} +
}

# A step type is named where it is defined, and nowhere else.
type_names() {
	names=$(grep -rhoE '\.(name|step_type) = "[A-Z][A-Z0-9_]+"' src/steps | cut -d '"' -f 2 | sort -u)
	[ -n "$names" ] || echo "src/steps: no step type is found there"
	for name in $names; do
		case $name in
		*_*) words="\"$name\"|\<$name\>" ;;
		*) words="\"$name\"" ;;
		esac
		grep -rnE "$words" src | grep -vE "^src/steps/[^:]*:[0-9]+:.*\.(name|step_type) = \"$name\"" |
			sed "s/\$/ (the step type $name is named)/"
	done
}

# They write past the end, or keep a state that two callers share.
banned() {
	grep -rnE '(^|[^[:alnum:]_])(strcpy|strcat|v?sprintf|strtok|gets|gmtime|localtime|ctime|asctime)\(' \
	    src | sed 's/$/ (banned)/'
}

# In the C locale bash makes no character of \u009b: a test says its bytes.
escapes() {
	grep -rnE "\\$'[^']*\\\\[uU][0-9a-fA-F]" tests --include='*.bats' --include='*.bash' |
	    sed 's/$/ (bytes, not \\u)/'
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
	private 'yaml\.h' src/base/yaml/
	private 'jsmn\.h' src/base/json/
	private 'pcre2\.h' src/base/pattern.c
	private 'curl/.*|curl\.h' src/http/
	private 'openssl/.*' src/http/tls.c
	private '(md[245]|ripemd|rmd160|sha[0-9]*)\.h' src/base/digest.c
	strangers
	readmes
	lone_headers
	raw_messages
	type_names
	banned
	escapes
	sizes
	widths
)
[ -z "$found" ] || {
	echo "$found"
	exit 1
}
