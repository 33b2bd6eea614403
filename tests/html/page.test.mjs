/*
 * The page as a person meets it: opened from a file, looked at, filtered, sorted, clicked, and used
 * with the keyboard alone. Whatever the browser complains of is a failure.
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';

const {TCPBYE, CHROMIUM, WORK, MODULES} = process.env;
const {chromium} = createRequire(join(MODULES, 'package.json'))('playwright-core');
const HOSTILE = '<script><img src=x onerror=alert(1)>&amp;\u2028.pcap';
const RACE = '6410102890262163';

let browser;

/* The address of the report on a capture. */
function report(name, ...more) {
	const output = join(WORK, `${name.length}${more.length}.html`);

	execFileSync(TCPBYE, ['-T', 'html', '-o', output, ...more, name], {cwd: WORK});
	return pathToFileURL(output).href;
}

/* Opens a page, does something with it, and demands that nothing was complained of or loaded. */
async function withPage(address, settings, act) {
	const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...settings});
	const page = await context.newPage();
	const complaints = [];

	page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
	page.on('pageerror', error => complaints.push(`error: ${error.message}`));
	page.on('dialog', dialog => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
	page.on('request', request => {
		if (request.url().split('#')[0] !== address.split('#')[0])
			complaints.push(`request: ${request.url()}`);
	});
	await page.goto(address);
	await act(page);
	await context.close();
	assert.deepEqual(complaints, []);
}

function texts(page, selector) {
	return page.locator(selector).allTextContents();
}

/* What a row shows in a column. */
function cells(page, label) {
	return texts(page, `#rows-shown td[data-label="${label}"]`);
}

let web, many;

before(async () => {
	browser = await chromium.launch({executablePath: CHROMIUM, args: ['--headless', '--no-sandbox',
		'--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync']});
	web = report('web.pcap');
	many = report('many.pcap');
});

after(() => browser?.close());

test('the headline, the findings and the charts are there', () => withPage(web, {}, async page => {
	assert.match(await page.textContent('#headline'), /^30 connections; 87\u00a0% closed in order; .* 1 reset, explained by HTTP keep-alive race at 10\.0\.0\.3:8080/);
	assert.match((await texts(page, '.finding h3'))[0], /^error http_keepalive_race in 1 connection/);
	assert.match((await texts(page, '.finding'))[0], /Make the client's idle timeout shorter/);
	assert.match((await texts(page, '.finding'))[0], new RegExp(`tcpbye -T ladder --flow ${RACE} web.pcap`));
	assert.equal(await page.locator('figure').count(), 5);
	assert.equal(await page.locator('figure canvas').count(), 4, 'no ports were used twice');
	assert.match((await texts(page, 'figure'))[0], /limit: ports that a client has \(28,232\)/);
	assert.match(await page.textContent('#services'), /10\.0\.0\.2:80/);
	assert.match(await page.textContent('#input'), /web\.pcap/);
}));

test('what is wrong with a service stands among the findings', () => withPage(
	report('web.pcap', '--port-capacity', '12'), {}, async page => {
		const heads = await texts(page, '.finding h3');

		assert.ok(heads.includes('error port_exhaustion_risk of a service as a whole'));
		assert.ok(heads.findIndex(head => head.startsWith('warning')) > heads.findLastIndex(head => head.startsWith('error')));
	}));

test('charts are painted', () => withPage(web, {}, async page => {
	const colors = await page.locator('figure canvas').evaluateAll(canvases => canvases.map(canvas => {
		const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);

		return new Set(new Uint32Array(data.buffer)).size;
	}));

	for (const seen of colors)
		assert.ok(seen > 10, `${seen} colours`);
}));

test('the table is filtered by words, kinds of end, severity and anomaly', () => withPage(web, {}, async page => {
	assert.equal((await cells(page, 'start')).length, 30);
	await page.fill('#filter-text', 'server=10.0.0.3:8080');
	assert.deepEqual([...new Set(await cells(page, 'server'))], ['10.0.0.3:8080']);
	assert.match(await page.textContent('#found'), /^1 to 6 of 6 connections, of 30 in this page$/);
	await page.fill('#filter-text', '"keep-alive race"');
	assert.equal((await cells(page, 'start')).length, 1);
	await page.fill('#filter-text', 'server=10.0.0.3:808');
	assert.equal(await page.textContent('#found'), 'No connection is like that.');
	await page.click('#filter-none');
	assert.equal((await cells(page, 'start')).length, 30);
	await page.selectOption('#filter-teardown', 'refused');
	assert.deepEqual(await cells(page, 'how it ended'), ['refused']);
	await page.click('#filter-none');
	await page.selectOption('#filter-severity', 'warning');
	assert.equal((await cells(page, 'start')).length, 2);
	await page.selectOption('#filter-anomaly', 'rst_reply');
	assert.deepEqual(await cells(page, 'client'), ['10.0.0.2:41006']);
}));

test('a finding and a count lead to their connections', () => withPage(web, {}, async page => {
	await page.locator('.finding').first().locator('h3 button').click();
	assert.deepEqual(await cells(page, 'client'), ['10.0.0.2:41006']);
	await page.click('text="closed in order, 4 segments"');
	assert.equal((await cells(page, 'start')).length, 7);
}));

test('the table is sorted either way', () => withPage(web, {}, async page => {
	const head = page.locator('th[data-key="close"]');
	const first = async () => (await cells(page, 'close took'))[0];

	assert.equal(await page.getAttribute('th[data-key="start"]', 'aria-sort'), 'ascending');
	await head.locator('button').click();
	assert.equal(await head.getAttribute('aria-sort'), 'descending');
	assert.equal(await page.getAttribute('th[data-key="start"]', 'aria-sort'), 'none');
	assert.equal(await first(), '516 ms');
	await head.locator('button').click();
	assert.equal(await head.getAttribute('aria-sort'), 'ascending');
	assert.equal(await first(), '');
	await page.click('th[data-key="client"] button');
	const clients = await cells(page, 'client');
	assert.deepEqual(clients, [...clients].sort());
	await page.click('th[data-key="found"] button');
	assert.match((await cells(page, 'found'))[0], /^error http_keepalive_race/);
}));

test('a click on a row draws its connection', () => withPage(web, {}, async page => {
	await page.locator(`tr[data-flow="${RACE}"] td`).nth(3).click();
	await page.waitForSelector('dialog[open] svg.ladder');
	const labels = await texts(page, 'svg.ladder .label');
	assert.ok(labels.includes('SYN seq=0'));
	assert.ok(labels.includes('FIN,ACK seq=181(u) ack=38'));
	assert.ok(labels.includes('PSH,ACK seq=38 ack=181 len=37'));
	assert.ok(labels.includes('RST seq=181'));
	assert.ok((await texts(page, 'svg.ladder .stamp')).includes('#254'));
	assert.ok((await texts(page, 'svg.ladder .state')).includes('CLOSE-WAIT?'));
	assert.match(await page.textContent('dialog'), /HTTP keep-alive race, high weight \(frames 253, 254, 255\)/);
	assert.match(await page.textContent('dialog'), /between the two, 5\.18 ms to the client and back/);
	assert.match(page.url(), new RegExp(`#flow=${RACE}$`));
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('dialog[open]').count(), 0);
	assert.doesNotMatch(page.url(), /#flow/);
}));

test('what is lost and what is taken back is drawn as such', () => withPage(report('last_ack_lost.pcap'), {}, async page => {
	await page.click('#rows-shown a.open');
	await page.waitForSelector('dialog[open] svg.ladder');
	assert.equal(await page.locator('svg .lost').count(), 1);
	assert.deepEqual(await texts(page, 'svg .refuted'), ['CLOSED']);
	assert.ok(await page.locator('svg .bar-of-life').count() > 2);
	assert.match(await page.textContent('dialog'), /TIME-WAIT.*restarted 1 time, still held when the capture ended/);
}));

test('the address of a connection opens it', () => withPage(`${web}#flow=${RACE}`, {}, async page => {
	assert.equal(await page.textContent('dialog[open] h2'), '10.0.0.2:41006 > 10.0.0.3:8080');
	await page.evaluate(() => { location.hash = 'flow=1'; });
	assert.equal(await page.locator('dialog[open]').count(), 0, 'there is no such connection');
}));

test('the keyboard does it all', () => withPage(web, {}, async page => {
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the connections');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-text');
	await page.keyboard.type('10.0.0.3:8080');
	for (let step = 0; step < 60 && !await page.evaluate(() => document.activeElement.matches('a.open')); step++)
		await page.keyboard.press('Tab');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowUp');
	const wanted = await page.evaluate(() => document.activeElement.closest('tr').dataset.flow);
	assert.equal(wanted, await page.locator('#rows-shown tr').nth(1).getAttribute('data-flow'));
	await page.keyboard.press('Enter');
	await page.waitForSelector('dialog[open] svg.ladder');
	assert.ok(await page.evaluate(() => document.activeElement.closest('dialog') !== null), 'focus is in the dialog');
	await page.keyboard.press('Escape');
	assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.dataset.flow), wanted,
		'focus is where it was');
}));

test('hostile names stay text', () => {
	copyFileSync(join(WORK, 'web.pcap'), join(WORK, HOSTILE));
	return withPage(report(HOSTILE), {}, async page => {
		assert.equal(await page.locator('img').count(), 0);
		assert.equal(await page.textContent('#captures'), HOSTILE);
		assert.equal(await page.textContent('#input bdi'), HOSTILE);
		assert.match((await texts(page, '.finding'))[0], /tcpbye -T ladder --flow [0-9]+ FILE\.\.\./);
		await page.click('#rows-shown a.open');
		await page.waitForSelector('dialog[open] svg.ladder');
		assert.ok((await page.textContent('dialog')).includes(HOSTILE));
		assert.equal(await page.locator('img').count(), 0);
	});
});

/* A pcapng file without packets, of one interface. */
function writeInterface(path, name) {
	const text = Buffer.from(name);
	const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4);
	const block = (type, body) => {
		const length = Buffer.alloc(4);

		length.writeUInt32LE(body.length + 12);
		return Buffer.concat([Buffer.from(Uint32Array.of(type).buffer), length, body, length]);
	};
	const section = Buffer.from([0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, ...Array(8).fill(0xff)]);
	const linktype = Buffer.from([1, 0, 0, 0, 0, 0, 4, 0]);

	text.copy(padded);
	writeFileSync(path, Buffer.concat([block(0x0a0d0d0a, section), block(1, Buffer.concat(
		[linktype, Buffer.from([2, 0, text.length, 0]), padded, Buffer.alloc(4)]))]));
}

test('an interface may have any name, and a capture no packets', () => {
	writeInterface(join(WORK, 'empty.pcapng'), HOSTILE);
	return withPage(report('empty.pcapng'), {}, async page => {
		assert.equal(await page.textContent('#headline'), '0 connections');
		assert.ok((await texts(page, '#input bdi')).includes(HOSTILE));
		assert.equal(await page.locator('img').count(), 0);
		assert.equal(await page.textContent('#found'), 'No connection is like that.');
	});
});

/* The sizes of letters, in pixels, that anything on the page is written in. */
function letterSizes(page) {
	return page.evaluate(() => [...new Set([...document.querySelectorAll('body *')]
		.filter(element => !element.matches('script') && [...element.childNodes].some(
			child => child.nodeType === Node.TEXT_NODE && child.textContent.trim() !== ''))
		.map(element => parseFloat(getComputedStyle(element).fontSize)))]);
}

for (const width of [1280, 400])
	test(`${width} pixels are enough, and no text is below 12`, () => withPage(`${web}#flow=${RACE}`,
		{viewport: {width, height: 800}}, async page => {
			await page.waitForSelector('dialog[open] svg.ladder');
			assert.ok(Math.min(...await letterSizes(page)) >= 12);
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
			const {left, right} = await page.evaluate(() => {
				const frame = document.querySelector('.figure').getBoundingClientRect();
				const words = [...document.querySelectorAll('svg.ladder text')].map(text => text.getBoundingClientRect());

				return {left: Math.min(...words.map(box => box.left)) - frame.left,
					right: frame.right - Math.max(...words.map(box => box.right))};
			});
			assert.ok(left >= 0 && right >= 0, `the ladder's words reach ${-left} and ${-right} beyond it`);
		}));

/* Contrast as WCAG 2 defines it. */
function contrast(one, other) {
	const luminance = color => color.match(/[0-9]+/g).slice(0, 3).map(Number).map(value => value / 255)
		.map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
		.reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
	const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);

	return (high + 0.05) / (low + 0.05);
}

for (const colorScheme of ['light', 'dark'])
	test(`words are readable when it is ${colorScheme}`, () => withPage(web, {colorScheme}, async page => {
		const {page: ground, ...inks} = await page.evaluate(() => {
			const probe = document.body.appendChild(document.createElement('span'));
			const resolve = name => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };

			return Object.fromEntries(['page', 'text', 'faint', 'link', 'error', 'warning', 'notice', 'info', 'good']
				.map(name => [name, resolve(name)]));
		});

		assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), ground);
		assert.equal(contrast(ground, 'rgb(255, 255, 255)') < 1.1, colorScheme === 'light');
		for (const [name, ink] of Object.entries(inks))
			assert.ok(contrast(ink, ground) >= 4.5, `${name}: ${contrast(ink, ground).toFixed(2)}`);
	}));

test('printed, it is what is to be read', () => withPage(web, {viewport: {width: 718, height: 1000}}, async page => {
	await page.emulateMedia({media: 'print', colorScheme: 'dark'});
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 718, 'no more than A4 is wide');
	assert.equal(await page.locator('.filters').isVisible(), false);
	assert.equal(await page.locator('nav').isVisible(), false);
	assert.equal(await page.locator('#rows-shown tr').first().isVisible(), true);
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
	assert.ok((await page.pdf()).length > 20000);
}));

/* Processor time is asked of the browser: how long it takes by the clock depends on who else runs. */
test('100,000 connections are open within 3 s', () => withPage('about:blank', {}, async blank => {
	const page = await blank.context().newPage();
	const session = await blank.context().newCDPSession(page);

	await session.send('Performance.enable', {timeDomain: 'threadTicks'});
	const start = Date.now();
	await page.goto(many);
	await page.waitForSelector('figure canvas');
	const wall = (Date.now() - start) / 1000;
	const {metrics} = await session.send('Performance.getMetrics');
	const busy = metrics.find(metric => metric.name === 'TaskDuration').value;

	console.log(`# ${wall.toFixed(2)} s, of it ${busy.toFixed(2)} s of processor time`);
	assert.ok(busy < 3, `${busy} s`);
	assert.match(await page.textContent('#found'), /^1 to 100 of 100,000 connections$/);
	assert.match(await page.textContent('#extent'), /^[0-9]+ connections can be seen as a ladder here/);
	await page.click('#last');
	assert.match(await page.textContent('#found'), /^99,901 to 100,000 of 100,000 connections$/);
	await page.fill('#filter-text', 'client=10.0.0.1:40000');
	assert.match(await page.textContent('#found'), /of 100,000 in this page$/);
}));

test('a page of a pipe says that it draws nothing', () => {
	const output = join(WORK, 'pipe.html');

	execFileSync('sh', ['-c', '"$0" -T html -o "$1" - <web.pcap | cat; cat web.pcap | "$0" -T html -o "$1" -',
		TCPBYE, output], {cwd: WORK});
	return withPage(pathToFileURL(output).href, {}, async page => {
		assert.match(await page.textContent('#extent'), /No connection is drawn here/);
		await page.click('#rows-shown a.open');
		assert.match(await page.textContent('dialog[open]'), /not among those that are drawn here/);
	});
});
