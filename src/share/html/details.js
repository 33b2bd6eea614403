/* One connection by itself, in a dialog whose address is #flow=ID. */

function factsOf(row, ladder) {
	const us = row[column.start_us];
	const source = report.summary.sources[row[column.source]];
	const ended = [ladder?.verdict ?? row[column.verdict], causeWords(row), ladder?.doubt ?? ''];
	const facts = [
		['ended', ended.filter(words => words !== '').join('; ')],
		['began', `${date(us)} ${clock(us)} UTC, lasted ${microseconds(row[column.duration_us])}`],
		['carried', `${number(row[column.payload_toserver])} octets to the server, ` +
			`${number(row[column.payload_toclient])} to the client, ` +
			`in ${count(row[column.packets], 'packet')}`],
		['frames', element('span', {}, `${row[column.first_frame]} to ${row[column.last_frame]} of `,
			element('bdi', {}, source.name === '-' ? 'standard input' : source.name))],
	];

	if (ladder === undefined && row[column.close_us] !== null)
		facts.push(['close took', microseconds(row[column.close_us]) +
			(row[column.application_us] === null ? ''
			: `, of it ${microseconds(row[column.application_us])} until the other application closed`)]);
	if (ladder === undefined && row[column.time_wait] !== null)
		facts.push(['TIME-WAIT', `held by ${words.who[row[column.time_wait]]}`]);
	return element('dl', {}, ...facts.flatMap(([term, value]) => line(term, value)));
}

function listOfFrames(frames) {
	return frames.length === 0 ? '' : ` (frame${frames.length === 1 ? '' : 's'} ${frames.join(', ')})`;
}

/* What each anomaly means stands in the findings. */
function explained(id, severity, more) {
	const finding = report.findings.find(other => other.id === id);

	return element('li', {}, severity === null ? null : badge(severity), ' ', element('strong', {}, id), more,
		finding === undefined ? '' : `: ${finding.message}`,
		finding === undefined ? null : element('span', {class: 'faint'}, ` ${finding.advice}`));
}

function doubtWords(doubt) {
	return {
		possible: ', and the capture may be at fault',
		likely: ', but likely the capture is at fault',
	}[doubt] ?? '';
}

/* The anomalies, gravest first: in full where there is a record, else by name. */
function anomalyList(row, record) {
	const rank = anomaly => words.severity.indexOf(anomaly.severity);
	const items = record === null ? anomalyIds(row).map(id => explained(id, null, ''))
		: [...record.anomalies].sort((a, b) => rank(b) - rank(a)).map(anomaly => explained(anomaly.event,
			anomaly.severity, (anomaly.side === null ? '' : ` by ${anomaly.side.replace('_', ' ')}`) +
			(anomaly.count > 1 ? `, ${count(anomaly.count, 'time')}` : '') +
			listOfFrames(anomaly.pcap_cnt) + doubtWords(anomaly.capture_doubt)));

	return items.length === 0 ? null : element('section', {}, element('h3', {}, 'What was found'),
		element('ul', {}, ...items));
}

const timeWaitEnds = {
	timer: 'ended by its timer', reuse: 'ended by a new connection on the same ports',
	assassinated: 'killed by a RST (RFC 1337)', own_reset: 'ended by its own RST',
	absent: 'proven not to be there', capture_end: 'still held when the capture ended',
	evicted: 'not followed to its end',
};

function timeWaitWords(timeWait) {
	return `${timeWait.side}, due for ${duration(timeWait.nominal_ns)}` +
		(timeWait.restarts > 0 ? `, restarted ${count(timeWait.restarts, 'time')}` : '') +
		`, ${timeWaitEnds[timeWait.ended_by]}` +
		(timeWait.duration_ns === null ? '' : ` after ${duration(timeWait.duration_ns)}`);
}

function latencyWords({latency, waves}) {
	const application = waves.length > 1 && waves[1].piggybacked ? null : latency.application_ns;

	return [[latency.peer_ack_ns, 'until the first FIN was acknowledged'],
		[application, 'until the other application closed'], [latency.last_ack_ns, 'until the last ACK']]
		.filter(([ns]) => ns !== null).map(([ns, what]) => `${duration(ns)} ${what}`).join(' + ');
}

function causeLine(explanation) {
	const label = words.cause[words.cause_id.indexOf(explanation.cause)];

	return element('li', {}, `${label}, ${explanation.weight} weight${listOfFrames(explanation.pcap_cnt)}` +
		(explanation.idle_ns === undefined ? '' : `; silent for ${duration(explanation.idle_ns)} before`) +
		((explanation.timers ?? []).length === 0 ? '' : `, as long as ${explanation.timers.join(' or ')}`));
}

/* Where the packets were met, and what to find them by elsewhere. */
function whereabouts(record) {
	const around = [...(record.vlan ?? []).map(id => `VLAN ${id}`),
		...(record.tunnel === undefined ? [] : [`in ${record.tunnel.type}`])];
	const places = {near_client: 'beside the client', near_server: 'beside the server',
		middle: 'between the two', same_host: 'on the host that is both'};
	const vantage = record.vantage;

	return [
		...(around.length === 0 ? [] : [['carried', around.join(', ')]]),
		...(vantage === undefined ? [] : [['tap', (places[vantage.place] ?? vantage.place) +
			(vantage.client_leg_ns === null ? ''
				: `, ${duration(vantage.client_leg_ns)} to the client and back, ` +
				`${duration(vantage.server_leg_ns)} to the server and back`)]]),
		['ids', `flow ${record.flow_id}, community id ${record.community_id}`],
	];
}

function repetitionWords({retransmissions_toserver: client, retransmissions_toclient: server}) {
	return [client > 0 ? `${count(client, 'segment')} by the client` : '',
		server > 0 ? `${count(server, 'segment')} by the server` : ''].filter(Boolean).join(', ');
}

/* What the record tells beyond the row. */
function recordParts(record) {
	const {teardown, time_wait: timeWaits} = record;
	const facts = [
		...(latencyWords(teardown) === '' ? [] : [['the close', latencyWords(teardown)]]),
		...(repetitionWords(record.tcp) === '' ? [] : [['repeated', repetitionWords(record.tcp)]]),
		...timeWaits.map(timeWait => ['TIME-WAIT', timeWaitWords(timeWait)]),
		...(record.nat_twin_of === undefined ? [] : [['NAT', element('span', {}, 'the other side of ',
			flowLink(record.nat_twin_of, `connection ${record.nat_twin_of}`))]]),
		...(record.quality.capture_loss ? [['capture', 'segments of it are missing']] : []),
		...whereabouts(record),
	];

	return [element('dl', {}, ...facts.flatMap(([term, value]) => line(term, value))),
		teardown.explanations.length === 0 ? null : element('section', {},
			element('h3', {}, 'What explains the end, best first'),
			element('ul', {}, ...teardown.explanations.map(causeLine)))];
}

function ladderPart(ladder) {
	const home = element('div', {class: 'scroll figure', tabindex: '0', role: 'region',
		'aria-label': 'Ladder'});
	let drawnWidth = 0;

	new ResizeObserver(() => {
		if (home.clientWidth === 0 || home.clientWidth === drawnWidth) /* 0: not shown any more */
			return;
		drawnWidth = home.clientWidth;
		home.replaceChildren(ladderFigure(ladder, drawnWidth));
	}).observe(home);
	return element('section', {}, home, element('p', {class: 'faint'}, legendOf(ladder)));
}

function showDetails(row) {
	const dialog = part('details');
	const flowId = row[column.flow_id];
	const ladder = row[column.ladder] === 1 ? ladderOfFlow(flowId) : undefined;
	const record = ladder?.record ?? null;

	dialog.replaceChildren(
		element('button', {type: 'button', class: 'close', 'aria-label': 'close',
			click: () => dialog.close()}, '×'),
		element('h2', {id: 'details-title'}, `${clientOf(row)} ${arrowOf(row)} ${serverOf(row)}`),
		factsOf(row, ladder),
		ladder !== undefined ? ladderPart(ladder) : element('p', {class: 'faint'},
			'This connection is not among those that are drawn here. The command below draws it.'),
		...(record === null ? [] : recordParts(record)).filter(part => part !== null),
		anomalyList(row, record) ?? '',
		element('p', {}, 'As a ladder: ', command(ladderCommand(flowId))),
		element('p', {}, 'Its packets: ', command(`tcpbye -w flow.pcap --flow ${flowId}${report.sources}`)));
	if (!dialog.open)
		dialog.showModal();
	dialog.scrollTop = 0;
}

/* Opens what the address asks for. */
function followAddress() {
	const [, flowId] = /^#flow=([0-9]+)$/.exec(location.hash) ?? [];
	const row = flowId === undefined ? undefined : rowOfFlow(Number(flowId));

	if (row !== undefined)
		showDetails(row);
	else if (part('details').open)
		part('details').close();
}

function prepareDetails() {
	const dialog = part('details');

	dialog.addEventListener('close', () => {
		const row = part('rows-shown').querySelector(`[href="${location.hash}"]`);

		if (location.hash.startsWith('#flow='))
			history.replaceState(null, '', location.pathname + location.search);
		row?.focus();
	});
	dialog.addEventListener('click', event => {
		if (event.target === dialog)
			dialog.close();
	});
	addEventListener('hashchange', followAddress);
	followAddress();
}
