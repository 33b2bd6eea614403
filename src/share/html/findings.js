/* The top of the page: the sentence that answers, and what was found, worst first. */

const FINDINGS_SHOWN = 12;

function showHeadline() {
	const summary = report.summary;
	const names = summary.sources.map(source => source.name === '-' ? 'standard input' : source.name);

	part('headline').textContent = report.headline.replaceAll(' %', '\u00a0%');
	part('captures').textContent = names.length > 3
		? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
	document.title = `${names.length === 1 ? names[0] : count(names.length, 'capture')} - tcpbye`;
	if (summary.first_packet !== null)
		part('span').textContent = `Captured from ${moment(summary.first_packet)}, over ` +
			duration(between(summary.first_packet, summary.last_packet));
}

function ladderCommand(flowId) {
	return `tcpbye -T ladder --flow ${flowId}${report.sources}`;
}

function line(term, ...value) {
	return [element('dt', {}, term), element('dd', {}, ...value)];
}

function placesOf(finding) {
	const named = finding.places.map(place => element('button', {
		type: 'button', class: 'place',
		click: () => filterConnections({text: `server=${place.server}`, anomaly: finding.id}),
	}, finding.connections > 1 ? `${place.server} (${number(place.connections)})` : place.server));
	const elsewhere = finding.places.reduce((left, place) => left - place.connections,
		finding.connections);

	return elsewhere > 0 ? [...named, ' and elsewhere'] : named;
}

function doubtOf(finding) {
	if (finding.doubtful === 0)
		return null;
	return finding.doubtful === finding.connections ? ' (the capture may be at fault)'
		: ` (${number(finding.doubtful)} perhaps by the capture's fault)`;
}

function framesOf(finding) {
	if (finding.frames.length === 0)
		return '';
	return ` (frame${finding.frames.length === 1 ? '' : 's'} ${finding.frames.join(', ')})`;
}

function findingCard(finding) {
	const since = finding.connections > 1
		? `${moment(finding.first)}, for ${duration(between(finding.first, finding.last))}`
		: moment(finding.first);

	return element('article', {class: `finding ${finding.severity}`},
		element('h3', {}, badge(finding.severity), ' ', finding.id, ' in ', element('button', {
			type: 'button', class: 'place',
			click: () => filterConnections({anomaly: finding.id}),
		}, count(finding.connections, 'connection')), doubtOf(finding)),
		element('p', {}, finding.message),
		element('dl', {},
			...line('where', ...placesOf(finding)),
			...line('since', since),
			...line('do', finding.advice),
			...line('see', flowLink(finding.flow_id, 'the connection that shows it'),
				framesOf(finding), ' ', command(ladderCommand(finding.flow_id))),
			...line('more', command(`tcpbye --explain ${finding.id}`))));
}

/* What is wrong with a service as a whole, where no connection shows it. */
function alarmCard(alarm) {
	const {message, advice} = report.catalogue[alarm.event];
	const server = endpoint(alarm.dest_ip, alarm.dest_port);

	return element('article', {class: `finding ${alarm.severity}`},
		element('h3', {}, badge(alarm.severity), ` ${alarm.event} of a service as a whole`),
		element('p', {}, message),
		element('dl', {},
			...line('where', `${alarm.src_ip} > `, element('button', {type: 'button', class: 'place',
				click: () => filterConnections({text: `server=${server}`})}, server),
			`; ${number(alarm.count)} by then`),
			...line('since', moment(alarm.timestamp)),
			...line('do', advice),
			...line('more', command(`tcpbye --explain ${alarm.event}`))));
}

function showFindings() {
	const weighty = report.findings.filter(finding => finding.severity !== 'info');
	const shown = weighty.slice(0, FINDINGS_SHOWN);
	const rest = report.findings.filter(finding => !shown.includes(finding));
	const home = part('findings');
	const rank = ([severity]) => words.severity.indexOf(severity);
	const cards = [...report.summary.alarms.map(alarm => [alarm.severity, alarmCard(alarm)]),
		...shown.map(finding => [finding.severity, findingCard(finding)])];

	home.append(element('div', {class: 'findings'},
		...cards.sort((a, b) => rank(b) - rank(a)).map(([, card]) => card)));
	if (cards.length === 0)
		home.append(element('p', {class: 'good'}, 'Nothing of weight.'));
	if (rest.length > 0)
		home.append(element('p', {}, 'Also: ', ...rest.flatMap((finding, index) => [
			index > 0 ? ', ' : '',
			element('button', {type: 'button', class: 'place',
				click: () => filterConnections({anomaly: finding.id})},
			`${finding.id} ${number(finding.connections)}`)])));
}
