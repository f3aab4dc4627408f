import Glibc
import Testing

/// What processes of a container see of one that joins it by `exec`, before that executes its program (CVE-2016-9962).
@Suite(.root, .tags(.integration))
struct ExecSpyAttacks {
  /// Looks at every other process, for as many milliseconds as the first argument says, through all that /proc has of
  /// it. `inside` counts looks at a process of the runtime; `escape` says that a directory outside of the root was
  /// reached; `traced` that such a process could be traced; `secret` that it showed the second argument.
  private static let spy = #"""
    #define _GNU_SOURCE
    #include <dirent.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/ptrace.h>
    #include <sys/stat.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>
    static struct stat root;
    static const char *secret, *host;
    static long long now(void) {
      struct timespec t;
      clock_gettime(CLOCK_MONOTONIC, &t);
      return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
    }
    static int is_runtime(int pid) {
      char path[64], text[64] = "";
      snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd < 0) return 0;
      long size = read(fd, text, sizeof text - 1);
      close(fd);
      return size > 0 && strstr(text, "swiftlet");
    }
    static void search(const char *path, const char *what) {
      static char text[1 << 16];
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd < 0) return;
      long size = read(fd, text, sizeof text);
      close(fd);
      if (size <= 0) return;
      if (memmem(text, size, secret, strlen(secret))) printf("secret %s\n", what);
      if (memmem(text, size, host, strlen(host))) printf("secret path %s\n", what);
    }
    static void look(int pid, const char *name) {
      char path[512], link[512];
      struct stat status, inner;
      snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
      long size = readlink(path, link, sizeof link - 1);
      if (size > 0) {
        link[size] = 0;
        if (strstr(link, host)) printf("escape link %s %s\n", name, link);
      }
      int fd = open(path, O_PATH | O_CLOEXEC);
      if (fd < 0) return;
      char below[512];
      snprintf(below, sizeof below, "../../../../../../../../..%s/canary/file", host);
      if (!fstatat(fd, below, &inner, 0) || !fstatat(fd, below + 26, &inner, 0)) printf("escape %s\n", name);
      snprintf(below, sizeof below, ".%s/canary/file", host);
      if (!fstatat(fd, below, &inner, 0)) printf("escape into %s\n", name);
      close(fd);
    }
    int main(int argc, char **argv) {
      long long end = now() + atoll(argv[1]);
      long count = 0;
      secret = argv[2];
      host = argv[3];
      int traces = argc > 4;
      setvbuf(stdout, NULL, _IOLBF, 0);
      stat("/", &root);
      while (now() < end) {
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        while ((entry = readdir(proc))) {
          int pid = atoi(entry->d_name);
          if (pid <= 0 || pid == getpid()) continue;
          char path[512];
          look(pid, "root");
          look(pid, "cwd");
          if (is_runtime(pid)) count++;
          snprintf(path, sizeof path, "/proc/%d/fd", pid);
          DIR *list = opendir(path);
          struct dirent *file;
          while (list && (file = readdir(list))) {
            if (file->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "fd/%s", file->d_name);
            // The payload's standard streams are the caller's.
            if (strcmp(file->d_name, "0") && strcmp(file->d_name, "1") && strcmp(file->d_name, "2")) look(pid, path);
          }
          if (list) closedir(list);
          snprintf(path, sizeof path, "/proc/%d/environ", pid);
          search(path, "environ");
          snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
          search(path, "cmdline");
          if (traces && is_runtime(pid) && !ptrace(PTRACE_SEIZE, pid, 0, 0)) {
            // A program that has been executed may be traced.
            if (is_runtime(pid)) printf("traced\n");
            ptrace(PTRACE_INTERRUPT, pid, 0, 0);
            waitpid(pid, NULL, __WALL);
            ptrace(PTRACE_DETACH, pid, 0, 0);
          }
        }
        closedir(proc);
      }
      printf("inside %ld\n", count);
      return 0;
    }
    """#

  /// With CAP_SYS_PTRACE the kernel lets it look, and there must be nothing to see; without, it may not even look.
  @Test(.ownTexts, arguments: [true, false]) func joiningProcess(_ isPrivileged: Bool) throws {
    try withAttack { container, _ in
      try AttackProgram.install(Self.spy, "spy", in: container)
      if isPrivileged { container.setCapabilities(TestContainer.allCapabilities) }
      container.config["process"]["args"] = JSON(
        ["spy", "6000", "of-the-host", container.directory] + (isPrivileged ? [] : ["trace"]))
      let spying = try container.launchRun()
      #expect(try eventually { try container.status() == "running" })
      var count = 0
      while try container.status() == "running", count < 200 {
        _ = try container.runtime(
          ["exec", container.id, "/bin/true"], .init(environment: ["HOST_SECRET": "of-the-host"]))
        count += 1
      }
      let outcome = spying.wait().expectSuccess()
      for evidence in ["escape", "traced", "secret"] {
        #expect(!outcome.stdout.contains(evidence), "\(evidence): \(outcome.stdout.prefix(2000))")
      }
      let last = outcome.text.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("inside ") && last != "inside 0", "no process of the runtime was met in \(count)")
    }
  }

  /// A created container's process, which stays for as long as nobody starts it.
  @Test(.ownTexts) func createdProcess() throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try AttackProgram.install(Self.spy, "spy", in: container)
      container.setCapabilities(TestContainer.allCapabilities)
      try container.create(options: .init(environment: ["HOST_SECRET": "of-the-host"])).expectSilentSuccess()
      let outcome = try container.exec([], ["spy", "300", "of-the-host", container.directory])
      // It holds exec.fifo with O_PATH, whose name is all that there is to see.
      let lines = outcome.expectSuccess().stdout.split(separator: "\n").filter { !$0.hasSuffix("/exec.fifo") }
      #expect(lines.count == 1 && lines.first?.hasPrefix("inside ") == true, "\(outcome)")
    }
  }

  @Test(.ownTexts) func createdProcessWithoutTheRightToTrace() throws {
    try withAttack(["sleep", "100"]) { container, _ in
      container.config["process"]["noNewPrivileges"] = false
      try container.create(options: .init(environment: ["HOST_SECRET": "of-the-host"])).expectSilentSuccess()
      for file in ["environ", "maps", "mem", "exe", "root/etc/passwd", "cwd/etc/passwd", "fd/0", "stack", "io"] {
        let outcome = try container.exec([], ["sh", "-c", "head -c 1 /proc/1/\(file) && echo read"])
        #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty, "\(outcome)")
      }
    }
  }
}
