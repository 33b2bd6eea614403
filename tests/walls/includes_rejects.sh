#!/bin/sh
# includes_rejects.sh CHECK...
#
# The check, a command that takes a source directory, finds each of these wrong includes, and
# nothing wrong with the right one.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
mkdir core decode sink cellar

echo '#include "core/seq.h"' >core/right.c
if ! "$@" "$directory" >said; then
	cat said
	exit 1
fi

echo '#include "sink/sink.h"' >core/upwards.c
echo '#include <stdio.h>' >core/prints.c
echo '#  include "source/source.h"' >decode/reads.c
echo '#include <jansson.h>' >sink/second.c
echo '#include <pthread.h>' >run.c
echo '#include "core/seq.h"' >cellar/unknown.c
if "$@" "$directory" >said; then
	echo "wrong includes were let through"
	exit 1
fi
for file in core/upwards.c core/prints.c decode/reads.c sink/second.c run.c cellar/unknown.c; do
	grep -q "^$file includes" said || {
		echo "not found: $(cat "$file") in $file"
		exit 1
	}
done
tail -n 1 said
grep -qx '7 includes, 6 wrong' said
