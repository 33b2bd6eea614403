#!/bin/sh
# core_symbols.sh NM ARCHIVE
#
# The core is pure: beyond its own symbols its objects need nothing but memcpy and its like, assert,
# and what the compiler itself puts in.
set -eu
nm=$1
archive=$2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

cat >allowed <<'END'
_GLOBAL_OFFSET_TABLE_
__assert_fail
__stack_chk_fail
memcmp
memcpy
memmove
memset
END
"$nm" --defined-only --extern-only "$archive" >defined.nm
"$nm" --undefined-only "$archive" >needed.nm
awk 'NF == 3 { print $3 }' defined.nm | sort -u >defined
awk 'NF == 2 { print $2 }' needed.nm | sort -u >needed
if [ "$(wc -l <defined)" -lt 5 ] || [ "$(wc -l <needed)" -lt 3 ]; then
	echo "$archive: $nm finds no symbols in it"
	exit 1
fi

sort -u defined allowed >known
comm -23 needed known >foreign
[ ! -s foreign ] || echo "$archive calls what the core must not: $(tr '\n' ' ' <foreign)"
[ ! -s foreign ]
