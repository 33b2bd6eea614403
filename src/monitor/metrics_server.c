#define _POSIX_C_SOURCE 200809L

#include "monitor/metrics_server.h"

#ifndef TCPBYE_HAS_MICROHTTPD

struct metrics_server *metrics_server_open(const char *where, metrics_page *page, void *context,
					   char *error)
{
	(void)page;
	(void)context;
	snprintf(error, METRICS_SERVER_ERROR_MAX,
		 "--listen %.60s: built without libmicrohttpd (use --metrics-file)", where);
	return NULL;
}

void metrics_server_close(struct metrics_server *server)
{
	(void)server;
}

void metrics_server_attend(struct metrics_server *server)
{
	(void)server;
}

#else

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 8, TIMEOUT_S = 10, HOST_MAX = 64 };

struct metrics_server {
	struct MHD_Daemon *daemon;
	metrics_page *page;
	void *context;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
			      struct MHD_Response *response)
{
	enum MHD_Result queued;

	if (response == NULL)
		return MHD_NO;
	queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
	return answer(
		connection, status,
		MHD_create_response_from_buffer(strlen(why), (void *)why, MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result send_page(const struct metrics_server *server,
				 struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	bool written = file != NULL && server->page(server->context, file);

	if (file != NULL && fclose(file) != 0)
		written = false;
	if (!written) {
		free(text);
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	}
	response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		free(text);
	else
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					"text/plain; version=0.0.4; charset=utf-8");
	return answer(connection, MHD_HTTP_OK, response);
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *upload,
			     size_t *upload_size, void **request)
{
	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	return send_page(context, connection);
}

/* Cuts "ADDRESS:PORT" in two; the address is the loopback's where there is none. */
static bool split(const char *where, char *host, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t length = colon != NULL ? (size_t)(colon - where) : 0;

	*port = colon != NULL ? colon + 1 : where;
	if (length >= HOST_MAX)
		return false;
	if (length >= 2 && where[0] == '[' && where[length - 1] == ']') {
		where++;
		length -= 2;
	}
	snprintf(host, HOST_MAX, "%.*s", (int)length, where);
	if (length == 0)
		snprintf(host, HOST_MAX, "127.0.0.1");
	return true;
}

/* A listening socket; -1 with errno set. */
static int listen_on(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM, 0);
	int on = 1;
	int error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, CLIENTS_MAX) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int open_socket(const char *where, char *error)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *address;
	char host[HOST_MAX];
	const char *port;
	int fd;

	if (!split(where, host, &port) || getaddrinfo(host, port, &hints, &address) != 0) {
		snprintf(error, METRICS_SERVER_ERROR_MAX,
			 "--listen %.60s: no address and port (write 127.0.0.1:9464 or 9464)",
			 where);
		return -1;
	}
	fd = listen_on(address);
	if (fd < 0)
		snprintf(error, METRICS_SERVER_ERROR_MAX, "--listen %.60s: %.100s", where,
			 strerror(errno));
	freeaddrinfo(address);
	return fd;
}

struct metrics_server *metrics_server_open(const char *where, metrics_page *page, void *context,
					   char *error)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	int fd = open_socket(where, error);

	if (server != NULL && fd >= 0) {
		server->page = page;
		server->context = context;
		server->daemon = MHD_start_daemon(
			MHD_USE_EPOLL, 0, NULL, NULL, serve, server, MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned)CLIENTS_MAX,
			MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
		if (server->daemon != NULL)
			return server;
		snprintf(error, METRICS_SERVER_ERROR_MAX, "--listen %.60s: cannot be served",
			 where);
	}
	if (fd >= 0)
		close(fd);
	free(server);
	return NULL;
}

void metrics_server_close(struct metrics_server *server)
{
	if (server == NULL)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}

void metrics_server_attend(struct metrics_server *server)
{
	MHD_run(server->daemon);
}

#endif
