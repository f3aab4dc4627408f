#define _GNU_SOURCE
#include "shim.h"
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "result.h"

// The C library's <sys/mount.h> and <linux/mount.h> of Debian 12 cannot be included together.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);

int sw_open_tree(int dirfd, const char *path, unsigned flags) { RESULT(syscall(SYS_open_tree, dirfd, path, flags)); }
int sw_open_tree_attr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear) {
  struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
  RESULT(syscall(467 /* SYS_open_tree_attr */, dirfd, path, flags, &attr, sizeof attr));
}
int sw_move_mount(int fromdir, const char *from, int todir, const char *to, unsigned flags) {
  RESULT(syscall(SYS_move_mount, fromdir, from, todir, to, flags));
}
int sw_fsopen(const char *type, unsigned flags) { RESULT(syscall(SYS_fsopen, type, flags)); }
int sw_fsconfig(int fd, unsigned command, const char *key, const char *value, int aux) {
  RESULT(syscall(SYS_fsconfig, fd, command, key, value, aux));
}
int sw_fsmount(int fd, unsigned flags, unsigned attributes) { RESULT(syscall(SYS_fsmount, fd, flags, attributes)); }
int sw_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation,
                     int userns) {
  struct mount_attr attr = {
      .attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = userns < 0 ? 0 : (uint64_t)userns};
  RESULT(syscall(SYS_mount_setattr, dirfd, path, flags, &attr, sizeof attr));
}
int sw_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  RESULT(mount(source, target, type, flags, data));
}
int sw_umount2(const char *target, int flags) { RESULT(umount2(target, flags)); }
int sw_pivot_root(const char *new_root, const char *put_old) { RESULT(syscall(SYS_pivot_root, new_root, put_old)); }
