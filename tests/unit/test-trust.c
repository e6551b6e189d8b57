/* SPDX-License-Identifier: ISC */
/*
 * The rule over all its values.  The users and groups are those that every Debian has: each of
 * daemon (1), bin (2) and sys (3) has a group of its own with that number and no other member;
 * nogroup is the group of several users.
 */
#include "base/trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

#define OWNER	 1 /* with a group of that number */
#define MEMBER	 2 /* of the group of that number, which a shared workspace has */
#define AUTHOR	 3
#define STRANGER 4

#define NOGROUP 65534

static struct trust trust;
static const enum trust_kind folders[] = {
    TRUST_OWN_FOLDER, TRUST_TEAM_FOLDER, TRUST_AUTHORS_FOLDER};

static void
begin(bool shared, bool authors)
{
	trust_release(&trust);
	trust = (struct trust){.root = "/srv/w",
	    .owner = OWNER,
	    .group = shared ? MEMBER : OWNER,
	    .shared = shared,
	    .has_authors = authors,
	    .authors = AUTHOR,
	    .fault = STRBUF_INIT};
}

static bool
is_folder(enum trust_kind kind)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (folders[i] == kind)
			return true;
	}
	return false;
}

/* "": it is trusted; else what is wrong with it. */
static const char *
verdict(enum trust_kind kind, uid_t uid, gid_t gid, mode_t mode, nlink_t links)
{
	const struct stat status = {
	    .st_uid = uid,
	    .st_gid = gid,
	    .st_mode = (mode & S_IFMT) != 0 ? mode : mode | (is_folder(kind) ? S_IFDIR : S_IFREG),
	    .st_nlink = links,
	};

	errno = 0;
	if (trust_check_status(&trust, &status, kind, "f") == 0)
		return "";
	assert_int_equal(errno, TRUST_ERRNO);
	assert_non_null(strstr(trust.fault.buf, " /srv/w/f"));
	return trust.fault.buf;
}

static bool
accepts(enum trust_kind kind, uid_t uid, gid_t gid, mode_t mode)
{
	return verdict(kind, uid, gid, mode, 1)[0] == '\0';
}

/* Each kind: who may own it, and which group may write to it, in a shared one, or with authors. */
static const struct {
	bool member_owns; /* when shared */
	bool author_owns; /* when there are authors */
	bool is_private;
} kinds[TRUST_KIND_COUNT] = {
    [TRUST_OWN_FOLDER] = {false, false, false},
    [TRUST_OWN_FILE] = {false, false, false},
    [TRUST_TEAM_FOLDER] = {true, false, false},
    [TRUST_TEAM_FILE] = {true, false, false},
    [TRUST_AUTHORS_FOLDER] = {true, true, false},
    [TRUST_AUTHORS_FILE] = {true, true, false},
    [TRUST_SECRET] = {false, false, true},
    [TRUST_CERTIFICATE] = {false, false, false},
    [TRUST_KEY] = {false, false, true},
};

static void
each_kind_has_its_owners(void **state)
{
	(void)state;
	for (int i = 0; i < 4 * TRUST_KIND_COUNT; i++) {
		enum trust_kind kind = (enum trust_kind)(i / 4);
		bool shared = i & 1, authors = i & 2;

		begin(shared, authors);
		assert_true(accepts(kind, OWNER, OWNER, 0600));
		assert_true(accepts(kind, 0, 0, 0600));
		assert_int_equal(
		    accepts(kind, MEMBER, OWNER, 0600), shared && kinds[kind].member_owns);
		assert_int_equal(
		    accepts(kind, AUTHOR, OWNER, 0600), authors && kinds[kind].author_owns);
		assert_false(accepts(kind, STRANGER, OWNER, 0600));
		assert_false(accepts(kind, 54321, OWNER, 0600));
	}
}

static void
each_kind_has_its_writers(void **state)
{
	(void)state;
	for (int i = 0; i < 4 * TRUST_KIND_COUNT; i++) {
		enum trust_kind kind = (enum trust_kind)(i / 4);
		bool shared = i & 1, authors = i & 2, may = !kinds[kind].is_private;

		begin(shared, authors);
		assert_true(accepts(kind, OWNER, OWNER, 0700));
		/* a clone with umask 002 */
		assert_int_equal(accepts(kind, OWNER, OWNER, 0775), may);
		assert_int_equal(accepts(kind, 0, 0, 0775), may);
		assert_int_equal(accepts(kind, OWNER, MEMBER, 0770), may && shared);
		assert_int_equal(
		    accepts(kind, OWNER, AUTHOR, 0770), authors && kinds[kind].author_owns);
		assert_false(accepts(kind, OWNER, NOGROUP, 0770));
		assert_false(accepts(kind, OWNER, STRANGER, 0770));
		assert_false(accepts(kind, OWNER, OWNER, 0702));
		assert_false(accepts(kind, OWNER, OWNER, 01777));
	}
	/* the own group of an owner who shares it with other users */
	begin(false, false);
	trust.owner = STRANGER;
	assert_false(accepts(TRUST_OWN_FILE, STRANGER, NOGROUP, 0660));
}

static void
what_is_private_is_read_by_nobody_else(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * TRUST_KIND_COUNT; i++) {
		enum trust_kind kind = (enum trust_kind)(i / 2);
		bool shared = i & 1, open = !kinds[kind].is_private;

		begin(shared, false);
		assert_true(accepts(kind, OWNER, OWNER, 0400));
		assert_int_equal(accepts(kind, OWNER, OWNER, 0604), open);
		assert_int_equal(accepts(kind, OWNER, OWNER, 0601), open);
		assert_int_equal(accepts(kind, OWNER, OWNER, 0610), open);
		assert_int_equal(accepts(kind, OWNER, OWNER, 0640), open);
		assert_int_equal(accepts(kind, OWNER, MEMBER, 0640), open || shared);
		assert_int_equal(accepts(kind, OWNER, MEMBER, 0650), open);
		/* as Debian's ssl-cert, and the volumes of Kubernetes */
		assert_int_equal(accepts(kind, 0, NOGROUP, 0640), open || kind == TRUST_KEY);
		assert_int_equal(accepts(kind, 0, NOGROUP, 0644), open);
	}
}

static void
what_is_private_has_one_name(void **state)
{
	(void)state;
	begin(false, false);
	for (int kind = 0; kind < TRUST_KIND_COUNT; kind++)
		assert_int_equal(*verdict((enum trust_kind)kind, OWNER, OWNER, 0600, 2) == '\0',
		    kind != TRUST_SECRET && kind != TRUST_KEY);
}

static void
each_kind_has_its_type(void **state)
{
	static const mode_t types[] = {
	    S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK};

	(void)state;
	begin(false, false);
	for (int kind = 0; kind < TRUST_KIND_COUNT; kind++) {
		mode_t own = is_folder((enum trust_kind)kind) ? S_IFDIR : S_IFREG;

		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			assert_int_equal(
			    accepts((enum trust_kind)kind, OWNER, OWNER, types[i] | 0600),
			    types[i] == own);
	}
}

static void
a_fault_names_the_file_what_is_wrong_and_what_mends_it(void **state)
{
	(void)state;
	begin(false, false);
	assert_string_equal(verdict(TRUST_OWN_FILE, STRANGER, OWNER, 0600, 1),
	    "'f' belongs to 'sync', not to 'daemon' or root: look at it, then chown -h daemon "
	    "/srv/w/f");
	assert_string_equal(verdict(TRUST_OWN_FILE, OWNER, 2, 0660, 1),
	    "'f' can be written by the group 'bin': chmod g-w /srv/w/f");
	assert_string_equal(verdict(TRUST_OWN_FILE, OWNER, 2, 0666, 1),
	    "'f' can be written by everybody: chmod go-w /srv/w/f");
	assert_string_equal(verdict(TRUST_OWN_FILE, OWNER, OWNER, 0666, 1),
	    "'f' can be written by everybody: chmod o-w /srv/w/f");
	assert_string_equal(verdict(TRUST_SECRET, OWNER, OWNER, 0644, 1),
	    "'f' can be read by others: chmod 600 /srv/w/f");
	assert_string_equal(verdict(TRUST_SECRET, OWNER, OWNER, 0600, 2),
	    "'f' has another name elsewhere (a hard link): cp -p /srv/w/f /srv/w/f.new && mv "
	    "/srv/w/f.new /srv/w/f");
	assert_string_equal(verdict(TRUST_SECRET, OWNER, OWNER, S_IFIFO | 0600, 1),
	    "'f' is a FIFO, not a regular file: mv /srv/w/f /srv/w/f.away");
	trust.root = "/srv/it's";
	trust_check_status(&trust, &(struct stat){.st_mode = S_IFDIR}, TRUST_OWN_FILE, "f");
	assert_non_null(strstr(trust.fault.buf, "mv '/srv/it'\\''s/f' "));
}

/* ---- paths, in a folder of its own */

static char folder[] = "/tmp/svcreq-trust-XXXXXX";
static int folder_fd;

static void
shell(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd '%s' && %s", folder, command);
	assert_int_equal(system(line), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/svcreq-trust-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umask(022);
	trust_release(&trust);
	return trust_init(&trust, folder, folder_fd);
}

static int
remove_folder(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	close(folder_fd);
	trust_release(&trust);
	trust = (struct trust){0};
	return system(line) == 0 ? 0 : -1;
}

/* What the path leads to, or what is wrong with it; in a buffer that the next call overwrites. */
static const char *
reach(const char *path, enum trust_kind kind)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	if (trust_read_path(&trust, folder_fd, path, kind, 4096, &out) != 0)
		trust_fail(&trust, &out, "no");
	return out.buf;
}

static void
a_path_leads_through_trusted_links(void **state)
{
	struct strbuf absolute = STRBUF_INIT;

	(void)state;
	/* as Kubernetes lays out a volume, and certbot its certificates */
	shell("mkdir ..2026 && printf kube >..2026/tls.crt && ln -s ..2026 ..data && "
	      "ln -s ..data/tls.crt tls.crt");
	shell("mkdir -p le/archive/x le/live/x && printf bot >le/archive/x/c1.pem && "
	      "ln -s ../../archive/x/c1.pem le/live/x/c.pem && ln -s \"$PWD/le/live/x/c.pem\" abs");
	assert_string_equal(reach("tls.crt", TRUST_CERTIFICATE), "kube");
	assert_string_equal(reach("le/live/x/c.pem", TRUST_CERTIFICATE), "bot");
	assert_string_equal(reach("./le//live/../live/x/c.pem", TRUST_CERTIFICATE), "bot");
	assert_string_equal(reach("abs", TRUST_CERTIFICATE), "bot");
	strbuf_addf(&absolute, "%s/tls.crt", folder);
	assert_string_equal(reach(absolute.buf, TRUST_CERTIFICATE), "kube");
	strbuf_release(&absolute);
	assert_string_equal(reach("none", TRUST_CERTIFICATE), "no: No such file or directory");
	assert_string_equal(reach("tls.crt/x", TRUST_CERTIFICATE), "no: Not a directory");
	shell("ln -s loop loop");
	assert_string_equal(
	    reach("loop", TRUST_CERTIFICATE), "no: Too many levels of symbolic links");
	assert_non_null(strstr(reach("le", TRUST_CERTIFICATE), "'le' is a directory"));
}

static void
every_folder_on_the_way_counts(void **state)
{
	(void)state;
	shell("mkdir -p a/b && printf x >a/b/c && ln -s a/b/c link");
	assert_string_equal(reach("link", TRUST_CERTIFICATE), "x");
	shell("chmod 777 a");
	assert_non_null(
	    strstr(reach("link", TRUST_CERTIFICATE), "'a' can be written by everybody"));
	assert_non_null(
	    strstr(reach("a/b/c", TRUST_CERTIFICATE), "'a' can be written by everybody"));
	/* what is the owner's stays in a folder with the sticky bit */
	shell("chmod 1777 a");
	assert_string_equal(reach("link", TRUST_CERTIFICATE), "x");
	if (geteuid() != 0)
		return;
	shell("chown 2 a/b");
	assert_non_null(strstr(reach("link", TRUST_CERTIFICATE), "'a/b' belongs to 'bin'"));
	shell("chown 0 a/b && ln -s b a/other && chown -h 2 a/other");
	assert_non_null(
	    strstr(reach("a/other/c", TRUST_CERTIFICATE), "'a/other' belongs to 'bin'"));
}

static void
what_the_owner_cannot_read_is_not_read_for_them(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	shell("mkdir roots own && printf x >roots/c && printf y >own/k && chmod 600 own/k");
	trust.owner = 1;
	assert_string_equal(reach("roots/c", TRUST_CERTIFICATE), "x");
	assert_string_equal(reach("own/k", TRUST_KEY), "no: Permission denied");
	shell("chown 1 own/k");
	assert_string_equal(reach("own/k", TRUST_KEY), "y");
	shell("chown 0 own/k && chgrp 1 own/k && chmod 640 own/k");
	assert_string_equal(reach("own/k", TRUST_KEY), "y");
	shell("chmod 700 own");
	assert_string_equal(reach("own/k", TRUST_KEY), "no: Permission denied");
}

static void
nothing_that_waits_is_waited_for(void **state)
{
	(void)state;
	shell("mkfifo pipe");
	assert_non_null(strstr(reach("pipe", TRUST_CERTIFICATE), "'pipe' is a FIFO"));
	assert_int_equal(trust_open(&trust, folder_fd, "pipe", TRUST_TEAM_FILE, "pipe"), -1);
	assert_int_equal(errno, TRUST_ERRNO);
	shell("printf x >f && ln -s f l && mkdir d && ln -s d dl");
	assert_int_equal(trust_open(&trust, folder_fd, "l", TRUST_TEAM_FILE, "l"), -1);
	assert_non_null(strstr(trust.fault.buf, "'l' is a symbolic link, not a "));
	assert_int_equal(trust_open(&trust, folder_fd, "dl", TRUST_TEAM_FOLDER, "dl"), -1);
	assert_non_null(strstr(trust.fault.buf, "'dl' is a symbolic link, not a "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_has_its_owners),
	    cmocka_unit_test(each_kind_has_its_writers),
	    cmocka_unit_test(what_is_private_is_read_by_nobody_else),
	    cmocka_unit_test(what_is_private_has_one_name),
	    cmocka_unit_test(each_kind_has_its_type),
	    cmocka_unit_test(a_fault_names_the_file_what_is_wrong_and_what_mends_it),
	    cmocka_unit_test_setup_teardown(
		a_path_leads_through_trusted_links, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		every_folder_on_the_way_counts, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		what_the_owner_cannot_read_is_not_read_for_them, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		nothing_that_waits_is_waited_for, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
