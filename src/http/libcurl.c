/* SPDX-License-Identifier: ISC */
#include "http/libcurl.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

#include <curl/curl.h>

#include "base/strbuf.h"

/* The same since 2006. */
#define SONAME "libcurl.so.4"

#define FUNCTIONS(each)                 \
	each(curl_global_init);         \
	each(curl_global_cleanup);      \
	each(curl_version_info);        \
	each(curl_easy_init);           \
	each(curl_easy_setopt);         \
	each(curl_easy_getinfo);        \
	each(curl_easy_reset);          \
	each(curl_easy_cleanup);        \
	each(curl_easy_strerror);       \
	each(curl_multi_init);          \
	each(curl_multi_setopt);        \
	each(curl_multi_add_handle);    \
	each(curl_multi_remove_handle); \
	each(curl_multi_socket_action); \
	each(curl_multi_info_read);     \
	each(curl_multi_strerror);      \
	each(curl_multi_cleanup);       \
	each(curl_slist_append);        \
	each(curl_slist_free_all);      \
	each(curl_url);                 \
	each(curl_url_set);             \
	each(curl_url_strerror);        \
	each(curl_url_cleanup)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member */
#define MEMBER(name) __typeof__(name) *name

static void *library; /* NULL: not loaded */
static struct {
	FUNCTIONS(MEMBER);
} loaded;

void *
libcurl_symbol(const char *name)
{
	return dlsym(library, name);
}

/* Returns the name of one that is missing; NULL: none. */
static const char *
find_functions(void)
{
	const char *missing = NULL;

	/* C has no cast from what dlsym() returns to a function; POSIX has this one */
#define FIND(name)                                        \
	*(void **)(&loaded.name) = libcurl_symbol(#name); \
	missing = loaded.name == NULL ? #name : missing
	FUNCTIONS(FIND);
#undef FIND
	return missing;
}

int
libcurl_load(struct strbuf *err)
{
	const char *missing;

	if (library != NULL)
		return 0;
	library = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL)
		return fail(err, "cannot load libcurl (Debian has it in the package libcurl4): %s",
		    dlerror());
	missing = find_functions();
	if (missing == NULL)
		return 0;
	dlclose(library);
	library = NULL;
	return fail(err, "cannot use the " SONAME " that is installed: it has no %s()", missing);
}

/*
 * ---- the functions.  Each is called after libcurl_load(), whose caller knows whether it failed
 *
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): their names are shorter here
 */

#define STEP(type, name, parameters, arguments) \
	type name parameters                    \
	{                                       \
		assert(library != NULL);        \
		return loaded.name arguments;   \
	}
#define STEP_VOID(name, parameters, arguments) \
	void name parameters                   \
	{                                      \
		assert(library != NULL);       \
		loaded.name arguments;         \
	}

STEP(CURLcode, curl_global_init, (long flags), (flags))
STEP_VOID(curl_global_cleanup, (void), ())
STEP(curl_version_info_data *, curl_version_info, (CURLversion age), (age))
STEP(CURL *, curl_easy_init, (void), ())
STEP_VOID(curl_easy_reset, (CURL * easy), (easy))
STEP_VOID(curl_easy_cleanup, (CURL * easy), (easy))
STEP(const char *, curl_easy_strerror, (CURLcode code), (code))
STEP(CURLM *, curl_multi_init, (void), ())
STEP(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))
STEP(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))
STEP(CURLMcode, curl_multi_socket_action,
    (CURLM * multi, curl_socket_t socket, int events, int *running),
    (multi, socket, events, running))
STEP(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))
STEP(const char *, curl_multi_strerror, (CURLMcode code), (code))
STEP(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
STEP(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text),
    (list, text))
STEP_VOID(curl_slist_free_all, (struct curl_slist * list), (list))
STEP(CURLU *, curl_url, (void), ())
STEP(CURLUcode, curl_url_set, (CURLU * url, CURLUPart part, const char *text, unsigned flags),
    (url, part, text, flags))
STEP(const char *, curl_url_strerror, (CURLUcode code), (code))
STEP_VOID(curl_url_cleanup, (CURLU * url), (url))

/*
 * The number of an option tells the type of its value (curl.h, CURLOPTTYPE_*): calls setter with
 * it.
 */
#define SET_BY_TYPE(result, setter, handle, option, last)                                        \
	do {                                                                                     \
		va_list values;                                                                  \
		va_start(values, last);                                                          \
		if ((int)(option) < CURLOPTTYPE_OBJECTPOINT)                                     \
			(result) = (setter)((handle), (option), va_arg(values, long));           \
		else if ((int)(option) >= CURLOPTTYPE_OFF_T && (int)(option) < CURLOPTTYPE_BLOB) \
			(result) = (setter)((handle), (option), va_arg(values, curl_off_t));     \
		else                                                                             \
			(result) = (setter)((handle), (option), va_arg(values, void *));         \
		va_end(values);                                                                  \
	} while (0)

/* curl.h has macros of these names, which check the types of values, and call the functions. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

CURLcode
curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	CURLcode code;

	SET_BY_TYPE(code, loaded.curl_easy_setopt, easy, option, option);
	return code;
}

CURLMcode
curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
	CURLMcode code;

	SET_BY_TYPE(code, loaded.curl_multi_setopt, multi, option, option);
	return code;
}

CURLcode
curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	va_list values;
	CURLcode code;

	va_start(values, info);
	code = loaded.curl_easy_getinfo(easy, info, va_arg(values, void *));
	va_end(values);
	return code;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
