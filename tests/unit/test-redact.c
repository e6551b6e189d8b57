/* SPDX-License-Identifier: ISC */
#include "redact-helper.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/redact/redact.h"

/* How much of a text that was cut off is kept. */
static void
check_whole(const char *secret, const char *text, const char *kept)
{
	struct redactor *redactor = redactor_new();

	redactor_add(redactor, secret);
	assert_int_equal(redactor_whole(redactor, text, strlen(text)), strlen(kept));
	redactor_free(redactor);
}

static void
add_base64(struct strbuf *out, const char *text, const char *digits, bool pad)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += 3) {
		unsigned long group = 0;
		for (size_t j = 0; j < 3; j++)
			group = group << 8 | (i + j < len ? (unsigned char)text[i + j] : 0U);
		for (size_t j = 0; j < 4; j++) {
			if (i + j <= len)
				strbuf_addch(out, digits[group >> (18 - 6 * j) & 0x3f]);
			else if (pad)
				strbuf_addch(out, '=');
		}
	}
}

static void
a_secret_is_masked_in_raw_text(void **state)
{
	(void)state;
	redact_check_one("s3cret", "", "");
	redact_check_one("s3cret", "nothing here", "nothing here");
	redact_check_one("s3cret", "s3cret", "***");
	redact_check_one("s3cret", "a s3cret, s3crets3cret s3cre", "a ***, ****** s3cre");
	redact_check_one("s3cret", "ss3cret", "s***");
	redact_check_one("", "text", "text");
}

static void
without_secrets_the_text_stays_as_it_is(void **state)
{
	const char *const none[] = {NULL};

	(void)state;
	redact_check(none, "any 100% te+xt \\n", "any 100% te+xt \\n");
}

static void
the_longest_secret_wins(void **state)
{
	const char *const secrets[] = {"abcd", "abcdef", "bcdefg", NULL};
	const char *const same[] = {"abcd", "abcd", NULL};

	(void)state;
	redact_check(secrets, "abcdef!", "***!");
	redact_check(secrets, "abcd!", "***!");
	redact_check(same, "abcd!", "***!");
}

static void
secrets_that_overlap_leave_no_end(void **state)
{
	const char *const secrets[] = {"abcd", "cdefgh", NULL};

	(void)state;
	redact_check(secrets, "-abcdefgh-", "-***-");
	redact_check_one("abab", "-ababab-", "-***-");
}

static void
a_secret_is_masked_in_every_percent_encoding(void **state)
{
	(void)state;
	redact_check_one("p@ss/w:d", "?k=p%40ss%2Fw%3Ad&x=1", "?k=***&x=1");
	redact_check_one("p@ss/w:d", "?k=p%40ss%2fw%3ad&x=1", "?k=***&x=1");
	redact_check_one("p@ss/w:d", "?k=p%40ss/w:d", "?k=***");
	redact_check_one("p@ss/w:d", "?k=%70%40%73%73%2F%77%3A%64", "?k=***");
	redact_check_one("one two", "k=one+two&l=one%20two", "k=***&l=***");
	redact_check_one(" two", "k=+two", "k=***");
	redact_check_one("a+b c", "k=a%2Bb+c a+b%20c", "k=*** ***");
	redact_check_one("50%25x!", "50%25x! 50%2525x! 50%2525x%21", "*** *** ***");
	redact_check_one("p\xc3\xa4ss", "p%C3%A4ss p%c3%A4ss", "*** ***");
	redact_check_one("p@ss", "p%4 p%4", "p%4 p%4");
	redact_check_one("p@ss", "%", "%");
}

static void
a_secret_is_masked_with_json_escapes(void **state)
{
	(void)state;
	redact_check_one("a\"b\\c/d", "{\"k\":\"a\\\"b\\\\c/d\"}", "{\"k\":\"***\"}");
	redact_check_one("a\"b\\c/d", "{\"k\":\"a\\\"b\\\\c\\/d\"}", "{\"k\":\"***\"}");
	redact_check_one("a\nb\tc\x01", "a\\nb\\tc\\u0001 a\\u000ab\\u0009c\\u0001", "*** ***");
	redact_check_one("<p\xc3\xa4ss>", "\\u003Cp\\u00e4ss\\u003e", "***");
	redact_check_one("p\xf0\x9f\x98\x80q", "p\\ud83d\\ude00q p\\uD83D\\uDE00q", "*** ***");
	redact_check_one(
	    "p\xf0\x9f\x98\x80q", "p\\ud83d p\\ud83d\\u0041q", "p\\ud83d p\\ud83d\\u0041q");
	redact_check_one("abcd", "abc\\", "abc\\");
	redact_check_one("abcd", "abc\\u00", "abc\\u00");
}

static void
what_the_json_writer_writes_is_masked(void **state)
{
	static const char secret[] = "q\"b\\s/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9";
	struct strbuf json = STRBUF_INIT;
	struct json_writer writer;

	(void)state;
	json_writer_init(&writer, &json);
	json_begin_object(&writer);
	json_name(&writer, "k");
	json_string(&writer, secret);
	json_end(&writer);
	redact_check_one(secret, json.buf, "{\"k\":\"***\"}");
	strbuf_release(&json);
}

static void
a_secret_is_masked_in_base64_at_each_alignment(void **state)
{
	static const char *const secrets[] = {
	    "s3cr", "s3cre", "s3cret", "\xfb\xff\xfe?>\xfb\xff~~"};
	static const char *const befores[] = {"", ":", "u:", "me:", "user:"};
	static const char *const afters[] = {"", "!", "!!", "!!!"};
	static const char *const alphabets[] = {
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

	(void)state;
	for (size_t i = 0; i < 4 * 5 * 4 * 2 * 2; i++) {
		const char *secret = secrets[i % 4];
		const char *before = befores[i / 4 % 5];
		const char *after = afters[i / 20 % 4];
		bool pad = i / 160 == 0;
		struct redactor *redactor = redactor_new();
		struct strbuf plain = STRBUF_INIT, text = STRBUF_INIT, out = STRBUF_INIT;

		strbuf_addf(&plain, "%s%s%s", before, secret, after);
		strbuf_addstr(&text, "Basic ");
		add_base64(&text, plain.buf, alphabets[i / 80 % 2], pad);
		redactor_add(redactor, secret);
		redactor_apply(redactor, text.buf, text.len, &out);
		/* what is left is what encodes only the text before and after, no digit of both */
		size_t head = strlen(before) * 8 / 6;
		assert_int_equal(strncmp(out.buf, text.buf, 6 + head), 0);
		assert_int_equal(strncmp(out.buf + 6 + head, "***", 3), 0);
		const char *tail = out.buf + 6 + head + 3;
		size_t encoded = strlen(before) + strlen(secret);
		size_t tail_start = 6 + (encoded * 8 + 5) / 6;
		if (after[0] == '\0')
			assert_string_equal(tail, "");
		else
			assert_string_equal(tail, text.buf + tail_start);
		strbuf_release(&plain);
		strbuf_release(&text);
		strbuf_release(&out);
		redactor_free(redactor);
	}
}

static void
base64_is_masked_in_other_encodings(void **state)
{
	(void)state;
	/* "aa?~~~zz" is "YWE/fn5+eno=" */
	redact_check_one("aa?~~~zz", "k=YWE/fn5+eno=&", "k=***&");
	redact_check_one("aa?~~~zz", "k=YWE%2Ffn5%2Beno%3D&", "k=***&");
	redact_check_one("aa?~~~zz", "{\"k\":\"YWE\\/fn5+eno=\"}", "{\"k\":\"***\"}");
}

static void
a_short_secret_is_masked_as_a_whole_word(void **state)
{
	(void)state;
	redact_check_one("ab", "ab cab abc ab! _ab ab", "*** cab abc ***! _ab ***");
	redact_check_one("a", "a=a&b=ba", "***=***&b=ba");
	redact_check_one("a b", "a+b a%20b xa+b", "*** *** xa+b");
	redact_check_one("abc", "YWJj", "YWJj");
	redact_check_one("abcd", "xabcdx", "x***x");
}

static void
a_word_may_stand_beside_an_escape(void **state)
{
	(void)state;
	redact_check_one("12", "?a=%2F12&b=%2f12%2F", "?a=%2F***&b=%2f***%2F");
	redact_check_one("12", "{\"a\":\"\\n12\\t\",\"b\":\"\\u002f12\"}",
	    "{\"a\":\"\\n***\\t\",\"b\":\"\\u002f***\"}");
	redact_check_one("12", "n12 2F12 u002f12", "n12 2F12 u002f12");
}

static void
base64_is_masked_over_several_lines(void **state)
{
	static const char *const breaks[] = {"\n", "\r\n", "\\n", "\\r\\n", "%0D%0A"};
	static const char base64[] = "dXNlcjpzM2NyZXQvMDEyMw=="; /* user:s3cret/0123 */
	const size_t first = 7, last = 20; /* the digits of the secret alone */

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		for (size_t at = first + 1; at <= last; at++) {
			struct strbuf text = STRBUF_INIT;

			strbuf_addf(&text, "<%.*s%s%s>", (int)at, base64, breaks[i], base64 + at);
			redact_check_one("s3cret/0123", text.buf, "<dXNlcj***>");
			strbuf_release(&text);
		}
	}
	/* only base64 is broken like that */
	redact_check_one("s3cret/0123", "s3cr\net/0123", "s3cr\net/0123");
	check_whole("s3cret/0123", "<dXNlcjpzM2\nNyZX", "<dXNlcj");
}

static void
a_text_may_have_bytes_of_any_kind(void **state)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	(void)state;
	redactor_add(redactor, "s3cret");
	redactor_apply(redactor, "\0\xff\x80s3cret\0s3cre\xfft%\0", 20, &out);
	assert_int_equal(out.len, 17);
	assert_memory_equal(out.buf, "\0\xff\x80***\0s3cre\xfft%\0", 17);
	redactor_apply(redactor, NULL, 0, &out);
	assert_int_equal(out.len, 17);
	strbuf_release(&out);
	redactor_free(redactor);
	redactor_free(NULL);
}

/* A secret is found at any place of any text, in any form, whatever is around it. */
static void
a_secret_is_masked_in_random_texts(void **state)
{
	static const char letters[] = "ab%+\\\"/ 4u0=";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct redactor *redactor = redactor_new();
		struct strbuf out = STRBUF_INIT;
		char secret[6] = "", text[40] = "";

		for (size_t i = 0; i < sizeof(secret) - 1; i++)
			secret[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		memcpy(text + (size_t)rand_r(&seed) % 30, secret, 5);
		redactor_add(redactor, secret);
		redactor_apply(redactor, text, strlen(text), &out);
		if (strstr(out.buf, secret) != NULL || strstr(out.buf, "***") == NULL) {
			print_error("secret '%s' in '%s' gave '%s'\n", secret, text, out.buf);
			assert_true(false);
		}
		strbuf_release(&out);
		redactor_free(redactor);
	}
}

static void
a_secret_is_masked_in_a_query_that_was_decoded_in_part(void **state)
{
	(void)state;
	/* as httpbin tells its URL, and as libcurl makes a Location absolute */
	redact_check_one(
	    "hunter2/+\xc3\xa4", "{\"url\":\"?p=hunter2%2F+\\u00e4\"}", "{\"url\":\"?p=***\"}");
	redact_check_one("s3cr/t+\"v ue", "http://h/?t=s3cr/t+\"v+ue", "http://h/?t=***");
	redact_check_one("s3cr/t+v ue", "http://h/?t=s3cr%2Ft%2Bv+ue&x=1", "http://h/?t=***&x=1");
}

static void
a_secret_is_masked_in_json_in_a_string_of_json(void **state)
{
	(void)state;
	redact_check_one("a\"b\\c\xc3\xa4/",
	    "{\"data\":\"{\\\"t\\\":\\\"a\\\\\\\"b\\\\\\\\c\\\\u00e4\\\\/\\\"}\"}",
	    "{\"data\":\"{\\\"t\\\":\\\"***\\\"}\"}");
	redact_check_one("\xf0\x9f\x98\x80 is it", "<\\\\ud83d\\\\ude00 is it>", "<***>");
}

static void
the_beginning_of_a_secret_is_left_out_where_a_text_was_cut(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	check_whole("s3cret/x", "", "");
	check_whole("s3cret/x", "it is s3cret", "it is ");
	check_whole("s3cret/x", "it is s", "it is ");
	check_whole("s3cret/x", "it is s3c and more", "it is s3c and more");
	check_whole("s3cret/x", "it is s3cret%2", "it is ");
	check_whole("s3cret/x", "it is s3cret%", "it is ");
	check_whole("s3cret/x", "it is s3cret\\", "it is ");
	check_whole("s3cret/x", "it is s3cret\\/", "it is ");
	check_whole("aabb", "xaa", "x");
	check_whole("aab", "x aa", "x ");
	check_whole("aab", "xaa", "xaa"); /* in a longer word */
	/* it is whole: redactor_apply() sees it */
	check_whole("s3cret/x", "it is s3cret/x", "it is s3cret/x");
	/* base64 of "s3cret/x" is czNjcmV0L3g= */
	check_whole("s3cret/x", "Basic czNjcm", "Basic ");
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&text, "s3cret/");
	check_whole("s3cret/x", text.buf, text.buf + strlen("s3cret/"));
	strbuf_release(&text);
}

static void
each_notation_is_read(void **state)
{
	/* the texts are what the programs and libraries write that are named */
	static const struct {
		const char *secret;
		const char *text;
	} cases[] = {
	    /* encodeURIComponent, escape */
	    {"a&b<c>d\"e'f", "a%26b%3Cc%3Ed%22e'f"},
	    {"p\xc3\xa4ss\xe2\x82\xac!", "p%E4ss%u20AC%21"},
	    {"p\xf0\x9f\x98\x80q", "p%uD83D%uDE00q"},
	    /* twice, a part of it twice, three times */
	    {"a b/c%d", "a%2520b%252Fc%2525d"},
	    {"a b/c%d", "a%2520b%2Fc%2525d"},
	    {"a b/c%d", "a+b%252Fc%25d"},
	    {"a b/c%d", "a%252520b%25252Fc%252525d"},
	    /* JSON: PHP, Go, and JSON in JSON, in JSON */
	    {"a/b<c>\xc3\xa4\"", "a\\/b<c>\\u00e4\\\""},
	    {"a/b<c>\xc3\xa4\"", "a/b\\u003cc\\u003E\xc3\xa4\\\""},
	    {"a\"b\\c", "a\\\\\\\"b\\\\\\\\c"},
	    {"a\"b\\c", "a\\\\\\\\\\\\\\\"b\\\\\\\\\\\\\\\\c"},
	    /* markup: PHP, Python and Django, Go, others */
	    {"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e&#039;f"},
	    {"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e&#x27;f"},
	    {"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&#34;e&#39;f"},
	    {"a&b<c>d\"e'f", "a&#38;b&#60;c&#62;d&#X22;e&apos;f"},
	    {"a/b\xc3\xa4\xc2\xa0/c", "a&#x2F;b&#228;&nbsp;/c"},
	    {"p\xf0\x9f\x98\x80q", "p&#128512;q"},
	    {"a&b<c>d", "a&amp;amp;b&amp;lt;c&amp;gt;d"},
	    /* strings: nginx, Python, JavaScript, Rust, C, Bash, logs */
	    {"a\"b\\c\xc3\xa4", "a\\x22b\\x5Cc\\xC3\\xA4"},
	    {"a\"b'c", "a\"b\\'c"},
	    {"p\xc3\xa4ss\xe2\x82\xac", "p\\xe4ss\\u20ac"},
	    {"p\xf0\x9f\x98\x80q", "p\\U0001f600q"},
	    {"p\xf0\x9f\x98\x80q", "p\\u{1F600}q"},
	    {"tab\tnew\nline\x1b", "tab\\tnew\\nline\\e"},
	    {"tab\tnew\nline\x1b", "tab\\011new\\012line\\033"},
	    {"a b$c&d", "a\\ b\\$c\\&d"},
	    /* SQL and CSV */
	    {"a'b''c", "'a''b''''c'"},
	    {"a\"bcd\"", "\"a\"\"bcd\"\"\""},
	    /* base64 in a URL, in JSON, of JSON; each alignment has a test of its own */
	    {"aa?~~~zz", "YWE%2Ffn5%2Beno"},
	    {"aa?~~~zz", "YWE\\u002Ffn5\\u002Beno="},
	    {"aa?~~~zz", "YWE_fn5-eno"},
	    {"ab\"cd", "eyJwIjoiYWJcImNkIn0"},
	    {"ab/cd", "eyJwIjoiYWJcL2NkIn0="},
	    /* hexadecimal */
	    {"s3cret/0123", "7333637265742f30313233"},
	    {"s3cret/0123", "07333637265742F30313233"},
	    {"s3cret/0123", "7333637265\n742f30313233"},
	    /* quoted-printable */
	    {"a=b p\xc3\xa4ss", "a=3Db p=C3=A4ss"},
	    {"a=b p\xc3\xa4ss", "a=3Db p=\n=c3=A4s=\r\ns"},
	    /* character sets: Latin-1, UTF-8 taken for Latin-1, UTF-16 in base64 and escaped */
	    {"p\xc3\xa4ssword", "p\xe4ssword"},
	    {"p\xc3\xa4ssword", "p\xc3\x83\xc2\xa4ssword"},
	    {"s3cret", "cwAzAGMAcgBlAHQA"},
	    {"s3cret", "s\\x003\\x00c\\x00r\\x00e\\x00t\\x00"},
	    /* several at once */
	    {"a&b/c\"d", "{&quot;u&quot;:&quot;?a%26b%2Fc\\&quot;d"},
	    {"a&b/c\"d", "a\\u0026amp;b\\/c\\u0026quot;d"},
	    {"a&b/c\"d", "a%26amp%3Bb%2Fc%26quot%3Bd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct redactor *redactor = redactor_new();
		struct strbuf out = STRBUF_INIT;
		const char *text = cases[i].text;

		redactor_add(redactor, cases[i].secret);
		redactor_apply(redactor, text, strlen(text), &out);
		if (strstr(out.buf, "***") == NULL ||
		    !redactor_holds(redactor, text, strlen(text))) {
			print_error("'%s' in '%s' gave '%s'\n", cases[i].secret, text, out.buf);
			assert_true(false);
		}
		strbuf_release(&out);
		redactor_free(redactor);
	}
}

static void
only_the_bytes_of_the_secret_are_masked(void **state)
{
	(void)state;
	redact_check_one("a\"b'", "<a%22b%27> <a\\\"b\\'> <a&quot;b&#39;>", "<***> <***> <***>");
	redact_check_one("s3cret/0123", "[7333637265742f30313233]", "[***]");
	redact_check_one("a=b p!", "<a=3Db=\n p!=\n>", "<***=\n>");
	redact_check_one("ab\"cd", "x.eyJwIjoiYWJcImNkIn0.y", "x.eyJwIjoi***In0.y");
	redact_check_one("a'b''c", "('a''b''''c')", "('***')");
}

/* What is cut off, or has no end, takes nothing with it. */
static void
what_has_no_end_swallows_nothing(void **state)
{
	static const char *const ends[] = {"%", "%4", "%25", "\\", "\\u", "\\u00", "\\ud83d",
	    "\\ud83d\\u", "\\u{", "\\u{41", "\\x", "\\0", "\\U0001", "&", "&#", "&#x", "&#x4",
	    "&am", "&amp", "&quot", "=", "=3", "=\r", "'", "\"", "QUJDREVGRw",
	    "QUJDREVGRw=", "4142434", "\r"};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct strbuf text = STRBUF_INIT, expected = STRBUF_INIT;

		strbuf_addf(&text, "a s3cr\"t/x b%s", ends[i]);
		strbuf_addf(&expected, "a *** b%s", ends[i]);
		redact_check_one("s3cr\"t/x", text.buf, expected.buf);
		strbuf_addstr(&text, " and more, a s3cr%22t/x");
		strbuf_addstr(&expected, " and more, a ***");
		redact_check_one("s3cr\"t/x", text.buf, expected.buf);
		strbuf_release(&text);
		strbuf_release(&expected);
	}
}

static void
ordinary_logs_stay_as_they_are(void **state)
{
	static const char *const texts[] = {
	    "HTTP/1.1 200 OK\nETag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\n",
	    "X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\nSet-Cookie: ***\n",
	    "{\"id\":42,\"name\":\"a \\\"quoted\\\" name\",\"url\":\"https:\\/\\/a.example\\/?q=a%20b\"}",
	    "<p>Tom &amp; Jerry &lt;tom@example.com&gt;</p>",
	    "00000000  48 65 6c 6c 6f 20 77 6f  72 6c 64 0a              |Hello world.|",
	    "deadbeefcafebabe0123456789ABCDEF",
	    "-----BEGIN CERTIFICATE-----\nMIIBszCCARwCCQDH\n-----END CERTIFICATE-----\n",
	    "C:\\new\\table\\x41\\users 100% %d %s %% &&& === '' \"\" \\\\ +1 a+b",
	    "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQ="};
	const char *const secrets[] = {"s3cr3t-t0ken", "wxyz", "hunter2/+ x",
	    "{\"k\":\"a longer value\",\"s\":\"Jerry\"}",
	    "dXNlcjpsb25ncGFzc3dvcmQ=", "one line here\nother line there\nTom\nabc\n", "12", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		redact_check(secrets, texts[i], texts[i]);
}

/* The text is read in blocks: a secret is found across their borders, whatever it is written in. */
static void
a_secret_is_masked_at_every_place_of_a_long_text(void **state)
{
	static const char *const written[] = {"s3cr\"t/0123", "s3cr%22t%2f%30123",
	    "s3cr\\u0022t\\/\\u0030123", "s3cr&quot;t&#x000002F;0123",
	    "czNjciJ0LzAxMjM=", "czNjciJ0\n  LzAxMjM=", "7333637222742f30313233",
	    "s3cr=22t=\n/0123", "czNjciJ0Lz\\u0041xMjM%3D", "s3cr\\\\u0022t\\\\\\/0123"};
	struct redactor *redactor = redactor_new();

	(void)state;
	redactor_add(redactor, "s3cr\"t/0123");
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		for (size_t before = 4096 - 40; before < 4096 + 4; before++) {
			struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;

			for (size_t j = 0; j < before; j++)
				strbuf_addch(&text, j + 1 == before ? ' ' : '.');
			strbuf_addf(&text, "%s and the rest", written[i]);
			redactor_apply(redactor, text.buf, text.len, &out);
			assert_string_equal(out.buf + before, "*** and the rest");
			strbuf_release(&text);
			strbuf_release(&out);
		}
	}
	redactor_free(redactor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_secret_is_masked_in_raw_text),
	    cmocka_unit_test(without_secrets_the_text_stays_as_it_is),
	    cmocka_unit_test(the_longest_secret_wins),
	    cmocka_unit_test(secrets_that_overlap_leave_no_end),
	    cmocka_unit_test(a_secret_is_masked_in_every_percent_encoding),
	    cmocka_unit_test(a_secret_is_masked_with_json_escapes),
	    cmocka_unit_test(what_the_json_writer_writes_is_masked),
	    cmocka_unit_test(a_secret_is_masked_in_base64_at_each_alignment),
	    cmocka_unit_test(base64_is_masked_in_other_encodings),
	    cmocka_unit_test(a_short_secret_is_masked_as_a_whole_word),
	    cmocka_unit_test(a_word_may_stand_beside_an_escape),
	    cmocka_unit_test(base64_is_masked_over_several_lines),
	    cmocka_unit_test(a_text_may_have_bytes_of_any_kind),
	    cmocka_unit_test(a_secret_is_masked_in_random_texts),
	    cmocka_unit_test(each_notation_is_read),
	    cmocka_unit_test(only_the_bytes_of_the_secret_are_masked),
	    cmocka_unit_test(what_has_no_end_swallows_nothing),
	    cmocka_unit_test(ordinary_logs_stay_as_they_are),
	    cmocka_unit_test(a_secret_is_masked_at_every_place_of_a_long_text),
	    cmocka_unit_test(a_secret_is_masked_in_a_query_that_was_decoded_in_part),
	    cmocka_unit_test(a_secret_is_masked_in_json_in_a_string_of_json),
	    cmocka_unit_test(the_beginning_of_a_secret_is_left_out_where_a_text_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
