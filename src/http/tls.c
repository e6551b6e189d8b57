/* SPDX-License-Identifier: ISC */
#include "http/tls.h"

#include <string.h>

#include <openssl/ssl.h>

#include "http/libcurl.h"

/* RFC 8446, 6 and appendix B.2, where older ones are "reserved"; RFC 5246, 7.2. */
static const struct {
	int number;
	const char *name;
	enum { ENDS, ANNOUNCES, ABOUT_CERTIFICATE } meaning;
} alerts[] = {
    {0, "close notify", ANNOUNCES},
    {10, "unexpected message", ENDS},
    {20, "bad record mac", ENDS},
    {22, "record overflow", ENDS},
    {40, "handshake failure", ENDS},
    {42, "bad certificate", ABOUT_CERTIFICATE},
    {43, "unsupported certificate", ABOUT_CERTIFICATE},
    {44, "certificate revoked", ABOUT_CERTIFICATE},
    {45, "certificate expired", ABOUT_CERTIFICATE},
    {46, "certificate unknown", ABOUT_CERTIFICATE},
    {47, "illegal parameter", ENDS},
    {48, "unknown CA", ABOUT_CERTIFICATE},
    {49, "access denied", ABOUT_CERTIFICATE},
    {50, "decode error", ENDS},
    {51, "decrypt error", ENDS},
    {70, "protocol version", ENDS},
    {71, "insufficient security", ENDS},
    {80, "internal error", ENDS},
    {86, "inappropriate fallback", ENDS},
    {90, "user canceled", ANNOUNCES},
    {100, "no renegotiation", ANNOUNCES},
    {109, "missing extension", ENDS},
    {110, "unsupported extension", ENDS},
    {112, "unrecognized name", ENDS},
    {113, "bad certificate status response", ENDS},
    {115, "unknown PSK identity", ENDS},
    {116, "certificate required", ABOUT_CERTIFICATE},
    {120, "no application protocol", ENDS},
};

#define ALERT_COUNT (sizeof(alerts) / sizeof(alerts[0]))

/* Its place in the table; ALERT_COUNT: it is not there. */
static size_t
find_alert(int alert)
{
	size_t i = 0;

	while (i < ALERT_COUNT && alerts[i].number != alert)
		i++;
	return i;
}

/* Of the OpenSSL that libcurl has brought along: its contexts are handed to no other. */
static struct {
	__typeof__(CRYPTO_get_ex_new_index) *get_ex_new_index;
	__typeof__(SSL_get_SSL_CTX) *get_context;
	__typeof__(SSL_CTX_get_ex_data) *get_ex_data;
	__typeof__(SSL_CTX_set_ex_data) *set_ex_data;
	__typeof__(SSL_CTX_set_info_callback) *set_info_callback;
} openssl;

/* The place of the watch in a context: place 0 is the application's, and that is libcurl. */
static int place = -1;

/* Returns whether there is an OpenSSL to watch. */
static bool
find_openssl(void)
{
	*(void **)(&openssl.get_ex_new_index) = libcurl_symbol("CRYPTO_get_ex_new_index");
	*(void **)(&openssl.get_context) = libcurl_symbol("SSL_get_SSL_CTX");
	*(void **)(&openssl.get_ex_data) = libcurl_symbol("SSL_CTX_get_ex_data");
	*(void **)(&openssl.set_ex_data) = libcurl_symbol("SSL_CTX_set_ex_data");
	*(void **)(&openssl.set_info_callback) = libcurl_symbol("SSL_CTX_set_info_callback");
	if (openssl.get_ex_new_index == NULL || openssl.get_context == NULL ||
	    openssl.get_ex_data == NULL || openssl.set_ex_data == NULL ||
	    openssl.set_info_callback == NULL)
		return false;
	place = openssl.get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, NULL);
	return place >= 0;
}

static void
on_info(const SSL *ssl, int where, int value)
{
	struct tls_watch *watch = openssl.get_ex_data(openssl.get_context(ssl), place);
	int alert = value & 0xff;
	size_t found = find_alert(alert);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && watch != NULL &&
	    (found == ALERT_COUNT || alerts[found].meaning != ANNOUNCES))
		watch->alert = alert;
}

/* CURLOPT_SSL_CTX_FUNCTION: a connection is about to be made, to the server or to a proxy. */
static CURLcode
watch_connection(CURL *easy, void *context, void *watch)
{
	(void)easy;
	if (openssl.set_ex_data(context, place, watch) != 1)
		return CURLE_OUT_OF_MEMORY;
	openssl.set_info_callback(context, on_info);
	return CURLE_OK;
}

CURLcode
tls_watch_begin(struct tls_watch *watch, CURL *easy)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	CURLcode code;

	watch->alert = 0;
	/* the context is one of OpenSSL's only where libcurl uses that */
	if (info->ssl_version == NULL || strncmp(info->ssl_version, "OpenSSL/", 8) != 0)
		return CURLE_OK;
	if (place == -1 && !find_openssl())
		return CURLE_OK;
	code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, watch_connection);
	return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, watch);
}

bool
tls_alert_about_certificate(int alert)
{
	size_t found = find_alert(alert);

	return found < ALERT_COUNT && alerts[found].meaning == ABOUT_CERTIFICATE;
}

const char *
tls_alert_name(int alert)
{
	size_t found = find_alert(alert);

	return found < ALERT_COUNT ? alerts[found].name : "an alert that is not known";
}
