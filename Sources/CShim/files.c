#define _GNU_SOURCE
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "result.h"

int sw_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  RESULT(syscall(SYS_openat2, dirfd, path, &how, sizeof how));
}
int sw_openat(int dirfd, const char *path, int flags, uint32_t mode) {
  RESULT(openat(dirfd, path, flags | O_CLOEXEC, mode));
}
int sw_close(int fd) { RESULT(close(fd)); }
int sw_close_range(unsigned first, unsigned last, unsigned flags) {
  RESULT(syscall(SYS_close_range, first, last, flags));
}
long sw_read(int fd, void *buffer, size_t size) { RESULT(read(fd, buffer, size)); }
long sw_write(int fd, const void *bytes, size_t size) { RESULT(write(fd, bytes, size)); }
int sw_dup3(int from, int to, int flags) { RESULT(dup3(from, to, flags)); }
int sw_dupfd_cloexec(int fd, int lowest) { RESULT(fcntl(fd, F_DUPFD_CLOEXEC, lowest)); }
int sw_get_descriptor_flags(int fd) { RESULT(fcntl(fd, F_GETFD)); }
int sw_set_descriptor_flags(int fd, int flags) { RESULT(fcntl(fd, F_SETFD, flags)); }
int sw_get_status_flags(int fd) { RESULT(fcntl(fd, F_GETFL)); }
int sw_set_status_flags(int fd, int flags) { RESULT(fcntl(fd, F_SETFL, flags)); }
int sw_fstatfs_type(int fd, int64_t *type) {
  struct statfs s;
  if (fstatfs(fd, &s)) return -errno;
  *type = (int64_t)s.f_type & 0xffffffff;
  return 0;
}
int sw_statfs_type(const char *path, int64_t *type) {
  struct statfs s;
  if (statfs(path, &s)) return -errno;
  *type = (int64_t)s.f_type & 0xffffffff;
  return 0;
}
int sw_statfs_flags(const char *path) {
  struct statfs s;
  return statfs(path, &s) ? -errno : (int)(s.f_flags & 0xffff);
}
int sw_mkdirat(int dirfd, const char *path, unsigned mode) { RESULT(mkdirat(dirfd, path, mode)); }
int sw_mknodat(int dirfd, const char *path, unsigned mode, unsigned major, unsigned minor) {
  RESULT(mknodat(dirfd, path, mode, makedev(major, minor)));
}
int sw_symlinkat(const char *target, int dirfd, const char *path) { RESULT(symlinkat(target, dirfd, path)); }
int sw_linkat(int fromdir, const char *from, int todir, const char *to, int flags) {
  RESULT(linkat(fromdir, from, todir, to, flags));
}
int sw_unlinkat(int dirfd, const char *path, int flags) { RESULT(unlinkat(dirfd, path, flags)); }
int sw_renameat2(int fromdir, const char *from, int todir, const char *to, unsigned flags) {
  RESULT(syscall(SYS_renameat2, fromdir, from, todir, to, flags));
}
long sw_readlinkat(int dirfd, const char *path, char *buffer, size_t size) {
  RESULT(readlinkat(dirfd, path, buffer, size));
}
int sw_fchownat(int dirfd, const char *path, unsigned uid, unsigned gid, int flags) {
  RESULT(fchownat(dirfd, path, uid, gid, flags));
}
int sw_fchmod(int fd, unsigned mode) { RESULT(fchmod(fd, mode)); }
int sw_fchmodat(int dirfd, const char *path, unsigned mode) { RESULT(fchmodat(dirfd, path, mode, 0)); }
int sw_ftruncate(int fd, int64_t size) { RESULT(ftruncate(fd, size)); }
int sw_faccessat2(int dirfd, const char *path, int mode, int flags) {
  RESULT(syscall(439 /* SYS_faccessat2 */, dirfd, path, mode, flags));
}
long sw_getdents(int fd, void *buffer, size_t size) { RESULT(syscall(SYS_getdents64, fd, buffer, size)); }
long sw_sendfile(int out, int in, size_t size) { RESULT(sendfile(out, in, NULL, size)); }
int sw_memfd_create(const char *name, unsigned flags) { RESULT(memfd_create(name, flags)); }
int sw_add_seals(int fd, int seals) { RESULT(fcntl(fd, F_ADD_SEALS, seals)); }
int sw_get_seals(int fd) { RESULT(fcntl(fd, F_GET_SEALS)); }
int sw_flock(int fd, int operation) { RESULT(flock(fd, operation)); }
int sw_pipe2(int descriptors[2], int flags) { RESULT(pipe2(descriptors, flags)); }
int sw_eventfd(unsigned initial, int flags) { RESULT(eventfd(initial, flags)); }
int sw_chdir(const char *path) { RESULT(chdir(path)); }
int sw_fchdir(int fd) { RESULT(fchdir(fd)); }
int sw_chroot(const char *path) { RESULT(chroot(path)); }
long sw_getcwd(char *buffer, size_t size) { RESULT(syscall(SYS_getcwd, buffer, size)); }
unsigned sw_umask(unsigned mask) { return umask(mask); }

int sw_statx(int dirfd, const char *path, int flags, struct sw_stat *out) {
  struct statx x;
  if (statx(dirfd, path, flags, STATX_BASIC_STATS | 0x1000 /* STATX_MNT_ID */, &x)) return -errno;
  *out = (struct sw_stat){
      .mode = x.stx_mode, .uid = x.stx_uid, .gid = x.stx_gid, .nlink = x.stx_nlink,
      .device_major = x.stx_dev_major, .device_minor = x.stx_dev_minor,
      .rdev_major = x.stx_rdev_major, .rdev_minor = x.stx_rdev_minor,
      .inode = x.stx_ino, .size = x.stx_size, .mount_id = x.stx_mnt_id,
      .mtime_seconds = x.stx_mtime.tv_sec, .attributes = x.stx_attributes,
  };
  return 0;
}
