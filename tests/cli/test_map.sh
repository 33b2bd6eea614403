# The map at the top of main.c names every module, and no module that is not there.

source=$(dirname "$MAN_PAGE")/../src
sed '/^ \*\/$/q' "$source/main.c" | grep -o '[a-z_0-9]*' | sort -u >named
find "$source" -name '*.[ch]' -o -name '*.def' | sed 's|.*/||; s|\..*||' | sort -u >there
is_true 'there is a map' [ "$(wc -l <there)" -gt 20 ]
comm -13 named there >out
is_true 'every module is named' [ ! -s out ]

sed '/^ \*\/$/q' "$source/main.c" | sed -n 's/^ \*   \([a-z][a-z_0-9, ]*[a-z0-9]\)   *[a-zA-Z].*/\1/p' |
	tr -d ' ' | tr ',' '\n' | sort -u >entries
is_true 'the map has entries' [ "$(wc -l <entries)" -gt 20 ]
comm -23 entries there >out
is_true 'every entry is a module' [ ! -s out ]
