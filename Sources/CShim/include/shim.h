// One function for each system call or macro that Swift cannot reach. Each returns what the kernel returned, or
// -errno. No parsing, allocation, logging, policy or state lives here.
#ifndef SWIFTLET_SHIM_H
#define SWIFTLET_SHIM_H

#include <stddef.h>
#include <stdint.h>

// Files. `sw_openat2` takes the RESOLVE_* flags of openat2(2).
int sw_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sw_openat(int dirfd, const char *path, int flags, uint32_t mode);
int sw_close(int fd);
int sw_close_range(unsigned first, unsigned last, unsigned flags);
long sw_read(int fd, void *buffer, size_t size);
long sw_write(int fd, const void *bytes, size_t size);
int sw_dup3(int from, int to, int flags);
int sw_dupfd_cloexec(int fd, int lowest);
int sw_get_descriptor_flags(int fd);
int sw_set_descriptor_flags(int fd, int flags);
int sw_get_status_flags(int fd);
int sw_set_status_flags(int fd, int flags);
int sw_fstatfs_type(int fd, int64_t *type);
int sw_statfs_flags(const char *path);
int sw_statfs_type(const char *path, int64_t *type);
int sw_mkdirat(int dirfd, const char *path, unsigned mode);
int sw_mknodat(int dirfd, const char *path, unsigned mode, unsigned major, unsigned minor);
int sw_symlinkat(const char *target, int dirfd, const char *path);
int sw_linkat(int fromdir, const char *from, int todir, const char *to, int flags);
int sw_unlinkat(int dirfd, const char *path, int flags);
int sw_renameat2(int fromdir, const char *from, int todir, const char *to, unsigned flags);
long sw_readlinkat(int dirfd, const char *path, char *buffer, size_t size);
int sw_fchownat(int dirfd, const char *path, unsigned uid, unsigned gid, int flags);
int sw_fchmod(int fd, unsigned mode);
int sw_fchmodat(int dirfd, const char *path, unsigned mode);
int sw_setxattr(const char *path, const char *name, const void *value, size_t size);
int sw_ftruncate(int fd, int64_t size);
int sw_faccessat2(int dirfd, const char *path, int mode, int flags);
long sw_getdents(int fd, void *buffer, size_t size);
long sw_sendfile(int out, int in, size_t size);
int sw_memfd_create(const char *name, unsigned flags);
int sw_add_seals(int fd, int seals);
int sw_get_seals(int fd);
int sw_flock(int fd, int operation);
int sw_pipe2(int descriptors[2], int flags);
int sw_eventfd(unsigned initial, int flags);
int sw_chdir(const char *path);
int sw_fchdir(int fd);
int sw_chroot(const char *path);
long sw_getcwd(char *buffer, size_t size);
unsigned sw_umask(unsigned mask);

struct sw_stat {
  uint32_t mode, uid, gid, nlink;
  uint32_t device_major, device_minor;  // of the file system
  uint32_t rdev_major, rdev_minor;      // of a device node
  uint64_t inode, size, mount_id;
  int64_t mtime_seconds;
  uint64_t attributes;
};
int sw_statx(int dirfd, const char *path, int flags, struct sw_stat *out);

// Mounts.
int sw_open_tree(int dirfd, const char *path, unsigned flags);
int sw_open_tree_attr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear);
int sw_move_mount(int fromdir, const char *from, int todir, const char *to, unsigned flags);
int sw_fsopen(const char *type, unsigned flags);
int sw_fsconfig(int fd, unsigned command, const char *key, const char *value, int aux);
int sw_fsmount(int fd, unsigned flags, unsigned attributes);
int sw_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation,
                     int userns);
int sw_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int sw_umount2(const char *target, int flags);
int sw_pivot_root(const char *new_root, const char *put_old);

// Processes. `sw_clone3` returns 0 in the child, on a copy of the caller's stack, as fork does.
int sw_clone3(uint64_t flags, int cgroup, int *pidfd);
int sw_execve(const char *path, char *const argv[], char *const envp[]);
int sw_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags);
_Noreturn void sw_exit(int status);
char **sw_environ(void);
char **sw_arguments(void);

struct sw_exit_status {
  int pid;     // 0: nothing has ended yet
  int code;    // CLD_EXITED, CLD_KILLED, CLD_DUMPED
  int status;  // exit code or signal
};
int sw_waitid(int type, int id, int options, struct sw_exit_status *out);
int sw_kill(int pid, int signal);
int sw_pidfd_open(int pid, unsigned flags);
int sw_pidfd_send_signal(int pidfd, int signal);
int sw_pidfd_getfd(int pidfd, int target);
int sw_setns(int fd, int flags);
int sw_unshare(int flags);
int sw_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int sw_getpid(void);
int sw_getppid(void);
int sw_setsid(void);
int sw_setpgid(int pid, int group);
unsigned sw_geteuid(void);
unsigned sw_getegid(void);
int sw_setresuid(unsigned real, unsigned effective, unsigned saved);
int sw_setresgid(unsigned real, unsigned effective, unsigned saved);
int sw_setgroups(size_t count, const unsigned *groups);
int sw_prlimit(int pid, int resource, const uint64_t soft_hard[2], uint64_t old_soft_hard[2]);
int sw_sethostname(const char *name, size_t size);
int sw_setdomainname(const char *name, size_t size);
int sw_personality(unsigned long persona);
long sw_join_session_keyring(const char *name);
int sw_keyctl_setperm(int key, unsigned permissions);

// Scheduling. `sw_sched_setattr` takes the fields of struct sched_attr, sched_setattr(2).
int sw_sched_setattr(unsigned policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime, uint64_t deadline,
                     uint64_t period);
int sw_sched_setaffinity(int pid, const void *mask, size_t size);
int sw_ioprio_set(int which, int who, int priority);
int sw_set_mempolicy(int mode, const unsigned long *nodes, unsigned long max_node);

// Signals. Masks are 64-bit: bit N-1 is signal N.
int sw_sigprocmask(int how, const uint64_t *set, uint64_t *old);
int sw_signal_default(int signal);
int sw_signal_is_default(int signal);
int sw_signal_ignore(int signal);
int sw_signalfd(uint64_t mask, int flags);
int sw_signal_from_fd(int fd, int *signal);  // reads one signalfd_siginfo
int sw_poll(int *descriptors, short *events, size_t count, int64_t timeout_ms);
int64_t sw_clock_ns(int clock);

// Sockets.
int sw_socketpair(int type, int descriptors[2]);
int sw_socket(int domain, int type, int protocol);
int sw_bind_unix(int fd, const char *path);
int sw_connect_unix(int fd, const char *path);
int sw_connect_abstract(int fd, const char *name, size_t size);
int sw_listen(int fd, int backlog);
int sw_bind_netlink(int fd);
int sw_set_receive_timeout(int fd, int64_t milliseconds);
int sw_shutdown(int fd, int how);
// Sends the bytes with `count` descriptors; receives at most `*count`, and sets it. Truncated control data is -EMSGSIZE
// and leaves no descriptor open. Received descriptors are close-on-exec.
long sw_send_descriptors(int fd, const void *bytes, size_t size, const int *descriptors, size_t count, int flags);
long sw_receive_descriptors(int fd, void *buffer, size_t size, int *descriptors, size_t *count, int flags);

// Terminals.
int sw_set_controlling_terminal(int fd);
int sw_get_window_size(int fd, uint16_t rows_columns[2]);
int sw_set_window_size(int fd, uint16_t rows, uint16_t columns);
int sw_unlock_pty(int master);
int sw_get_pty_number(int master, unsigned *number);
int sw_open_pty_peer(int master, int flags);
// Puts the terminal into raw mode and saves what it was in `saved` (at least 64 bytes); the second restores it.
int sw_make_terminal_raw(int fd, void *saved, size_t size);
int sw_restore_terminal(int fd, const void *saved, size_t size);
int sw_disable_onlcr(int fd);

// Namespaces and network.
int sw_namespace_type(int fd);
int sw_namespace_parent(int fd);
int sw_namespace_owner_userns(int fd);
int sw_interface_up(int socket, const char *name);

// bpf(2) for cgroup device programs. `program_type` and `attach_type` are those of linux/bpf.h; the log may be null.
int sw_bpf_load(unsigned program_type, const uint64_t *instructions, unsigned count, const char *license, char *log,
                unsigned log_size);
int sw_bpf_attach(unsigned attach_type, int cgroup, int program, unsigned flags, int replace);
int sw_bpf_detach(unsigned attach_type, int cgroup, int program);
int sw_bpf_query(unsigned attach_type, int cgroup, unsigned *ids, unsigned *count);
int sw_bpf_program_by_id(unsigned id);

// seccomp(2) with a program of `count` struct sock_filter, 8 bytes each.
int sw_seccomp_set_filter(unsigned flags, const void *program, unsigned short count);
int sw_seccomp_action_available(unsigned action);
int sw_uname_release(char *buffer, size_t size);

#endif
