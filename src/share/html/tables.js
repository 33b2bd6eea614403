/* What the summary counts, as small tables. */

/* Counts with their shares as bars: entries are [label, value, what a click shows or null]. */
function barTable(title, entries) {
	const whole = entries.reduce((sum, [, value]) => sum + value, 0);
	const body = entries.map(([label, value, show]) => {
		const bar = element('span', {class: 'bar', 'aria-hidden': 'true'});

		bar.style.width = `${(100 * value) / whole}%`;
		return element('tr', {},
			element('td', {class: 'number'}, number(value)),
			element('td', {class: 'number'}, share(value, whole)),
			element('td', {class: 'bars'}, show === null ? label
				: element('button', {type: 'button', class: 'place', click: show}, label), bar));
	});

	return entries.length === 0 ? null : element('div', {class: 'card'},
		element('table', {}, element('caption', {}, title), element('tbody', {}, ...body)));
}

function byValue(entries) {
	return entries.filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
}

function endCards() {
	const {teardown, reset, time_wait: timeWait} = report.summary;
	const closers = {client: 'the client', server: 'the server', both: 'both at once',
		unknown: 'nobody, or not known'};
	const senders = {client: 'the client', server: 'the server', third_party: 'a third party',
		unknown: 'not known'};

	return [
		barTable('How they ended', byValue(words.teardown.map((word, index) => [
			words.teardown_label[index], teardown[word],
			() => filterConnections({teardown: word})]))),
		barTable('Who closed first', byValue(Object.entries(closers).map(
			([key, label]) => [label, teardown.by_closer[key], null]))),
		barTable('Connections that were reset: what explains it best', byValue(
			report.causes.map(({cause, resets}) => [cause, resets,
				words.cause.includes(cause) ? () => filterConnections({text: `"${cause}"`}) : null]))),
		barTable('RSTs: what they were', byValue(words.reset_form.map((word, index) => [
			words.reset_form_label[index], reset.by_form[word], null]))),
		barTable('RSTs: who sent them', byValue(Object.entries(senders).map(
			([key, label]) => [label, reset.by_sender[key], null]))),
		barTable('Who held TIME-WAIT', byValue(Object.entries(timeWait.by_side).map(
			([key, value]) => [`the ${key}`, value, null]))),
	];
}

function slowestTable() {
	return smallTable('Slowest closes, and where their time went', [
		['whole', 'number', slow => duration(slow.close_ns)],
		['network', 'number', slow => duration(slow.network_ns)],
		['application', 'number', slow => slow.application_ns === undefined ? '-'
			: duration(slow.application_ns)],
		['connection', '', slow => flowLink(slow.flow_id, slow.connection)],
	], report.slowest);
}

function showEnds() {
	const home = part('ends');

	home.append(element('div', {class: 'cards'}, ...endCards()));
	if (report.slowest.length > 0)
		home.append(slowestTable());
}

function forecastOf(entry) {
	if (entry.capacity === null)
		return 'not the client\'s ports';
	if (entry.forecast === null)
		return `of ${number(entry.capacity)} ports`;
	return `none of ${number(entry.capacity)} ports left within ` +
		duration(entry.forecast.seconds_to_capacity * 1e9);
}

function occupancyTable(entries) {
	return smallTable('TIME-WAIT held at once, by holder', [
		['at most', 'number', entry => number(entry.peak)],
		['when', '', entry => entry.at === null ? '' : moment(entry.at)],
		['holder', '', entry => entry.holder],
		['between', '', entry => `${entry.src_ip} > ${endpoint(entry.dest_ip, entry.dest_port)}`],
		['ports in use', 'number', entry => number(entry.in_use_peak)],
		['forecast', '', forecastOf],
	], entries);
}

function servicesTable(entries) {
	return smallTable('Services', [
		['service', '', entry => {
			const place = endpoint(entry.dest_ip, entry.dest_port);

			return element('button', {type: 'button', class: 'place',
				click: () => filterConnections({text: `server=${place}`})}, place);
		}],
		['connections', 'number', entry => number(entry.connections)],
		['server closes first', 'number', entry => entry.server_first_percent === null ? '-'
			: `${entry.server_first_percent} %`],
		['resets', 'number', entry => number(entry.resets)],
		['TIME-WAITs it held', 'number', entry => number(entry.time_waits.server)],
		['asked to close', 'number', entry => number(entry.close_wait.count)],
		['stuck in CLOSE-WAIT', 'number', entry => number(entry.close_wait.stuck)],
		['leak score', 'number', entry => entry.close_wait.leak_score === null ? '-'
			: `${entry.close_wait.leak_score} %`],
	], entries);
}

function timeWaitLength(host) {
	if (host.time_wait_evidence_min_ns === 0 && host.time_wait_evidence_max_ns === null)
		return '-';
	return `${duration(host.time_wait_evidence_min_ns)} to ` +
		(host.time_wait_evidence_max_ns === null ? '?' : duration(host.time_wait_evidence_max_ns));
}

function hostsTable(entries) {
	return smallTable('Hosts', [
		['host', '', host => host.ip],
		['closes begun', 'number', host => number(host.closes_begun)],
		['TIME-WAITs held', 'number', host => number(host.time_waits_held)],
		['RSTs sent', 'number', host => number(host.resets_sent)],
		['CLOSE-WAITs', 'number', host => number(host.close_wait.count)],
		['not seen to end', 'number', host => number(host.close_wait.open)],
		['longest', 'number', host => host.close_wait.count === 0 ? '-'
			: duration(host.close_wait.max_age_ns)],
		['its TIME-WAIT lasts', '', timeWaitLength],
	], entries);
}

function showServices() {
	const {time_wait: timeWait, services, hosts} = report.summary;
	const active = hosts.filter(host => host.closes_begun + host.time_waits_held + host.resets_sent +
		host.close_wait.count > 0);
	const tables = [[timeWait.occupancy, occupancyTable], [services, servicesTable],
		[active, hostsTable]];

	part('services').append(...tables.filter(([entries]) => entries.length > 0)
		.map(([entries, table]) => table(entries)));
}

function showInput() {
	const {sources, decoder, filter, flow} = report.summary;
	const facts = [
		`${count(decoder.pkts, 'frame')}, ${count(decoder.tcp, 'TCP segment')}`,
		decoder.fragments > 0 ? count(decoder.fragments, 'fragment') : '',
		decoder.truncated > 0 ? `${number(decoder.truncated)} cut short` : '',
		decoder.invalid > 0 ? `${number(decoder.invalid)} invalid` : '',
		flow.evicted > 0 ? `${count(flow.evicted, 'connection')} dropped to keep to the bound on memory` : '',
		flow.nat_twins === 0 ? ''
			: `${count(flow.nat_twins, 'connection')} seen on both sides of a NAT, counted once`,
		filter === null ? '' : `filter: ${filter}`,
	];

	part('input').append(
		element('p', {}, facts.filter(fact => fact !== '').join('; ')),
		smallTable('Captures', [
			['name', 'name', source => element('bdi', {}, source.name)],
			['format', '', source => source.format ?? '-'],
			['link types', '', source => source.linktypes.join(', ')],
			['interfaces', 'name', source => element('bdi', {}, source.interfaces.join(', '))],
			['frames', 'number', source => number(source.pkts)],
			['read', '', source => source.complete ? 'to its end' : source.error ?? 'not to its end'],
		], sources),
		element('p', {class: 'faint'}, `Written by tcpbye ${report.summary.version}. `,
			'This file loads nothing from anywhere. ',
			'It holds addresses and ports of the capture: share it as you would share that.'));
}
