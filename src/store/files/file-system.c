/* SPDX-License-Identifier: ISC */
/*
 * Whether a lock is seen by all who can reach a file.  On a file system of this machine the kernel
 * has every lock.  On one of a network each machine may have its own, as with NFS's "nolock" and
 * SMB's "nobrl", or lose them with the server; of one in user space, its program decides, and the
 * same files may be reached by another way.
 */
#include <linux/magic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "store/files/files.h"

/* What linux/magic.h does not have. */
#define GFS2_MAGIC     0x01161970u
#define LUSTRE_MAGIC   0x0bd00bd0u
#define ORANGEFS_MAGIC 0x20030528u
#define VBOXSF_MAGIC   0x786f4256u
#define ZFS_MAGIC      0x2fc12fc1u
#define BCACHEFS_MAGIC 0xca451a4eu
#define UBIFS_MAGIC    0x24051905u

/* Whoever reaches these can be on another machine.  The last two are on disks of several. */
static const struct {
	uint32_t type;
	const char *name;
} shared[] = {
    {NFS_SUPER_MAGIC, "NFS"},
    {SMB_SUPER_MAGIC, "SMB"},
    {CIFS_SUPER_MAGIC, "SMB"},
    {SMB2_SUPER_MAGIC, "SMB"},
    {FUSE_SUPER_MAGIC, "FUSE"},
    {V9FS_MAGIC, "9p"},
    {AFS_SUPER_MAGIC, "AFS"},
    {AFS_FS_MAGIC, "AFS"},
    {CEPH_SUPER_MAGIC, "Ceph"},
    {CODA_SUPER_MAGIC, "Coda"},
    {NCP_SUPER_MAGIC, "NCP"},
    {LUSTRE_MAGIC, "Lustre"},
    {ORANGEFS_MAGIC, "OrangeFS"},
    {VBOXSF_MAGIC, "a VirtualBox folder"},
    {GFS2_MAGIC, "GFS2"},
    {OCFS2_SUPER_MAGIC, "OCFS2"},
};

/* Of one machine although they have no device: in memory, over another, on many disks. */
static const uint32_t own[] = {
    TMPFS_MAGIC,
    RAMFS_MAGIC,
    OVERLAYFS_SUPER_MAGIC,
    BTRFS_SUPER_MAGIC,
    ZFS_MAGIC,
    BCACHEFS_MAGIC,
    UBIFS_MAGIC,
};

const char *
file_system_medium(uint32_t type, bool on_disk)
{
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		if (shared[i].type == type)
			return shared[i].name;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i] == type)
			return NULL;
	}
	return on_disk ? NULL : "a file system that svcreq does not know";
}

const char *
store_files_medium(int state_fd)
{
	struct statfs system;
	struct stat status;

	if (fstatfs(state_fd, &system) != 0 || fstat(state_fd, &status) != 0)
		return "a file system that tells nothing of itself";
	return file_system_medium((uint32_t)system.f_type, major(status.st_dev) != 0);
}
