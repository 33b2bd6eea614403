/* The table of connections: filtered, sorted, and shown page by page. */

const ROWS_PER_PAGE = 100;

const shown = {text: '', teardown: '', severity: '', anomaly: '', sort: 'start', descending: false,
	page: 0, order: []};

function severityRank(row) {
	return row[column.severity] ?? -1;
}

/* Addresses in the order of their numbers; IPv4 before IPv6. */
const addressKeys = new Map();

function addressKey(address) {
	let key = addressKeys.get(address);

	if (key === undefined) {
		key = address.includes(':') ? `z${address}`
			: address.split('.').map(byte => byte.padStart(3, '0')).join('.');
		addressKeys.set(address, key);
	}
	return key;
}

function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

function compareEnds(address, port) {
	return (a, b) => compare(addressKey(a[address]), addressKey(b[address])) || a[port] - b[port];
}

/* What is not known sorts as less than anything. */
function compareNumbers(valueOf) {
	return (a, b) => (valueOf(a) ?? -1) - (valueOf(b) ?? -1);
}

function payloadOf(row) {
	return row[column.payload_toserver] + row[column.payload_toclient];
}

function causeWords(row) {
	return row[column.cause] === null ? '' : words.cause[row[column.cause]];
}

function anomalyIds(row) {
	return row[column.anomalies].map(id => words.anomaly[id]);
}

/* [key, title, class, cell, comparison] */
const columnsShown = [
	['start', 'start', '', startCell, compareNumbers(row => row[column.start_us])],
	['client', 'client', 'end', row => clientOf(row), compareEnds(column.client, column.client_port)],
	['server', 'server', 'end', row => serverOf(row), compareEnds(column.server, column.server_port)],
	['verdict', 'how it ended', 'wide', verdictCell,
		(a, b) => a[column.teardown] - b[column.teardown] || compare(a[column.verdict], b[column.verdict])],
	['found', 'found', 'wide', foundCell, compareNumbers(severityRank)],
	['close', 'close took', 'number', row => microseconds(row[column.close_us]),
		compareNumbers(row => row[column.close_us])],
	['time_wait', 'TIME-WAIT', '', row => words.who[row[column.time_wait]] ?? '',
		compareNumbers(row => row[column.time_wait])],
	['payload', 'payload', 'number', row => bytes(payloadOf(row)), compareNumbers(payloadOf)],
	['lasted', 'lasted', 'number', row => microseconds(row[column.duration_us]),
		compareNumbers(row => row[column.duration_us])],
];

function microseconds(us) {
	return us === null ? '' : duration(us * 1000);
}

const severalDays = report.summary.first_packet !== null &&
	report.summary.first_packet.slice(0, 10) !== report.summary.last_packet.slice(0, 10);

function startCell(row) {
	const us = row[column.start_us];

	return element('a', {href: `#flow=${row[column.flow_id]}`, class: 'open'},
		severalDays ? `${date(us)} ${clock(us)}` : clock(us));
}

function verdictCell(row) {
	const cause = causeWords(row);

	return element('span', {}, row[column.verdict],
		cause === '' ? null : element('span', {class: 'faint'}, `; ${cause}`));
}

function foundCell(row) {
	const ids = anomalyIds(row);

	return ids.length === 0 ? '' : element('span', {}, badge(words.severity[row[column.severity]]),
		` ${ids.slice(0, 2).join(', ')}${ids.length > 2 ? ` +${ids.length - 2}` : ''}`);
}

/* What the search looks through; a word with = in it must be there as a whole. */
const searchTexts = new Map();

function searchText(row) {
	let text = searchTexts.get(row);

	if (text === undefined) {
		text = ` client=${clientOf(row)} server=${serverOf(row)} flow=${row[column.flow_id]} ` +
			`${row[column.verdict]} ${causeWords(row)} ${anomalyIds(row).join(' ')} `.toLowerCase();
		searchTexts.set(row, text);
	}
	return text;
}

function searchTerms(text) {
	return [...text.toLowerCase().matchAll(/"([^"]*)"?|\S+/g)].map(([word, quoted]) =>
		quoted ?? (word.includes('=') ? ` ${word} ` : word));
}

function matches() {
	const terms = searchTerms(shown.text);
	const teardown = words.teardown.indexOf(shown.teardown);
	const severity = words.severity.indexOf(shown.severity);
	const anomaly = words.anomaly.indexOf(shown.anomaly);

	return row => (teardown < 0 || row[column.teardown] === teardown) &&
		(severity < 0 || severityRank(row) >= severity) &&
		(anomaly < 0 || row[column.anomalies].includes(anomaly)) &&
		terms.every(term => searchText(row).includes(term));
}

function arrange() {
	const [, , , , comparison] = columnsShown.find(([key]) => key === shown.sort);
	const sign = shown.descending ? -1 : 1;

	shown.order = rows.filter(matches()).sort((a, b) => sign * comparison(a, b) ||
		a[column.start_us] - b[column.start_us]);
	shown.page = 0;
}

function rowElement(row) {
	return element('tr', {'data-flow': row[column.flow_id]},
		...columnsShown.map(([, title, kind, cell]) =>
			element('td', {class: kind, 'data-label': title}, cell(row))));
}

function pageCount() {
	return Math.max(1, Math.ceil(shown.order.length / ROWS_PER_PAGE));
}

function showPage() {
	const from = shown.page * ROWS_PER_PAGE;
	const here = shown.order.slice(from, from + ROWS_PER_PAGE);

	part('rows-shown').replaceChildren(...here.map(rowElement));
	part('found').textContent = shown.order.length === 0 ? 'No connection is like that.'
		: `${number(from + 1)} to ${number(from + here.length)} of ` +
			count(shown.order.length, 'connection') +
			(shown.order.length < rows.length ? `, of ${number(rows.length)} in this page` : '');
	part('first').disabled = part('previous').disabled = shown.page === 0;
	part('next').disabled = part('last').disabled = shown.page === pageCount() - 1;
	for (const head of part('heads').children) {
		const key = head.dataset.key;

		head.setAttribute('aria-sort', key !== shown.sort ? 'none'
			: shown.descending ? 'descending' : 'ascending');
	}
}

function show() {
	arrange();
	showPage();
}

function turnTo(page) {
	shown.page = Math.min(Math.max(page, 0), pageCount() - 1);
	showPage();
}

/* The first click on a column shows what is most, or first by name; the next turns that around. */
function sortBy(key, kind) {
	const descending = kind === 'number' || key === 'found' || key === 'time_wait';

	shown.descending = shown.sort === key ? !shown.descending : descending;
	shown.sort = key;
	show();
}

function takeFilters() {
	for (const key of ['text', 'teardown', 'severity', 'anomaly'])
		shown[key] = part(`filter-${key}`).value;
	show();
}

/* Shows the connections that are like this, and nothing else. */
function filterConnections(wanted) {
	for (const key of ['text', 'teardown', 'severity', 'anomaly'])
		part(`filter-${key}`).value = wanted[key] ?? '';
	takeFilters();
	part('connections').scrollIntoView();
	part('connections').focus({preventScroll: true});
}

function choice(key, label, all, entries) {
	return element('label', {}, `${label} `, element('select', {id: `filter-${key}`, change: takeFilters},
		element('option', {value: ''}, all),
		...entries.map(([value, text]) => element('option', {value}, text))));
}

function countBy(valuesOf) {
	const counts = new Map();

	for (const row of rows)
		for (const value of valuesOf(row))
			counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].sort((a, b) => b[1] - a[1]);
}

function filterBar() {
	const ends = countBy(row => [row[column.teardown]]);
	const anomalies = countBy(row => row[column.anomalies]);

	return element('div', {class: 'filters', role: 'search'},
		element('label', {class: 'search'}, 'Search ', element('input', {id: 'filter-text', type: 'search',
			placeholder: 'address, port, cause, server=10.0.0.2:80', input: takeFilters})),
		choice('teardown', 'ended', 'in any way', ends.map(([id, times]) =>
			[words.teardown[id], `${words.teardown_label[id]} (${number(times)})`])),
		choice('severity', 'found', 'anything or nothing', [...words.severity].reverse().map(severity =>
			[severity, severity === 'error' ? 'error' : `${severity} or worse`])),
		choice('anomaly', 'anomaly', 'any or none', anomalies.map(([id, times]) =>
			[words.anomaly[id], `${words.anomaly[id]} (${number(times)})`])),
		element('button', {type: 'button', id: 'filter-none', click: () => filterConnections({})},
			'show all'));
}

function pager() {
	const button = (id, text, label, page) => element('button', {type: 'button', id,
		'aria-label': label, click: () => turnTo(page())}, text);

	return element('div', {class: 'pager'},
		button('first', '«', 'first page', () => 0),
		button('previous', '‹', 'page before', () => shown.page - 1),
		element('span', {id: 'found', role: 'status'}),
		button('next', '›', 'next page', () => shown.page + 1),
		button('last', '»', 'last page', () => pageCount() - 1));
}

function headCell([key, title, kind]) {
	return element('th', {scope: 'col', class: kind, 'data-key': key},
		element('button', {type: 'button', click: () => sortBy(key, kind)}, title));
}

/* Up and down lead from row to row. */
function moveFocus(event) {
	const step = {ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling'}[event.key];
	const row = step && event.target.closest('tr')?.[step];

	if (!row)
		return;
	event.preventDefault();
	row.querySelector('a.open').focus();
}

/* A click anywhere in a row opens it, unless it was to select text. */
function openRow(event) {
	const row = event.target.closest('tr');

	if (row !== null && event.target.closest('a') === null && getSelection().isCollapsed)
		location.hash = `flow=${row.dataset.flow}`;
}

function extentWords() {
	const {reported, rows: told, draws, ladders} = report.extent;
	const all = report.summary.flow.total;
	const sentences = [];

	if (told < reported)
		sentences.push(`The table holds ${number(told)} of ${count(reported, 'connection')}, those with ` +
			'an anomaly of notice or above first; findings, counts and charts are of all. The others: ' +
			`tcpbye --json${report.sources}.`);
	if (reported < all)
		sentences.push(`Table and charts are of the ${number(reported)} connections that were chosen, ` +
			`findings and counts of all ${number(all)}.`);
	if (!draws)
		sentences.push('No connection is drawn here, since what was read cannot be read twice.');
	else if (ladders < told)
		sentences.push(`${count(ladders, 'connection')} can be seen as a ladder here: the first ones, ` +
			'and the first of each kind of end and of each anomaly. For any other one, the command to ' +
			'draw it is shown.');
	return sentences.join(' ');
}

function showConnections() {
	part('connections').append(
		element('p', {id: 'extent', class: 'faint'}, extentWords()), filterBar(), pager(),
		element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Connections'},
			element('table', {class: 'connections'},
				element('thead', {}, element('tr', {id: 'heads'}, ...columnsShown.map(headCell))),
				element('tbody', {id: 'rows-shown', keydown: moveFocus, click: openRow}))),
		element('p', {class: 'hint faint'}, 'A click, or Enter on its time, opens a connection.'));
	show();
}
