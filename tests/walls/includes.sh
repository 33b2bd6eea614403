#!/bin/sh
# includes.sh RULES SOURCE_DIRECTORY
#
# Includes go one way: each file's #include lines are held against the rules.
set -eu
rules=$1
cd "$2"

find . -name '*.[ch]' -o -name '*.def' | sed 's|^\./||' | sort |
	xargs grep -HE '^[[:space:]]*#[[:space:]]*include' |
	awk -v rules="$rules" '
	BEGIN {
		while ((getline line <rules) > 0) {
			sub(/#.*/, "", line)
			words = split(line, word, " ")
			if (words == 0)
				continue
			for (i = 2; i <= words; i++)
				if (word[1] != "only")
					may[word[1]] = may[word[1]] " " word[i]
				else if (i > 2)
					knows[word[2], word[i]] = 1
			if (word[1] == "only")
				library[word[2]] = 1
		}
	}
	function complain(why) {
		print file " includes " name ": " why
		wrong++
	}
	function begins(text, beginning) {
		return substr(text, 1, length(beginning)) == beginning
	}
	function permitted(room, what,   i, n, word) {
		n = split(may[room], word, " ")
		for (i = 1; i <= n; i++)
			if (begins(what, word[i]))
				return 1
		return 0
	}
	{
		file = $0
		sub(/:.*/, "", file)
		name = $0
		sub(/^[^"<]*["<]/, "", name)
		sub(/[">].*/, "", name)
		room = file ~ /\// ? file : "."
		sub(/\/.*/, "", room)
		count++
		if (!(room in may))
			complain("no rule for the room " room)
		else if ($0 ~ /include[[:space:]]*"/) {
			if (!permitted(room, name ~ /\// ? name : "./" name))
				complain("not to the left of " room " on the map of main.c")
		} else {
			if (may[room] ~ / c:/ && !permitted(room, "c:" name))
				complain(room " does without it")
			for (l in library)
				if (begins(name, l) && !((l, file) in knows))
					complain("only its own room knows " l)
		}
	}
	END {
		print count + 0 " includes, " wrong + 0 " wrong"
		exit wrong > 0 || count == 0
	}'
