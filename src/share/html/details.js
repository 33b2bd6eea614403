/* One connection by itself, in a dialog whose address is #flow=ID. */

function factsOf(row) {
	const us = row[column.start_us];
	const source = report.summary.sources[row[column.source]];
	const facts = [
		['ended', `${row[column.verdict]}${row[column.cause] === null ? '' : `; ${causeWords(row)}`}`],
		['began', `${date(us)} ${clock(us)} UTC, lasted ${microseconds(row[column.duration_us])}`],
		['carried', `${number(row[column.payload_toserver])} octets to the server, ` +
			`${number(row[column.payload_toclient])} to the client, in ${count(row[column.packets], 'packet')}`],
		['frames', element('span', {}, `${row[column.first_frame]} to ${row[column.last_frame]} of `,
			element('bdi', {}, source.name === '-' ? 'standard input' : source.name))],
	];

	if (row[column.close_us] !== null)
		facts.push(['close took', microseconds(row[column.close_us]) + (row[column.application_us] === null ? ''
			: `, of it ${microseconds(row[column.application_us])} until the other application closed`)]);
	if (row[column.time_wait] !== null)
		facts.push(['TIME-WAIT', `held by ${words.who[row[column.time_wait]]}`]);
	return element('dl', {}, ...facts.flatMap(([term, value]) => line(term, value)));
}

/* What each anomaly means stands in the findings, for those that count. */
function anomalyList(row) {
	const items = anomalyIds(row).map(id => {
		const finding = report.findings.find(other => other.id === id);

		return element('li', {}, element('strong', {}, id),
			finding === undefined ? '' : `: ${finding.message} ${finding.advice}`);
	});

	return items.length === 0 ? null : element('ul', {class: 'anomalies'}, ...items);
}

function showDetails(row) {
	const dialog = part('details');
	const flowId = row[column.flow_id];

	dialog.replaceChildren(
		element('button', {type: 'button', class: 'close', 'aria-label': 'close', click: () => dialog.close()}, '×'),
		element('h2', {id: 'details-title'}, `${clientOf(row)} ${arrowOf(row)} ${serverOf(row)}`),
		factsOf(row), anomalyList(row),
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
