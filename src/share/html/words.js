/* Numbers, times and durations, in the same words as the text report. Times are UTC. */

/* "1,234,567" */
function number(value) {
	return value.toLocaleString('en-US');
}

/* "1 connection", "2 connections" */
function count(value, noun) {
	return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/* "96 %": never 0 % or 100 % of what is neither none nor all. */
function share(part, whole) {
	const percent = Math.floor((part * 100) / whole + 0.5);

	if (part > 0 && percent === 0)
		return '< 1 %';
	return `${part < whole ? Math.min(percent, 99) : percent} %`;
}

function threeDigits(value, unit) {
	const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
	const factor = 10 ** digits;

	return `${(Math.floor(value * factor) / factor).toFixed(digits)} ${unit}`;
}

const units = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];

function twoUnits(seconds) {
	const at = units.findIndex(([, length]) => seconds >= length);
	const [large, length] = units[at];
	const rest = Math.floor((seconds % length) / units[at + 1][1]);

	return `${Math.floor(seconds / length)} ${large} ${String(rest).padStart(2, '0')} ${units[at + 1][0]}`;
}

/* "30.0 ms", "2 m 05 s": three digits or two units. */
function duration(ns) {
	if (ns < 1e3)
		return ns <= 0 ? '0 s' : `${ns} ns`;
	if (ns < 1e6)
		return threeDigits(ns / 1e3, 'µs');
	if (ns < 1e9)
		return threeDigits(ns / 1e6, 'ms');
	return ns < 60e9 ? threeDigits(ns / 1e9, 's') : twoUnits(Math.floor(ns / 1e9));
}

/* "200 B", "1.20 kB" */
function bytes(value) {
	const names = ['kB', 'MB', 'GB', 'TB'];
	let at = -1;

	for (; value >= 1000 && at < names.length - 1; at++)
		value /= 1000;
	return at < 0 ? `${value} B` : threeDigits(value, names[at]);
}

/* "2023-11-14", of microseconds since 1970. */
function date(us) {
	return new Date(us / 1000).toISOString().slice(0, 10);
}

/* "22:13:20.090" */
function clock(us) {
	return new Date(Math.floor(us / 1000)).toISOString().slice(11, 23);
}

/* "2023-11-14 22:13:20.090 UTC", of a record's time. */
function moment(timestamp) {
	return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 23)} UTC`;
}

/* The nanoseconds from one record's time to another, to the microsecond. */
function between(first, last) {
	const micros = text => Date.parse(`${text.slice(0, 23)}Z`) * 1000 + Number(text.slice(23, 26));

	return (micros(last) - micros(first)) * 1000;
}

/* A state as RFC 9293 spells it: "FIN-WAIT-1". */
function stateName(state) {
	return state === null ? 'unknown' : state.toUpperCase().replaceAll('_', '-');
}
