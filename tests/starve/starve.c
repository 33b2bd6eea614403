/*
 * Takes the memory away from a program that is linked with --wrap for these functions: the
 * allocation of the number in TCPBYE_STARVE_AT fails, counted from 1, and with TCPBYE_STARVE_ON all
 * that follow it as well. Where fewer are asked for, the program ends with a line on standard error
 * that says so.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names are the linker's convention. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *allocation, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *allocation, size_t size);
char *__wrap_strdup(const char *text);

static unsigned long asked, fails_at;

static void tell_plenty(void)
{
	if (asked < fails_at)
		fputs("starve: there was plenty\n", stderr);
}

static bool is_refused(void)
{
	if (fails_at == 0) {
		const char *number = getenv("TCPBYE_STARVE_AT");

		fails_at = number != NULL ? strtoul(number, NULL, 10) : 1;
		atexit(tell_plenty);
	}
	asked++;
	if (asked != fails_at && (asked < fails_at || getenv("TCPBYE_STARVE_ON") == NULL))
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *allocation, size_t size)
{
	return is_refused() ? NULL : __real_realloc(allocation, size);
}

char *__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = __wrap_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}
