#!/bin/sh
# headers_alone.sh COMPILER SOURCE_DIRECTORY [FLAG...]
#
# Every header compiles as C17 with nothing before it, and a second time behind itself.
set -eu
compiler=$1
source=$2
shift 2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$source"

find . -name '*.h' | sed 's|^\./||' | sort >"$directory/headers"
failed=0
while read -r header; do
	# The declaration keeps a header of macros only from being an empty translation unit.
	printf '#include "%s"\n#include "%s"\nextern int header_is_read;\n' "$header" "$header" \
		>"$directory/alone.c"
	"$compiler" -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$source" "$@" \
		"$directory/alone.c" || {
		echo "$header does not compile alone"
		failed=$((failed + 1))
	}
done <"$directory/headers"

count=$(wc -l <"$directory/headers")
echo "$count headers, $failed failed"
[ "$failed" -eq 0 ] && [ "$count" -gt 20 ]
