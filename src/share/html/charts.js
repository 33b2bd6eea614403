/* The charts, drawn by uPlot in the colours of the page. */

const CHART_HEIGHT = 260;
const PRINT_WIDTH = 640; /* fits any paper */

const colorsOfKinds = {
	four_way: '--series-1', three_segment: '--series-2', simultaneous: '--series-3',
	four_way_incomplete: '--series-4', half_closed: '--series-5', one_sided_fin: '--series-6',
	rst_abort: '--series-7', fin_then_rst: '--series-8', refused: '--series-9',
	connect_timeout: '--series-10', handshake_abandoned: '--series-11',
	abort: '--series-7', reply: '--series-8', refusal: '--series-9', unknown: '--series-10',
};

function colorOf(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/* Of holders: the red one is the limit's. */
function seriesColor(index) {
	return colorOf(`--series-${[1, 2, 3, 4, 5, 6, 8, 9, 10, 11][index % 10]}`);
}

function axis(more) {
	return {
		stroke: colorOf('--text'), grid: {stroke: colorOf('--line'), width: 1},
		ticks: {stroke: colorOf('--line'), width: 1}, font: '12px system-ui, sans-serif', ...more,
	};
}

/* Counts have no halves. */
const wholeSteps = Array.from({length: 30},
	(_, index) => [1, 2, 5][index % 3] * 10 ** Math.floor(index / 3));

function options(more) {
	return {
		width: 400, height: CHART_HEIGHT, tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
		cursor: {drag: {x: true, y: false}}, ...more,
	};
}

/* All charts over time show the whole capture. */
function timeRange(from, to) {
	const {first_packet: first, last_packet: last} = report.summary;
	const seconds = text => Date.parse(`${text.slice(0, 23)}Z`) / 1000;

	return [Math.min(from, Math.floor(seconds(first))), Math.max(to, Math.ceil(seconds(last)))];
}

/* Hours and minutes, under them the day where it changes. */
const timeFormats = [
	[86400, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
	[60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
	[1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
];

function timeSeries() {
	return {label: 'time, UTC', value: (chart, ts) => ts === null ? '-'
		: new Date(ts * 1e3).toISOString().slice(0, 19).replace('T', ' ')};
}

/* In what a rate is told: the longest unit that a step holds, so that numbers stay large enough. */
const rateUnits = [[1, 'second'], [60, 'minute'], [3600, 'hour'], [86400, 'day']];

function unitOf(step) {
	return rateUnits.findLast(([length]) => length <= step);
}

/* Bars on each other. Each is drawn from the ground up to its top, the highest one first. There is
 * an empty one at each end, so that a bar is known to be as wide as its step. */
function stackedChart({start_s: begin, step_s: step, kinds}, labelOf) {
	const steps = kinds[0].times.length + 2;
	const start = begin - step;
	const times = Array.from({length: steps}, (_, index) => start + index * step);
	const [unitLength, unit] = unitOf(step);
	const rates = kinds.map(kind => [0, ...kind.times.map(value => (value * unitLength) / step), 0]);
	const sums = rates.map((_, index) => times.map(
		(__, at) => rates.slice(0, index + 1).reduce((sum, values) => sum + values[at], 0)));
	const drawOrder = kinds.map((_, index) => kinds.length - 1 - index);

	return {
		data: [times, ...drawOrder.map(index => sums[index])],
		options: options({
			scales: {x: {time: true, range: timeRange(begin, start + (steps - 1) * step)},
				y: {range: (chart, min, max) => [0, max > 0 ? max * 1.1 : 1]}},
			axes: [axis({values: timeFormats, space: 80}),
				axis({size: 64, values: tickNumbers, ...(step === 1 ? {incrs: wholeSteps} : {})})],
			series: [timeSeries(), ...drawOrder.map(index => ({
				label: labelOf(kinds[index].kind),
				fill: colorOf(colorsOfKinds[kinds[index].kind]),
				stroke: colorOf(colorsOfKinds[kinds[index].kind]), width: 0,
				paths: uPlot.paths.bars({size: [1, 40, 2], align: 1}), points: {show: false},
				value: (chart, _, __, at) => at === null ? '-' : rateWords(rates[index][at], unit),
			}))],
		}),
	};
}

function rateWords(value, unit) {
	const digits = value === 0 || value >= 10 ? number(Math.round(value)) : Number(value.toPrecision(2));

	return `${digits} a ${unit}`;
}

function tickNumbers(chart, values) {
	return values.map(value => value === null ? '' : number(value));
}

function labelOfHolder(entry) {
	return `${entry.holder} holds, ${entry.src_ip} > ${endpoint(entry.dest_ip, entry.dest_port)}`;
}

/* What a timeline says at each of the times; null outside. */
function sample({start, step_s: step, most}, times) {
	const begin = Date.parse(start) / 1000;

	return times.map(time => {
		const at = Math.floor((time - begin) / step);

		return at >= 0 && at < most.length ? most[at] : at === most.length ? most[at - 1] : null;
	});
}

function occupancyChart(entries) {
	const times = [...new Set(entries.flatMap(({timeline}) => Array.from(
		{length: timeline.most.length + 1},
		(_, index) => Date.parse(timeline.start) / 1000 + index * timeline.step_s)))]
		.sort((a, b) => a - b);
	const limits = [...new Set(entries.map(entry => entry.capacity))].filter(limit => limit !== null);
	const peak = Math.max(...entries.map(entry => entry.peak));
	const far = limits.some(limit => limit > 10 * peak);

	return {
		data: [times, ...entries.map(entry => sample(entry.timeline, times)),
			...limits.map(limit => times.map(() => limit))],
		options: options({
			scales: {x: {time: true, range: timeRange(times[0], times[times.length - 1])}, y: far
				? {distr: 3, range: [0.8, Math.max(...limits) * 2]}
				: {range: [0, Math.max(peak, ...limits) * 1.1]}},
			axes: [axis({values: timeFormats, space: 80}),
				far ? axis({size: 64, values: tickNumbers, filter: powersOnly,
					grid: {stroke: colorOf('--line'), width: 1, filter: powersOnly},
					ticks: {stroke: colorOf('--line'), width: 1, filter: powersOnly}})
					: axis({size: 64, values: tickNumbers, incrs: wholeSteps})],
			series: [timeSeries(), ...entries.map((entry, index) => ({
				label: labelOfHolder(entry), stroke: seriesColor(index), width: 2,
				paths: uPlot.paths.stepped({align: 1}), points: {show: false},
				value: (chart, value) => value === null ? '-' : number(value),
			})), ...limits.map(limit => ({
				label: `limit: ports that a client has (${number(limit)})`, dash: [8, 4],
				stroke: colorOf('--error'), width: 2, points: {show: false}, value: () => number(limit),
			}))],
		}),
	};
}

/* On a scale of powers, only the powers of ten have room for a number. */
function powersOnly(chart, values) {
	return values.map(value => Number.isInteger(Math.log10(value)) ? value : null);
}

/* The bars that are not empty, with an empty one at each end. */
function usedBars(distributions) {
	const used = distributions[0].times.map(
		(_, index) => distributions.some(({times}) => times[index] > 0));

	return {first: Math.max(0, used.indexOf(true) - 1),
		last: Math.min(used.length - 1, used.lastIndexOf(true) + 1)};
}

/* "10 ms", not "10.0 ms": edges are exact. */
function edgeWords(ns) {
	return duration(ns).replace(/\.0+ /, ' ').replace(/ 00 .$/, '');
}

function barWords(edges, index) {
	if (index === 0)
		return `below ${edgeWords(edges[0])}`;
	return index === edges.length ? `from ${edgeWords(edges[index - 1])} on`
		: `${edgeWords(edges[index - 1])} to ${edgeWords(edges[index])}`;
}

/* A dashed line where a duration lies among the bars. */
function markDuration(edges, ns, text) {
	const after = edges.findIndex(edge => edge > ns);
	const within = Math.log(ns / edges[after - 1]) / Math.log(edges[after] / edges[after - 1]);

	return chart => {
		const x = Math.round(chart.valToPos(after - 0.5 + within, 'x', true));
		const {top, height, left, width} = chart.bbox;
		const onLeft = x > left + width / 2;

		if (x < left || x > left + width)
			return;
		chart.ctx.save();
		chart.ctx.strokeStyle = chart.ctx.fillStyle = colorOf('--error');
		chart.ctx.lineWidth = 2 * devicePixelRatio;
		chart.ctx.setLineDash([8 * devicePixelRatio, 4 * devicePixelRatio]);
		chart.ctx.beginPath();
		chart.ctx.moveTo(x, top);
		chart.ctx.lineTo(x, top + height);
		chart.ctx.stroke();
		chart.ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
		chart.ctx.textAlign = onLeft ? 'right' : 'left';
		chart.ctx.textBaseline = 'top';
		chart.ctx.fillText(text, x + (onLeft ? -6 : 6) * devicePixelRatio, top + 4 * devicePixelRatio);
		chart.ctx.restore();
	};
}

/* How often durations fell between the edges; parts stand side by side. Bar 0 is all below the
 * first edge, so that an edge lies half a bar before the bar that it begins. */
function distributionChart(parts, mark) {
	const edges = report.charts.edges_ns;
	const {first, last} = usedBars(parts.map(({distribution}) => distribution));
	const indices = Array.from({length: last - first + 1}, (_, index) => first + index);
	const width = 0.86 / parts.length;

	return {
		data: [indices, ...parts.map(({distribution}) => indices.map(at => distribution.times[at]))],
		options: options({
			scales: {x: {time: false, range: [first - 0.5, last + 0.5]},
				y: {range: (chart, min, max) => [0, max * 1.1]}},
			axes: [axis({
				splits: () => indices.filter(at => at > 0).map(at => at - 0.5),
				values: (chart, splits) => splits.map(at => at % 3 === 0.5 || splits.length < 6
					? edgeWords(edges[at - 0.5]) : ''), space: 4,
			}), axis({size: 64, values: tickNumbers, incrs: wholeSteps})],
			series: [{label: 'took', value: (chart, at) => at === null ? '-' : barWords(edges, at)},
				...parts.map(({label, color}, index) => ({
					label, fill: colorOf(color), stroke: colorOf(color), width: 0,
					points: {show: false}, value: (chart, value) => value === null ? '-' : number(value),
					paths: uPlot.paths.bars({size: [width, 60],
						align: parts.length === 1 ? 0 : index === 0 ? -1 : 1}),
				}))],
			hooks: mark === null ? {} : {draw: [mark]},
		}),
	};
}

function spread(distribution) {
	return `median ${duration(distribution.p50_ns)}, 9 in 10 within ${duration(distribution.p90_ns)}, ` +
		`longest ${duration(distribution.max_ns)}`;
}

function barNote({step_s: step}) {
	return step === 1 ? 'Each bar is a second.'
		: `Each bar is the mean over ${edgeWords(step * 1e9)}.`;
}

function rateTitle(what, {step_s: step}, more) {
	return `${what} a ${step === 0 ? 'second' : unitOf(step)[1]}, ${more}`;
}

/* Each chart: title, whether there is anything to draw, the words below it, and how it is drawn. */
function chartList() {
	const {closes, resets, network, application, reuse, reuse_left_out: reuseLeftOut,
		time_wait_ns: timeWaitNs, edges_ns: edges} = report.charts;
	const held = report.summary.time_wait.occupancy.filter(entry => entry.timeline !== null);
	const labelOf = (list, labels) => word => labels[list.indexOf(word)];

	return [{
		title: 'TIME-WAIT held over time, by holder', empty: held.length === 0 && 'No TIME-WAIT was seen.',
		note: () => `The most held at once was ${number(report.summary.time_wait.peak.count)}. ` +
			'Only what the client holds uses up its ports, of which the dashed line is the limit.',
		draw: () => occupancyChart(held),
	}, {
		title: rateTitle('Closes', closes, 'by type'),
		empty: closes.kinds.length === 0 && 'No close was seen.',
		note: () => barNote(closes),
		draw: () => stackedChart(closes, labelOf(words.teardown, words.teardown_label)),
	}, {
		title: 'How long closes took', empty: network.count === 0 && 'No close was seen to its end.',
		note: () => `Network, ${count(network.count, 'close')}: ${spread(network)}.` +
			(application.count === 0 ? ''
				: ` Application, ${count(application.count, 'close')}: ${spread(application)}.`),
		draw: () => distributionChart([
			{label: 'network', distribution: network, color: '--series-1'},
			{label: 'application', distribution: application, color: '--series-2'}], null),
	}, {
		title: rateTitle('RSTs', resets, 'by what they were'),
		empty: resets.kinds.length === 0 && 'No RST was seen.',
		note: () => barNote(resets),
		draw: () => stackedChart(resets, labelOf(words.reset_form, words.reset_form_label)),
	}, {
		title: 'How soon addresses and ports were used again',
		empty: reuse.count === 0 && 'No two connections had the same addresses and ports.',
		note: () => 'From the last packet of the one to the first of the next, ' +
			`${count(reuse.count, 'time')}: ${spread(reuse)}.` + (reuseLeftOut === 0 ? ''
				: ` Not looked at for want of room: ${count(reuseLeftOut, 'connection')}.`),
		draw: () => distributionChart([{label: 'connections', distribution: reuse, color: '--series-3'}],
			timeWaitNs > edges[0] && timeWaitNs < edges[edges.length - 1]
				? markDuration(edges, timeWaitNs, `TIME-WAIT, ${duration(timeWaitNs)}`) : null),
	}];
}

const charts = [];

function drawChart(chart) {
	const {data, options: wanted} = chart.draw();

	chart.plot?.destroy();
	chart.plot = new uPlot({...wanted, width: matchMedia('print').matches ? PRINT_WIDTH
		: chart.home.clientWidth || 400}, data, chart.home);
}

/* Colours are taken, and paper is measured, when a chart is drawn: it is drawn again for others. */
function followColors() {
	const redraw = () => charts.forEach(drawChart);

	for (const query of ['(prefers-color-scheme: dark)', 'print'])
		matchMedia(query).addEventListener('change', redraw);
}

function showCharts() {
	const home = element('div', {class: 'charts'});

	part('charts').append(home);
	for (const chart of chartList()) {
		const place = element('div', {class: 'plot', role: 'img', 'aria-label': chart.title});

		home.append(element('figure', {}, element('h3', {}, chart.title),
			chart.empty ? element('p', {class: 'faint'}, chart.empty) : place,
			chart.empty ? null : element('figcaption', {}, chart.note())));
		if (!chart.empty)
			charts.push({...chart, home: place});
	}
	new ResizeObserver(() => charts.forEach(
		chart => chart.plot?.setSize({width: chart.home.clientWidth, height: CHART_HEIGHT}))).observe(home);
	charts.forEach(drawChart);
	followColors();
}
