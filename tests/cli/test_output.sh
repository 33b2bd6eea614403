# Where records go, and what happens when they cannot.

gives 0 -o records three.pcap
writes_nothing
says_nothing
mv records out
flows 3
summaries 1

gives 1 -o no/such/directory three.pcap
says 'tcpbye: no/such/directory: cannot be opened to write: No such file or directory (choose another --output)'
gives 1 -o . three.pcap
says_pattern '^tcpbye: \.: cannot be opened to write: Is a directory'

cp one.pcap same.pcap
gives 2 -o same.pcap same.pcap
says 'tcpbye: same.pcap: is both a capture to read and the output (write elsewhere with --output)'
is_true 'the capture is as it was' cmp -s one.pcap same.pcap
gives 2 -o same.pcap -r - <same.pcap
is_true 'the capture on standard input is as it was' cmp -s one.pcap same.pcap

"$MAKE_CAPTURE" close 2000 >many.pcap

if [ -c /dev/full ]; then
	gives 1 -o /dev/full three.pcap
	says 'tcpbye: /dev/full: cannot be written: No space left on device (what is there ends with a whole line)'
	gives 1 -T text -o /dev/full many.pcap
	says_pattern '^tcpbye: /dev/full: cannot be written: No space left on device'
	ran='tcpbye three.pcap >/dev/full'
	"$TCPBYE" three.pcap >/dev/full 2>err
	is_true "$ran" [ $? -eq 1 ]
	says_pattern '^tcpbye: standard output: cannot be written: No space left on device'
	"$TCPBYE" --help >/dev/full 2>err
	is_true 'tcpbye --help >/dev/full' [ $? -eq 1 ]
	says_pattern '^tcpbye: standard output: cannot be written: No space left on device'
	"$TCPBYE" --schema >/dev/full 2>err
	is_true 'tcpbye --schema >/dev/full' [ $? -eq 1 ]
fi

"$TCPBYE" three.pcap >&- 2>err
is_true 'standard output is closed' [ $? -eq 1 ]
says_pattern '^tcpbye: standard output: cannot be written'
"$TCPBYE" three.pcap >out 2>&-
is_true 'standard error is closed' [ $? -eq 0 ]
flows 3
"$TCPBYE" -r - >out 2>err <&-
is_true 'standard input is closed' [ $? -eq 1 ]
says_pattern '^tcpbye: '

# A reader that goes away ends the program without a word, whether SIGPIPE is heard or ignored.
: >err
{ "$TCPBYE" many.pcap 2>err; echo $? >status; } | head -n 1 >out
is_true 'broken pipe' [ "$(cat status)" -eq 141 ]
says_nothing
(
	trap '' PIPE
	{ "$TCPBYE" many.pcap 2>err; echo $? >status; } | head -n 1 >out
)
is_true 'broken pipe, SIGPIPE ignored' [ "$(cat status)" -eq 141 ]
says_nothing

# The same for a line that waits for room which a reader would have to make: the summary here is longer
# than what a pipe takes at once.
web=$(dirname "$MAN_PAGE")/../testdata/captures/web.pcap
{ timeout 60 "$TCPBYE" "$web" 2>err; echo $? >status; } | sleep 1
is_true 'a reader that reads nothing and goes' [ "$(cat status)" -eq 141 ]
says_nothing

# A file that may not grow any further ends with a whole line.
(
	trap '' XFSZ
	ulimit -f 99
	"$TCPBYE" -o limited many.pcap >out 2>err
)
is_true 'a file at its limit' [ $? -eq 1 ]
says_pattern '^tcpbye: limited: cannot be written: File too large'
is_true 'the file has something' [ -s limited ]
is_true 'its last line is whole' [ "$(tail -c 1 limited | od -An -c | tr -d ' ')" = '\n' ]

# The same capture, the same bytes.
"$TCPBYE" many.pcap >first
"$TCPBYE" many.pcap >second
is_true 'output repeats' cmp -s first second
