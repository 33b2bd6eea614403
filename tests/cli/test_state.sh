# Connections that are left for the next run.

# Two captures whose second one goes on where the first ends: connection 2 of three is in both.
head -c 1000 three.pcap >hour1.pcap
size=$(wc -c <three.pcap)
frame_bytes=$(((size - 24) / 21))
is_true 'equal frames' [ $((frame_bytes * 21 + 24)) -eq "$size" ]
cut_at=$((24 + 10 * frame_bytes))
head -c $cut_at three.pcap >hour1.pcap
{
	head -c 24 three.pcap
	tail -c +$((cut_at + 1)) three.pcap
} >hour2.pcap

# alike A B: the same records but for their summaries' sources.
without_sources()
{
	sed 's/"sources":.*"filter"/"filter"/' "$1"
}
alike()
{
	checks=$((checks + 1))
	without_sources "$1" >left
	without_sources "$2" >right
	cmp -s left right || fail "$1 and $2 are not alike"
}

# What two runs report is what one run reports, and they leave the same behind.
gives 0 --state s --events state,anomaly,flow hour1.pcap
cp out chain
gives 0 --state s --events state,anomaly,flow,summary hour2.pcap
cat out >>chain
gives 0 --state t --strict-order --events state,anomaly,flow,summary hour1.pcap hour2.pcap
cp out whole
alike chain whole
is_true 'the same state' cmp s t

# Without a capture, what is left is reported, and stays.
cp s before
gives 0 --state s --events flow
cat out >>chain
is_true 'left as it was' cmp s before
gives 0 --strict-order --events state,anomaly,flow hour1.pcap hour2.pcap
grep '"event_type":"flow"' chain | sort >left
grep '"event_type":"flow"' out | sort >right
is_true 'every flow record' cmp left right
gives 0 --state none
writes_no '"event_type":"flow"'

# It is for nobody else.
is_true 'for its owner alone' [ "$(ls -l s | cut -c1-10)" = -rw------- ]
is_true 'nothing is left beside it' [ ! -e s.new ]

# Settings by which connections would be judged in another way.
gives 2 --state s --time-wait 30s hour2.pcap
says 'tcpbye: s: was saved under another --time-wait (give the same again, or name another --state)'
gives 2 --state s -f 'tcp port 80' hour2.pcap
says 'tcpbye: s: was saved under another filter (give the same again, or name another --state)'
gives 2 --state s --server-port 80 hour2.pcap
says 'tcpbye: s: was saved under another --server-port (give the same again, or name another --state)'
gives 2 --state s --max-flows 640 hour2.pcap
says_pattern 'under another --max-flows '
gives 0 --state s -J 1 hour2.pcap
cp before s
gives 2 --state s --write w.pcap hour2.pcap
says_pattern '^tcpbye: --state cannot go with --write'
is_true 'left as it was' cmp s before
gives 2 --state s --output s hour2.pcap
says_pattern '^tcpbye: --state names a file that is also --output'
is_true 'left as it was' cmp s before

# Files that are damaged, cut, or no state at all: refused, and left as they were.
refuses()
{
	gives 1 --state broken hour2.pcap
	writes_nothing
	says_pattern "^tcpbye: broken: $1"
	is_true 'left as it was' cmp broken "$2"
}
size=$(wc -c <s)
for at in 9 40 $((size / 2)) $((size - 1)); do
	{
		head -c "$at" s
		printf '\377'
		tail -c +$((at + 2)) s
	} >broken
	cp broken kept
	refuses 'is damaged: its checksum' kept
done
head -c $((size - 1)) s >broken
cp broken kept
refuses 'is damaged: its checksum' kept
cp three.pcap broken
refuses 'is no state file of tcpbye' three.pcap
: >broken
refuses 'is no state file of tcpbye' /dev/null
rm broken
mkdir broken
gives 1 --state broken hour2.pcap
says_pattern '^tcpbye: broken: is no regular file'
gives 1 --state nowhere/s hour2.pcap
says_pattern '^tcpbye: nowhere/s: its directory cannot be opened'

# An end that came too early: what goes on from there carries the doubt.
rm -f s
gives 0 --state s -c 10 three.pcap
gives 0 --state s hour2.pcap
gives 0 --state s
writes '"capture_doubt":"likely"'
gives 0 --state t
flows 3
writes_no '"capture_doubt":"likely"'

# Where the state cannot be saved, nothing is kept back.
if [ "$(id -u)" -ne 0 ]; then
	mkdir closed
	chmod 500 closed
	gives 1 --state closed/s open.pcap
	flows 3
	says_pattern '^tcpbye: closed/s: the state cannot be saved'
fi
mkdir full full/s.new
gives 1 --state full/s open.pcap
flows 3
says_pattern '^tcpbye: full/s: the state cannot be saved'
