#define _GNU_SOURCE
#include "shim.h"
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "result.h"

int setns(int fd, int flags);
int unshare(int flags);

int sw_clone3(uint64_t flags, int cgroup, int *pidfd) {
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  if (flags & CLONE_PARENT) args.exit_signal = 0;
  if (flags & CLONE_PIDFD) args.pidfd = (uint64_t)(uintptr_t)pidfd;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)cgroup;
  }
  int pid = (int)syscall(SYS_clone3, &args, sizeof args);
  // Filters cannot look into clone3's arguments and say ENOSYS; a hook that runs under one is made as before Linux 5.3.
  if (pid < 0 && errno == ENOSYS && cgroup < 0)
    pid = (int)syscall(SYS_clone, (unsigned long)(uint32_t)flags | SIGCHLD, NULL, pidfd, NULL, 0UL);
  return pid < 0 ? -errno : pid;
}
int sw_execve(const char *path, char *const argv[], char *const envp[]) { RESULT(execve(path, argv, envp)); }
int sw_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags) {
  RESULT(syscall(SYS_execveat, fd, path, argv, envp, flags));
}
_Noreturn void sw_exit(int status) { _exit(status); }
char **sw_environ(void) { return environ; }
// The initial stack: argc, the arguments, NULL, the environment. Nobody here sets variables, so `environ` still lies there.
char **sw_arguments(void) {
  char **first = environ - 1;
  for (uintptr_t count = 0; (uintptr_t)first[-1] != count; count++) first--;
  return first;
}
int sw_waitid(int type, int id, int options, struct sw_exit_status *out) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (syscall(SYS_waitid, type, id, &info, options, NULL)) return -errno;
  *out = (struct sw_exit_status){.pid = info.si_pid, .code = info.si_code, .status = info.si_status};
  return 0;
}
int sw_kill(int pid, int signal) { RESULT(kill(pid, signal)); }
int sw_pidfd_open(int pid, unsigned flags) { RESULT(syscall(SYS_pidfd_open, pid, flags)); }
int sw_pidfd_send_signal(int pidfd, int signal) { RESULT(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0)); }
int sw_pidfd_getfd(int pidfd, int target) { RESULT(syscall(SYS_pidfd_getfd, pidfd, target, 0)); }
int sw_setns(int fd, int flags) { RESULT(setns(fd, flags)); }
int sw_unshare(int flags) { RESULT(unshare(flags)); }
int sw_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  RESULT(prctl(option, a, b, c, d));
}
int sw_getpid(void) { return (int)syscall(SYS_getpid); }
int sw_getppid(void) { return getppid(); }
int sw_setsid(void) { RESULT(setsid()); }
int sw_setpgid(int pid, int group) { RESULT(setpgid(pid, group)); }
unsigned sw_geteuid(void) { return geteuid(); }
unsigned sw_getegid(void) { return getegid(); }
int sw_setresuid(unsigned real, unsigned effective, unsigned saved) {
  RESULT(syscall(SYS_setresuid, real, effective, saved));
}
int sw_setresgid(unsigned real, unsigned effective, unsigned saved) {
  RESULT(syscall(SYS_setresgid, real, effective, saved));
}
int sw_setgroups(size_t count, const unsigned *groups) { RESULT(syscall(SYS_setgroups, count, groups)); }
int sw_prlimit(int pid, int resource, const uint64_t soft_hard[2], uint64_t old_soft_hard[2]) {
  RESULT(syscall(SYS_prlimit64, pid, resource, soft_hard, old_soft_hard));
}
int sw_sethostname(const char *name, size_t size) { RESULT(sethostname(name, size)); }
int sw_setdomainname(const char *name, size_t size) { RESULT(setdomainname(name, size)); }
int sw_personality(unsigned long persona) { RESULT(personality(persona)); }
long sw_join_session_keyring(const char *name) { RESULT(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name)); }
int sw_keyctl_setperm(int key, unsigned permissions) {
  RESULT(syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions));
}

int sw_sched_setattr(unsigned policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime, uint64_t deadline,
                     uint64_t period) {
  struct sched_attr attr = {.size = sizeof attr, .sched_policy = policy, .sched_flags = flags, .sched_nice = nice,
                            .sched_priority = priority, .sched_runtime = runtime, .sched_deadline = deadline,
                            .sched_period = period};
  RESULT(syscall(SYS_sched_setattr, 0, &attr, 0));
}
int sw_sched_setaffinity(int pid, const void *mask, size_t size) {
  RESULT(syscall(SYS_sched_setaffinity, pid, size, mask));
}
int sw_ioprio_set(int which, int who, int priority) { RESULT(syscall(SYS_ioprio_set, which, who, priority)); }
int sw_set_mempolicy(int mode, const unsigned long *nodes, unsigned long max_node) {
  RESULT(syscall(SYS_set_mempolicy, mode, nodes, max_node));
}

int sw_sigprocmask(int how, const uint64_t *set, uint64_t *old) {
  RESULT(syscall(SYS_rt_sigprocmask, how, set, old, sizeof *set));
}
int sw_signal_is_default(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) ? -errno : action.sa_handler == SIG_DFL;
}
int sw_signal_default(int number) { return signal(number, SIG_DFL) == SIG_ERR ? -errno : 0; }
int sw_signal_ignore(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0; }
int sw_signalfd(uint64_t mask, int flags) { RESULT(syscall(SYS_signalfd4, -1, &mask, sizeof mask, flags)); }
int sw_signal_from_fd(int fd, int *number) {
  struct signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != sizeof info) return -errno;
  *number = (int)info.ssi_signo;
  return 0;
}
int sw_poll(int *descriptors, short *events, size_t count, int64_t timeout_ms) {
  struct pollfd set[16];
  if (count > 16) return -EINVAL;
  for (size_t i = 0; i < count; i++) set[i] = (struct pollfd){.fd = descriptors[i], .events = events[i]};
  int r = poll(set, count, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
  if (r < 0) return -errno;
  for (size_t i = 0; i < count; i++) events[i] = set[i].revents;
  return r;
}
int64_t sw_clock_ns(int clock) {
  struct timespec t;
  if (clock_gettime(clock, &t)) return -errno;
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
int sw_uname_release(char *buffer, size_t size) {
  struct utsname u;
  if (uname(&u)) return -errno;
  if (strlen(u.release) >= size) return -ENAMETOOLONG;
  strcpy(buffer, u.release);
  return 0;
}
