/*
 * pack_page TEMPLATE PART...: writes the C source of the HTML report's page to standard output.
 *
 * Styles (.css) and scripts (.js) take the place of {{STYLE}} and {{SCRIPT}} in the template, in
 * their order, with a LICENSE as a comment before what it is of; {{STYLE_HASH}} and {{SCRIPT_HASH}}
 * become what a Content-Security-Policy knows them by. The page is cut at {{DATA}}.
 */
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_VALUES = 24, HASH_TEXT_BYTES = 64 };

struct text {
	char *bytes;
	size_t length;
};

static void fail(const char *name, const char *why)
{
	fprintf(stderr, "pack_page: %s: %s\n", name, why);
	exit(1);
}

static void append(struct text *text, const char *bytes, size_t length)
{
	char *larger = realloc(text->bytes, text->length + length + 1);

	if (larger == NULL)
		fail("page", "not enough memory");
	memcpy(larger + text->length, bytes, length);
	text->bytes = larger;
	text->length += length;
	text->bytes[text->length] = '\0';
}

static void append_string(struct text *text, const char *string)
{
	append(text, string, strlen(string));
}

static void append_file(struct text *text, const char *name)
{
	FILE *file = fopen(name, "rb");
	char block[8192];
	size_t got;

	if (file == NULL)
		fail(name, "cannot be opened");
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		append(text, block, got);
	if (ferror(file) || fclose(file) != 0)
		fail(name, "cannot be read");
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), wanted = strlen(end);

	return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

/* The source that a Content-Security-Policy permits: 'sha256-...'. */
static void make_hash(const struct text *text, char hash[HASH_TEXT_BYTES])
{
	struct sha256_ctx context;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";

	sha256_init(&context);
	sha256_update(&context, text->length, (const uint8_t *)text->bytes);
	sha256_digest(&context, sizeof(digest), digest);
	base64_encode_raw(base64, sizeof(digest), digest);
	snprintf(hash, HASH_TEXT_BYTES, "'sha256-%s'", base64);
}

/* What would end the element that holds it. */
static void refuse_ends(const struct text *text, const char *end, const char *what)
{
	if (text->bytes == NULL || strstr(text->bytes, end) != NULL)
		fail(what, "is empty, or holds its own end");
}

static void put_array(const char *name, const char *bytes, size_t length)
{
	printf("const unsigned char %s[] = {", name);
	for (size_t i = 0; i < length; i++)
		printf("%s%u,", i % LINE_VALUES == 0 ? "\n\t" : "", (unsigned char)bytes[i]);
	printf("\n};\nconst size_t %s_bytes = sizeof(%s);\n", name, name);
}

struct page {
	struct text style, script, whole;
	char style_hash[HASH_TEXT_BYTES], script_hash[HASH_TEXT_BYTES];
};

static void take_part(struct page *page, const char *name)
{
	if (ends_with(name, ".css")) {
		append_file(&page->style, name);
	} else if (ends_with(name, ".js")) {
		append_file(&page->script, name);
	} else if (ends_with(name, "LICENSE")) {
		append_string(&page->script, "/*\n");
		append_file(&page->script, name);
		append_string(&page->script, "*/\n");
	} else {
		fail(name, "is neither a style nor a script nor a licence");
	}
}

/* Puts in what the mark at the beginning of `at` stands for; returns where it ends. */
static const char *replace(struct page *page, const char *at)
{
	const struct {
		const char *mark, *text;
	} marks[] = {
		{"{{STYLE}}", page->style.bytes},
		{"{{SCRIPT}}", page->script.bytes},
		{"{{STYLE_HASH}}", page->style_hash},
		{"{{SCRIPT_HASH}}", page->script_hash},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(at, marks[i].mark, strlen(marks[i].mark)) == 0) {
			append_string(&page->whole, marks[i].text);
			return at + strlen(marks[i].mark);
		}
	append(&page->whole, at, 2);
	return at + 2;
}

static void fill_in(struct page *page, const char *from, const char *end)
{
	while (from < end) {
		const char *mark = strstr(from, "{{");
		const char *until = mark != NULL && mark < end ? mark : end;

		append(&page->whole, from, (size_t)(until - from));
		from = until < end ? replace(page, until) : end;
	}
}

int main(int argc, char **argv)
{
	struct page page = {0};
	struct text template = {0};
	const char *data;
	size_t head_bytes;

	if (argc < 3)
		fail("usage", "pack_page TEMPLATE PART...");
	append_file(&template, argv[1]);
	for (int i = 2; i < argc; i++)
		take_part(&page, argv[i]);
	refuse_ends(&page.style, "</style", "the style");
	refuse_ends(&page.script, "</script", "the script");
	make_hash(&page.style, page.style_hash);
	make_hash(&page.script, page.script_hash);
	data = strstr(template.bytes, "{{DATA}}\n");
	if (data == NULL)
		fail(argv[1], "has no line {{DATA}}");
	fill_in(&page, template.bytes, data);
	head_bytes = page.whole.length;
	fill_in(&page, data + strlen("{{DATA}}\n"), template.bytes + template.length);
	printf("/* Made by pack_page. */\n#include \"sink/html_page.h\"\n\n");
	put_array("html_page_head", page.whole.bytes, head_bytes);
	put_array("html_page_tail", page.whole.bytes + head_bytes, page.whole.length - head_bytes);
	free(template.bytes);
	free(page.style.bytes);
	free(page.script.bytes);
	free(page.whole.bytes);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
