/*
 * How elements are made: text always becomes text, whatever it looks like.
 *
 * Properties are set as attributes, but for handlers, which are functions. Children are elements or
 * text; null is left out.
 */
function fill(made, properties, children) {
	for (const [name, value] of Object.entries(properties)) {
		if (typeof value === 'function')
			made.addEventListener(name, value);
		else if (value !== null && value !== false)
			made.setAttribute(name, value === true ? '' : value);
	}
	made.append(...children.filter(child => child !== null));
	return made;
}

function element(tag, properties = {}, ...children) {
	return fill(document.createElement(tag), properties, children);
}

function drawn(tag, properties = {}, ...children) {
	return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

function part(id) {
	return document.getElementById(id);
}

/* A severity in a box of its colour, and in its word. */
function badge(severity) {
	return element('span', {class: `badge ${severity}`}, severity);
}

/* A command to run, with a way to take it along. */
function command(text) {
	const button = element('button', {type: 'button', class: 'copy', click: async () => {
		await navigator.clipboard.writeText(text).then(
			() => { button.textContent = 'copied'; },
			() => { button.textContent = 'select and copy'; });
	}}, 'copy');

	return element('span', {class: 'command'}, element('code', {}, text), button);
}

/* A link that opens a connection, or its number where the page has no row of it. */
function flowLink(flowId, text) {
	return rowOfFlow(flowId) === undefined ? element('span', {}, text)
		: element('a', {href: `#flow=${flowId}`}, text);
}

/* A table of a few rows: columns are [title, class, value of an entry]; a value is text or an
 * element. */
function smallTable(title, columns, entries) {
	const head = columns.map(([name, kind]) => element('th', {scope: 'col', class: kind}, name));
	const body = entries.map(entry => element('tr', {}, ...columns.map(
		([name, kind, value]) => element('td', {class: kind, 'data-label': name}, value(entry)))));

	return element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title},
		element('table', {}, element('caption', {}, title),
			element('thead', {}, element('tr', {}, ...head)),
			element('tbody', {}, ...body)));
}
