// The floor below any runtime: one static process that makes, with no parsing, no state and hardly any error handling,
// the kernel calls that a container of one of the benchmark's bundles needs, and waits for its process.
// Build: cc -O2 -static. Use:
//   floor run KIND ROOTFS CGROUP PROGRAM [ARG...]   KIND: minimal, default, seccomp or binds (see bundles.py)
//   floor exec PID PROGRAM [ARG...]                 a process in all namespaces of PID
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

// <sys/mount.h> and <linux/mount.h> cannot both be included on every libc.
extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);
enum { RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, REMOUNT = 32, BIND = 4096, REC = 16384, SLAVE = 1 << 19,
       PRIVATE = 1 << 18, STRICTATIME = 1 << 24, DETACH = 2 };

#define CK(x) do { if ((long)(x) < 0) { perror(#x); _exit(125); } } while (0)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const controllers[] = {"cpu", "cpuacct", "memory", "pids", "devices", "blkio", "freezer", "cpuset",
                                          "systemd"};

static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, text, strlen(text)) < 0) { }
  close(fd);
}

static void pivot(void) {
  CK(syscall(SYS_pivot_root, ".", "."));
  CK(umount2(".", DETACH));
  CK(chdir("/"));
}

static void default_mounts(void) {
  CK(mount("tmpfs", "dev", "tmpfs", NOSUID | STRICTATIME, "mode=755,size=65536k"));
  mkdir("dev/pts", 0755); mkdir("dev/shm", 0755); mkdir("dev/mqueue", 0755);
  CK(mount("devpts", "dev/pts", "devpts", NOSUID | NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  CK(mount("shm", "dev/shm", "tmpfs", NOSUID | NOEXEC | NODEV, "mode=1777,size=65536k"));
  CK(mount("mqueue", "dev/mqueue", "mqueue", NOSUID | NOEXEC | NODEV, NULL));
  CK(mount("sysfs", "sys", "sysfs", NOSUID | NOEXEC | NODEV | RDONLY, NULL));
  CK(mount("/sys/fs/cgroup", "sys/fs/cgroup", NULL, BIND | REC, NULL));
  static const struct { const char *name; int major, minor; } dev[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5},
    {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (unsigned i = 0; i < COUNT(dev); i++) {
    CK(mknod(dev[i].name, S_IFCHR | 0666, makedev(dev[i].major, dev[i].minor)));
    CK(chmod(dev[i].name, 0666));
  }
  static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"},
    {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"},
    {"pts/ptmx", "dev/ptmx"}};
  for (unsigned i = 0; i < COUNT(links); i++) CK(symlink(links[i][0], links[i][1]));
}

// The bind mounts, as the new mount calls make them: a copy, its attributes, and its place.
static void bind_mounts(const char *sources) {
  char path[4200];
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY, .propagation = PRIVATE};
  for (int i = 0; i < 100; i++) {
    snprintf(path, sizeof path, "%s/%02d", sources, i);
    int tree = syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    CK(tree);
    CK(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr));
    snprintf(path, sizeof path, "mnt/%02d", i);
    CK(syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
    close(tree);
  }
}

static void default_masks(void) {
  static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  for (unsigned i = 0; i < COUNT(read_only); i++)
    if (!mount(read_only[i], read_only[i], NULL, BIND | REC, NULL))
      CK(mount(NULL, read_only[i], NULL, BIND | REMOUNT | RDONLY | NOSUID | NOEXEC | NODEV, NULL));
  static const char *const files[] = {"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                                      "/proc/sched_debug"};
  for (unsigned i = 0; i < COUNT(files); i++) mount("/dev/null", files[i], NULL, BIND, NULL);
  static const char *const directories[] = {"/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware"};
  for (unsigned i = 0; i < COUNT(directories); i++) mount("tmpfs", directories[i], "tmpfs", RDONLY, NULL);
  CK(mount(NULL, "/", NULL, REMOUNT | BIND | RDONLY, NULL));
}

static void default_credentials(void) {
  struct rlimit limit = {1024, 1024};
  setrlimit(RLIMIT_NOFILE, &limit);
  unsigned long long keep = 1ull << CAP_AUDIT_WRITE | 1ull << CAP_KILL | 1ull << CAP_NET_BIND_SERVICE;
  for (int c = 0; c <= CAP_LAST_CAP; c++)
    if (!(keep >> c & 1)) prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{keep, keep, 0}, {keep >> 32, keep >> 32, 0}};
  CK(syscall(SYS_capset, &header, data));
}

// A filter of the shape that libseccomp makes of Docker's profile (a comparison for each of 350 calls), not that
// profile itself: installing it costs the kernel about the same.
static void filter(void) {
  struct sock_filter program[360] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
  unsigned short n = 1;
  for (unsigned i = 0; i < 350; i++, n++)
    program[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 100000 + i, 0, 0);
  program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog code = {n, program};
  CK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &code));
}

static void execute(char **argv) {
  char *env[] = {"PATH=/bin:/usr/bin", NULL};
  syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  execve(argv[0], argv, env);
  perror("execve");
  _exit(127);
}

static void child(const char *kind, const char *rootfs, char **argv) {
  int minimal = !strcmp(kind, "minimal");
  CK(mount(NULL, "/", NULL, REC | SLAVE, NULL));
  CK(mount(rootfs, rootfs, NULL, BIND | REC, NULL));
  CK(chdir(rootfs));
  CK(mount("proc", "proc", "proc", 0, NULL));
  if (!minimal) default_mounts();
  if (!strcmp(kind, "binds")) bind_mounts("../sources");
  if (!minimal) sethostname("floor", 5);
  pivot();
  if (!minimal) default_masks();
  if (!minimal) default_credentials();
  if (!strcmp(kind, "seccomp")) filter();
  execute(argv);
}

static void copy_file(const char *from, const char *to) {
  char text[256];
  int fd = open(from, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  put(to, text);
}

static void make_v1(const char *cgroup) {
  char path[4096], to[4200];
  for (unsigned i = 0; i < COUNT(controllers); i++) {
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s", controllers[i], cgroup);
    if (mkdir(path, 0755) || strcmp(controllers[i], "cpuset")) continue;
    snprintf(to, sizeof to, "%s/cpuset.cpus", path);
    copy_file("/sys/fs/cgroup/cpuset/cpuset.cpus", to);
    snprintf(to, sizeof to, "%s/cpuset.mems", path);
    copy_file("/sys/fs/cgroup/cpuset/cpuset.mems", to);
  }
}

// A thread that moves itself, by "0" in tasks, is spared the lock (and on an idle machine the RCU grace period, some
// 10 ms) that any write to cgroup.procs takes.
static void enter_v1(const char *cgroup) {
  char path[4096];
  for (unsigned i = 0; i < COUNT(controllers); i++) {
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s/tasks", controllers[i], cgroup);
    put(path, "0");
  }
}

static void remove_cgroup(const char *cgroup, int v2) {
  char path[4096];
  for (unsigned i = 0; i < (v2 ? 1 : COUNT(controllers)); i++) {
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s", v2 ? "" : controllers[i], cgroup);
    rmdir(path);
  }
}

static int wait_for(long pid) {
  int status;
  CK(waitpid(pid, &status, 0));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *kind, const char *rootfs, const char *cgroup, char **argv) {
  char path[4096];
  int v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
  struct clone_args args = {.flags = CLONE_NEWNS | CLONE_NEWPID, .exit_signal = SIGCHLD};
  if (strcmp(kind, "minimal")) args.flags |= CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;
  if (v2) {
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", cgroup);
    CK(mkdir(path, 0755));
    args.flags |= CLONE_INTO_CGROUP;
    int fd = open(path, O_DIRECTORY | O_CLOEXEC);
    CK(fd);
    args.cgroup = fd;
  } else {
    make_v1(cgroup);
  }
  long pid = syscall(SYS_clone3, &args, sizeof args);
  CK(pid);
  if (!pid) {
    if (!v2) enter_v1(cgroup);
    child(kind, rootfs, argv);
  }
  int code = wait_for(pid);
  remove_cgroup(cgroup, v2);
  return code;
}

static int exec_in(const char *pid, char **argv) {
  int fd = syscall(SYS_pidfd_open, atoi(pid), 0);
  CK(fd);
  CK(setns(fd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET));
  long child_pid = fork();
  CK(child_pid);
  if (!child_pid) {
    default_credentials();
    execute(argv);
  }
  return wait_for(child_pid);
}

int main(int argc, char **argv) {
  if (argc > 5 && !strcmp(argv[1], "run")) return run(argv[2], argv[3], argv[4], argv + 5);
  if (argc > 3 && !strcmp(argv[1], "exec")) return exec_in(argv[2], argv + 3);
  fputs("use: floor run KIND ROOTFS CGROUP PROGRAM... | floor exec PID PROGRAM...\n", stderr);
  return 2;
}
