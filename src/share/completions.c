/*
 * Writes what a shell needs to complete tcpbye's command line, from the table of options:
 *
 *     completions bash | zsh
 *
 * Completed are options, words that an option chooses from, kinds of ends and anomalies, interfaces
 * and files. This is a tool of the build; what it writes is installed where the shells look.
 */
#include "core/anomaly.h"
#include "core/words.h"
#include "options/option_table.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What may stand behind an option. */
enum argument { NO_ARGUMENT, ONE_WORD, WORDS, TYPES, AN_ANOMALY, FILES, INTERFACES, ANYTHING };

static enum argument argument_of(unsigned id)
{
	const char *argument = option_row(id)->argument;

	if (argument == NULL)
		return NO_ARGUMENT;
	if (id == OPTION_ONLY)
		return TYPES;
	if (id == OPTION_EXPLAIN)
		return AN_ANOMALY;
	if (strcmp(argument, "FILE") == 0)
		return FILES;
	if (strcmp(argument, "IF") == 0)
		return INTERFACES;
	if (islower((unsigned char)argument[0]))
		return strchr(argument, ',') != NULL ? WORDS : ONE_WORD;
	return ANYTHING;
}

/* The words of a row, or of the core's lists, with blanks between them. */
static void write_words(unsigned id)
{
	enum argument argument = argument_of(id);
	const char *between = "";

	if (argument == ONE_WORD || argument == WORDS)
		for (const char *at = option_row(id)->argument; *at != '\0'; at++)
			putchar(*at == '|' || *at == ',' ? ' ' : *at);
	for (unsigned i = 0; argument == TYPES && i < TEARDOWN_COUNT; i++) {
		printf("%s%s", between, teardown_word(i));
		between = " ";
	}
	for (unsigned i = 0; (argument == TYPES || argument == AN_ANOMALY) && i < ANOMALY_COUNT;
	     i++) {
		printf("%s%s", between, anomaly_row(i)->id);
		between = " ";
	}
}

static void write_bash_case(unsigned id)
{
	const struct option_row *row = option_row(id);
	enum argument argument = argument_of(id);

	if (argument == NO_ARGUMENT)
		return;
	printf("\t");
	if (row->letter != 0)
		printf("-%c | ", row->letter);
	printf("--%s)\n\t\t", row->name);
	switch (argument) {
	case ONE_WORD:
	case AN_ANOMALY:
		printf("_tcpbye_word \"");
		write_words(id);
		printf("\"\n\t\t");
		break;
	case WORDS:
	case TYPES:
		printf("_tcpbye_words \"");
		write_words(id);
		printf("\"\n\t\t");
		break;
	case FILES:
		printf("_tcpbye_file\n\t\t");
		break;
	case INTERFACES:
		printf("_tcpbye_word \"any $(ls /sys/class/net 2>/dev/null)\"\n\t\t");
		break;
	case NO_ARGUMENT:
	case ANYTHING:
		break;
	}
	puts(";;");
}

static void write_bash(void)
{
	fputs("# Completion of tcpbye's command line in bash, made from its table of options.\n\n"
	      "_tcpbye_word()\n{\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n}\n\n"
	      "# The last of several words with commas between them.\n"
	      "_tcpbye_words()\n{\n"
	      "\tlocal before=\n\n"
	      "\t[[ $cur == *,* ]] && before=${cur%,*},\n"
	      "\tcompopt -o nospace\n"
	      "\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- "
	      "\"${cur##*,}\")\n}\n\n"
	      "_tcpbye_file()\n{\n"
	      "\tcompopt -o filenames\n"
	      "\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}\n\n"
	      "_tcpbye()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
	      "\tCOMPREPLY=()\n"
	      "\t# --option=word comes as three words.\n"
	      "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
	      "\telif [[ $option == = ]]; then\n"
	      "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
	      "\tcase $option in\n",
	      stdout);
	for (unsigned id = 0; id < OPTION_ROWS; id++)
		write_bash_case(id);
	fputs("\t*)\n\t\tif [[ $cur == -* ]]; then\n\t\t\t_tcpbye_word \"", stdout);
	for (unsigned id = 0; id < OPTION_ROWS; id++) {
		const struct option_row *row = option_row(id);

		if (row->letter != 0)
			printf("-%c ", row->letter);
		printf("--%s%s", row->name, id + 1 < OPTION_ROWS ? " " : "");
	}
	puts("\"\n\t\telse\n\t\t\t_tcpbye_file\n\t\tfi\n\t\t;;\n\tesac\n}\n\n"
	     "complete -F _tcpbye tcpbye");
}

/* Text in quotes of the shell, inside of the brackets of a description. */
static void write_quoted(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void write_zsh_argument(unsigned id)
{
	printf(":");
	write_quoted(option_row(id)->argument);
	printf(":");
	switch (argument_of(id)) {
	case ONE_WORD:
	case AN_ANOMALY:
		printf("(");
		write_words(id);
		printf(")");
		break;
	case WORDS:
	case TYPES:
		printf("_sequence compadd - ");
		write_words(id);
		break;
	case FILES:
		printf("_files");
		break;
	case INTERFACES:
		printf("_net_interfaces");
		break;
	case NO_ARGUMENT:
	case ANYTHING:
		printf(" ");
		break;
	}
}

static void write_zsh_row(unsigned id)
{
	const struct option_row *row = option_row(id);
	bool takes = argument_of(id) != NO_ARGUMENT;

	if (row->letter != 0)
		printf("\t'*'{-%c%s,--%s%s}'[", row->letter, takes ? "+" : "", row->name,
		       takes ? "=" : "");
	else
		printf("\t'*--%s%s[", row->name, takes ? "=" : "");
	write_quoted(row->help);
	printf("]");
	if (takes)
		write_zsh_argument(id);
	puts("' \\");
}

static void write_zsh(void)
{
	puts("#compdef tcpbye\n"
	     "# Completion of tcpbye's command line in zsh, made from its table of options.\n\n"
	     "_arguments -s -S \\");
	for (unsigned id = 0; id < OPTION_ROWS; id++)
		write_zsh_row(id);
	puts("\t'*:capture:_files'");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "bash") == 0) {
		write_bash();
	} else if (argc == 2 && strcmp(argv[1], "zsh") == 0) {
		write_zsh();
	} else {
		fputs("usage: completions bash | zsh\n", stderr);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
