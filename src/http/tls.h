/* SPDX-License-Identifier: ISC */
/*
 * The alert by which the other side ends TLS.  libcurl has it in its texts only, and which text
 * one gets depends on who is faster; OpenSSL tells the number (RFC 8446, 6).
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

struct tls_watch {
	int alert; /* the last one that was received and that ends the connection; 0: none */
};

/* Has the alerts of a handle's connections noted.  The watch must outlive its transfer. */
CURLcode tls_watch_begin(struct tls_watch *, CURL *);
/* Whether the alert speaks of the certificate that we showed, or did not show. */
bool tls_alert_about_certificate(int alert);
/* Its name, such as "handshake failure". */
const char *tls_alert_name(int alert);

#endif
