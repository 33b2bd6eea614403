/*
 * What the report was written with: the run as a whole, and one array a connection, whose values
 * are known by name.
 */
function readData(id) {
	const holder = document.getElementById(id);

	return holder === null ? null : JSON.parse(holder.textContent);
}

const report = readData('report');
const rows = readData('rows');
const column = Object.fromEntries(report.columns.map((name, index) => [name, index]));
const words = report.words;

/* "10.0.0.1:40000", "[::1]:80" */
function endpoint(address, port) {
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function clientOf(row) {
	return endpoint(row[column.client], row[column.client_port]);
}

function serverOf(row) {
	return endpoint(row[column.server], row[column.server_port]);
}

/* Between two ends of which nobody knows which one opened, no arrow points. */
function arrowOf(row) {
	return words.orientation[row[column.orientation]] === 'unknown' ? '<>' : '>';
}

let rowsByFlow = null;

/* A connection's row; undefined where the page has none. */
function rowOfFlow(flowId) {
	rowsByFlow ??= new Map(rows.map(row => [row[column.flow_id], row]));
	return rowsByFlow.get(flowId);
}

let ladders = null;

/* How a connection is drawn; undefined where it is not. They are parsed when the first is asked
 * for. */
function ladderOfFlow(flowId) {
	ladders ??= readData('ladders') ?? {};
	return ladders[flowId];
}
