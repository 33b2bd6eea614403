/*
 * A connection as a sequence diagram, from the same lines as the ladder of the text: the client's
 * lifeline on the left, the server's on the right, time downwards.
 *
 * Where there is no room beside the lifelines, frame and time stand above each arrow.
 */

const LADDER = {
	narrow: 620, gutter: 168, slope: 9, line: 19, arrow: 34, fold: 30,
	pause: 22, barWidth: 7, most: 1000,
};

const ruler = document.createElement('canvas').getContext('2d');

function textWidth(text, weight = 400, size = 13) {
	ruler.font = `${weight} ${size}px system-ui, sans-serif`;
	return ruler.measureText(text).width;
}

/* Words on as many lines as they need. */
function wrap(text, width) {
	const lines = [''];

	for (const word of text.split(' ')) {
		const longer = lines[lines.length - 1] === '' ? word : `${lines[lines.length - 1]} ${word}`;

		if (lines[lines.length - 1] !== '' && textWidth(longer) > width)
			lines.push(word);
		else
			lines[lines.length - 1] = longer;
	}
	return lines;
}

function svgText(x, y, anchor, kind, text) {
	return drawn('text', {x, y, 'text-anchor': anchor, class: kind}, text);
}

function svgLine(x1, y1, x2, y2, kind) {
	return drawn('line', {x1, y1, x2, y2, class: kind});
}

/* Where everything stands across; down is known as it is drawn. */
function layOut(lines, width) {
	const narrow = width < LADDER.narrow;
	const gutter = narrow ? 0 : LADDER.gutter;
	const marks = [0, 1].map(side => 12 + Math.max(40, ...lines.map(line => line.marks?.[side] ?? null)
		.filter(mark => mark !== null).map(mark => textWidth(markText(mark), 600, 12))));
	const left = gutter + marks[0];
	const right = width - marks[1];

	return {narrow, width, left, right, middle: (left + right) / 2, field: right - left, y: 0};
}

function markText(mark) {
	const name = stateName(mark.state);
	const text = mark.certainty === 'inferred_gap' ? `(${name})` : name;

	return mark.certainty === 'assumed' && !mark.refuted ? `${text}?` : text;
}

/* A side's state beside its lifeline, at the height where it changes. */
function markOf(place, mark, side, y) {
	const kind = `state${mark.refuted ? ' refuted' : ''}${mark.certainty === 'observed' ? '' : ' likely'}`;

	return side === 0 ? svgText(place.left - 8, y, 'end', kind, markText(mark))
		: svgText(place.right + 8, y, 'start', kind, markText(mark));
}

function marksOf(place, line, heights) {
	return line.marks.map((mark, side) => mark === null ? null : markOf(place, mark, side, heights[side]));
}

/* Lifelines, as bars where a side is in TIME-WAIT, dotted where time passes. */
function lifelines(place, bars, height, kind) {
	const [top, bottom] = [place.y, place.y + height];

	return [place.left, place.right].map((x, side) => bars[side]
		? drawn('rect', {x: x - LADDER.barWidth / 2, y: top, width: LADDER.barWidth, height,
			class: `bar-of-life ${kind}`})
		: svgLine(x, top, x, bottom, `lifeline ${kind}`));
}

/* Frame and time: on the left, or above what they are of. */
function stampOf(place, line, y) {
	if (line.number === '' && line.delta === '')
		return [];
	if (place.narrow)
		return [svgText(place.middle, y, 'middle', 'stamp', `${line.number} ${line.delta}`.trim())];
	return [svgText(76, y, 'end', 'stamp', line.number), svgText(154, y, 'end', 'stamp', line.delta)];
}

function headOfArrow(x, y, rightwards) {
	const back = rightwards ? -9 : 9;

	return drawn('path', {d: `M ${x} ${y} l ${back} -5 l 0 9 z`, class: 'head'});
}

function cross(x, y) {
	return drawn('path', {d: `M ${x - 5} ${y - 5} l 10 10 m -10 0 l 10 -10`, class: 'lost'});
}

function drawArrow(place, line) {
	const rightwards = line.from === 0;
	const labels = wrap(line.label, place.field - 16);
	const stamp = place.narrow && line.number !== '' ? LADDER.line : 0;
	const above = stamp + labels.length * LADDER.line;
	const height = above + LADDER.arrow - LADDER.line;
	const [from, to] = rightwards ? [place.left, place.right] : [place.right, place.left];
	const start = place.y + above + 1;
	const end = start + LADDER.slope;
	const lost = line.stroke === 'lost';
	const stop = lost ? from + (to - from) * 0.82 : to;
	const stopHeight = lost ? start + LADDER.slope * 0.82 : end;
	const heights = rightwards ? [start + 4, end + 4] : [end + 4, start + 4];
	const made = drawn('g', {class: `arrow ${line.tone}`},
		...lifelines(place, line.bars, height, ''),
		...stampOf(place, line, place.narrow ? place.y + 14 : start + 4),
		...labels.map((label, index) => svgText(place.middle, place.y + stamp + 14 + index * LADDER.line,
			'middle', 'label', label)),
		svgLine(from, start, stop, stopHeight, line.stroke === 'solid' ? 'shaft' : 'shaft dashed'),
		lost ? cross(stop, stopHeight) : headOfArrow(to, end, rightwards),
		...marksOf(place, line, heights).filter(mark => mark !== null));

	place.y += height;
	return made;
}

function drawWords(place, line) {
	const stamp = place.narrow && line.delta !== '' ? [`${line.delta}`] : [];
	const lines = [...stamp, ...(line.label === '' ? [] : wrap(line.label, place.field - 16))];
	const height = Math.max(1, lines.length) * LADDER.line;
	const y = place.y + 14;
	const made = drawn('g', {class: `words ${line.tone}`},
		...lifelines(place, line.bars, height, ''),
		...(place.narrow ? [] : stampOf(place, line, y)),
		...lines.map((words, index) => svgText(place.middle, y + index * LADDER.line, 'middle',
			index < stamp.length ? 'stamp' : 'label', words)),
		...marksOf(place, line, [y, y]).filter(mark => mark !== null));

	place.y += height;
	return made;
}

/* The data phase: a band with what went through it. */
function drawFold(place, line) {
	const whole = line.label.replace('  ', '\u2003\u2003');
	const lines = textWidth(whole) <= place.field - 24 ? [whole]
		: line.label.split('  ').flatMap(direction => wrap(direction, place.field - 24));
	const stamp = place.narrow ? LADDER.line : 0;
	const height = LADDER.fold + stamp + (lines.length - 1) * LADDER.line;
	const top = place.y + stamp + 3;
	const made = drawn('g', {class: 'fold'},
		...lifelines(place, line.bars, height, ''),
		...stampOf(place, line, place.narrow ? place.y + 14 : top + 15),
		drawn('rect', {x: place.left + 6, y: top, width: place.field - 12,
			height: height - stamp - 7, rx: 3}),
		...lines.map((words, index) => svgText(place.middle, top + 15 + index * LADDER.line,
			'middle', 'label', words)));

	place.y += height;
	return made;
}

function drawPause(place, line) {
	const made = drawn('g', {}, ...lifelines(place, line.bars, LADDER.pause, 'passes'));

	place.y += LADDER.pause;
	return made;
}

/* Names above lifelines, moved so that they neither leave the figure nor meet. */
function drawHeads(place, line) {
	const [leftWidth, rightWidth] = [textWidth(line.left, 600), textWidth(line.right, 600)];
	const leftAt = Math.max(place.left, leftWidth / 2 + 2);
	const rightAt = Math.min(place.right, place.width - rightWidth / 2 - 2);
	const meet = leftAt + leftWidth / 2 + 10 > rightAt - rightWidth / 2;
	const made = drawn('g', {class: 'heads'},
		svgText(leftAt, place.y + 14, 'middle', 'name', line.left),
		svgText(rightAt, place.y + (meet ? LADDER.line : 0) + 14, 'middle', 'name', line.right));

	place.y += (meet ? 2 : 1) * LADDER.line;
	return made;
}

const drawLine = {heads: drawHeads, arrow: drawArrow, words: drawWords, fold: drawFold, pause: drawPause};

/* The same for those who do not see it. */
function sayLine(line) {
	const states = (line.marks ?? []).map((mark, side) => mark === null ? ''
		: `${side === 0 ? 'left' : 'right'} side ${mark.refuted ? 'not ' : ''}${markText(mark)}`);
	const direction = line.kind !== 'arrow' ? '' : line.from === 0 ? 'to the right' : 'to the left';

	return [line.number, line.delta, direction, line.label, ...states].filter(Boolean).join(' ');
}

function ladderFigure(ladder, width) {
	const place = layOut(ladder.lines, Math.min(width, LADDER.most));
	const parts = ladder.lines.map(line => drawLine[line.kind](place, line));

	return drawn('svg', {class: 'ladder', width: place.width, height: place.y + 6,
		viewBox: `0 0 ${place.width} ${place.y + 6}`, role: 'img', 'aria-labelledby': 'ladder-words'},
	drawn('desc', {id: 'ladder-words'}, ladder.lines
		.filter(line => line.kind !== 'pause' && line.kind !== 'heads').map(sayLine).join('; ')),
	...parts);
}

/* What the signs of this figure mean. */
function legendOf({used, names}) {
	const signs = [
		[used.assumed, 'STATE? is likely, not proven'], [used.inferred, '(STATE) is inferred, not captured'],
		[used.refuted, 'a struck state was taken back later'],
		[used.dashed, 'a dashed arrow was not captured'],
		[used.lost, 'an arrow that ends in a cross did not arrive'],
		[used.bar, 'a bar is TIME-WAIT'],
	].filter(([is]) => is).map(([, text]) => text);
	const wire = Object.entries(names).filter(([, seq]) => seq !== null)
		.map(([name, seq]) => `${name} = ${seq}`);

	return [wire.length === 0 ? '' : `On the wire: ${wire.join(', ')}.`,
		signs.length === 0 ? '' : `${signs.join('; ')}.`].filter(text => text !== '').join(' ');
}
