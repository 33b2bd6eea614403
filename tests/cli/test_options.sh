# Every option, seen from outside; what each one does to the analysis stands in the tests of the
# analysis.

for option in '--checksum none' '--checksum auto' '-k none' '--strict-order' '--nano' \
	'--community-id-seed 7' '--color never' '--color always' '--color auto' \
	'--progress auto' '--progress never' '--ascii' '--width 100' '--time-wait 30' \
	'--msl 30s' '--profile rfc' '--idle-timeout 1h' '--syn-timeout 1m' '--reset-linger 1s' \
	'--reorder-window 1ms' '--duplicate-window 1us' '--half-close-limit 1d' \
	'--close-wait-limit 10s' '--server-port 80,443' '--max-flows 100' '--memcap 64M' \
	'--fail-on error' '--quiet' '-q' '-qq' '--format ndjson' '-T ndjson' '--json' \
	'-o /dev/stdout' '--events flow,summary' '--count 100'; do
	# shellcheck disable=SC2086 # an option and its argument are two words
	gives 0 $option three.pcap
	says_nothing
	flows 3
	summaries 1
done

gives 0 -c 7 three.pcap
flows 1
writes '"stopped_by":"count"'
gives 0 --count=1 three.pcap
flows 1
gives 0 three.pcap
writes '"stopped_by":"end_of_input"'

# None of these segments has a right checksum.
gives 0 -k all three.pcap
flows 0

gives 0 --events summary three.pcap
flows 0
summaries 1
gives 0 --events flow three.pcap
flows 3
summaries 0

# Whoever asks for records gets records, whoever asks for text gets text.
gives 0 -T text three.pcap
writes_no '"event_type"'
writes '.'
gives 0 -T json three.pcap
is_true 'one document' [ "$(head -c 1 out)" = '{' ]

gives 0 -T ladder --first 2 three.pcap
is_true 'as many ladders as asked for' [ "$(grep -c ' > ' out)" -eq 2 ]
writes '^Not drawn: 1 more connection '
gives 0 --flow 10.0.0.1:40001-10.0.0.2:80 three.pcap
flows 1
summaries 1
writes '"src_port":40001'
id=$(sed -n 's/.*"flow_id":\([0-9]*\).*/\1/p' out | head -n 1)
gives 0 --flow "$id" --events flow,anomaly,state three.pcap
flows 1
is_true 'nothing of other connections' [ "$(grep -c "\"flow_id\":$id," out)" -eq "$(wc -l <out)" ]
gives 0 --flow '[::1]:1-[::1]:2' three.pcap
flows 0
says 'tcpbye: warning: no connection of the captures is the one that --flow names'

gives 0 -V
is_true 'version on one line' [ "$(sed 's/[0-9][0-9.]*/N/' out)" = 'tcpbye N' ]
gives 0 --version
writes '^tcpbye [0-9]'

gives 0 -h
writes '^usage: tcpbye'
writes '--close-wait-limit DURATION'
says_nothing
is_true 'help fits 80 columns' [ -z "$(awk 'length > 80' out)" ]
gives 0 --help
writes '--reset-linger'

gives 0 --schema
says_nothing
writes '"$schema"'
if command -v python3 >/dev/null; then
	is_true 'the schema is JSON' python3 -c 'import json; json.load(open("out"))'
fi

# What is not there is an unknown option, not a promise.
for option in -K -R --ring; do
	gives 2 "$option" one.pcap
	says_pattern "^tcpbye: unknown option $option"
	writes_nothing
done

# The manual page says what the table says.
"$OPTIONS_MAN" >options.man
sed -n '/^\.Sh OPTIONS$/,/^\.Sh FILTERS$/p' "$MAN_PAGE" | sed '$d' >page.man
is_true 'OPTIONS of tcpbye(1) are those of options.def (run update_man.sh)' diff options.man page.man
if command -v mandoc >/dev/null; then
	is_true 'mandoc has no complaint' mandoc -T lint -W warning "$MAN_PAGE"
fi
