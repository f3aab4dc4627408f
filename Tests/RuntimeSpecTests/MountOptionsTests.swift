import RuntimeSpec
import Testing

private func options(_ change: (inout MountOptions) -> Void) -> MountOptions {
  var options = MountOptions()
  change(&options)
  return options
}

private let flags: [(String, MountAttributes)] = [
  ("suid", .noSuid), ("dev", .noDev), ("exec", .noExec), ("diratime", .noDirAtime), ("symfollow", .noSymFollow),
]

@Test(arguments: flags)
func attributesHaveFourForms(name: String, attribute: MountAttributes) {
  #expect(MountOptions.parse(["no\(name)"]) == options { $0.attributes.set = attribute })
  #expect(MountOptions.parse([name]) == options { $0.attributes.clear = attribute })
  #expect(MountOptions.parse(["rno\(name)"]) == options { $0.recursiveAttributes.set = attribute })
  #expect(MountOptions.parse(["r\(name)"]) == options { $0.recursiveAttributes.clear = attribute })
}

@Test func readOnlyConcernsMountAndFilesystem() {
  #expect(
    MountOptions.parse(["ro"])
      == options {
        $0.attributes.set = .readOnly
        $0.superblockFlags = .readOnly
      })
  #expect(
    MountOptions.parse(["rw"])
      == options {
        $0.attributes.clear = .readOnly
        $0.clearedSuperblockFlags = .readOnly
      })
  #expect(MountOptions.parse(["rro"]) == options { $0.recursiveAttributes.set = .readOnly })
  #expect(MountOptions.parse(["rrw"]) == options { $0.recursiveAttributes.clear = .readOnly })
}

@Test(
  arguments: [
    (["noatime"], .noatime), (["relatime"], .relatime), (["strictatime"], .strictatime),
    (["atime"], .relatime), (["norelatime"], .relatime), (["nostrictatime"], .relatime),
    (["noatime", "atime"], .relatime), (["strictatime", "atime"], .strictatime),
    (["strictatime", "norelatime"], .strictatime),
    (["strictatime", "nostrictatime"], .relatime), (["noatime", "norelatime"], .noatime),
    (["noatime", "strictatime"], .strictatime),
    (["ro"], nil),
  ] as [([String], AccessTime?)])
func accessTimeIsOneMode(words: [String], mode: AccessTime?) {
  #expect(MountOptions.parse(words).attributes.accessTime == mode)
  #expect(MountOptions.parse(words).recursiveAttributes.accessTime == nil)
  let recursive = words.map { "r" + $0 }
  #expect(MountOptions.parse(recursive).recursiveAttributes.accessTime == mode)
  #expect(MountOptions.parse(recursive).attributes.accessTime == nil)
}

@Test(
  arguments: [
    ("sync", "async", .synchronous), ("mand", "nomand", .mandatoryLocks), ("lazytime", "nolazytime", .lazyTime),
    ("iversion", "noiversion", .inodeVersion), ("silent", "loud", .silent),
  ] as [(String, String, SuperblockFlags)])
func filesystemFlagsAreSetAndCleared(set: String, clear: String, flag: SuperblockFlags) {
  #expect(MountOptions.parse([clear, set]) == options { $0.superblockFlags = flag })
  #expect(MountOptions.parse([set, clear]) == options { $0.clearedSuperblockFlags = flag })
  #expect(MountOptions.parse(["dirsync"]) == options { $0.superblockFlags = .synchronousDirectories })
}

@Test func theLastOfContradictingOptionsWins() {
  #expect(MountOptions.parse(["nosuid", "suid"]).attributes == MountAttributeChange(clear: .noSuid))
  #expect(MountOptions.parse(["suid", "nosuid"]).attributes == MountAttributeChange(set: .noSuid))
  #expect(MountOptions.parse(["rro", "rrw"]).recursiveAttributes == MountAttributeChange(clear: .readOnly))
  #expect(MountOptions.parse(["ro", "rw", "ro"]).superblockFlags == .readOnly)
  #expect(MountOptions.parse(["ro", "rw", "ro"]).clearedSuperblockFlags == [])
}

@Test func propagationKeepsItsOrder() {
  let words = ["rslave", "shared", "private", "runbindable", "slave", "rshared", "unbindable", "rprivate"]
  #expect(
    MountOptions.parse(words)
      == options {
        $0.propagation = [
          MountPropagation(.slave, isRecursive: true), MountPropagation(.shared), MountPropagation(.private),
          MountPropagation(.unbindable, isRecursive: true), MountPropagation(.slave),
          MountPropagation(.shared, isRecursive: true), MountPropagation(.unbindable),
          MountPropagation(.private, isRecursive: true),
        ]
      })
}

@Test func specialOptions() {
  #expect(MountOptions.parse(["bind"]) == options { $0.bind = .single })
  #expect(MountOptions.parse(["rbind"]) == options { $0.bind = .recursive })
  #expect(MountOptions.parse(["remount"]) == options { $0.isRemount = true })
  #expect(MountOptions.parse(["tmpcopyup"]) == options { $0.copiesUp = true })
  #expect(MountOptions.parse(["idmap"]) == options { $0.idMapping = .single })
  #expect(MountOptions.parse(["ridmap"]) == options { $0.idMapping = .recursive })
  #expect(MountOptions.parse(["copy-symlink"]) == options { $0.copiesSymlink = true })
  #expect(MountOptions.parse(["src-nofollow"]) == options { $0.keepsSourceSymlink = true })
  #expect(MountOptions.parse(["dest-nofollow"]) == options { $0.keepsDestinationSymlink = true })
  #expect(MountOptions.parse(["defaults", ""]) == MountOptions())
}

/// mount(8): comments are never sent to the kernel, and words for /etc/fstab have their implications only.
@Test func whatOnlyMount8UnderstandsIsNotSentToTheKernel() {
  #expect(
    MountOptions.parse([
      "x-systemd.automount", "X-mount.auto-fstypes=a", "comment=x", "auto", "noauto", "nouser", "_netdev",
    ])
      == MountOptions())
  #expect(MountOptions.parse(["X-mount.mkdir"]) == options { $0.mkdirMode = 0o755 })
  #expect(MountOptions.parse(["x-mount.mkdir=700"]) == options { $0.mkdirMode = 0o700 })
  #expect(MountOptions.parse(["X-mount.subdir=a/b"]) == options { $0.subdirectory = "a/b" })
  #expect(
    MountOptions.parse(["X-mount.owner=5", "X-mount.group=6", "X-mount.mode=2750"])
      == options { ($0.owner, $0.group, $0.mode) = (5, 6, 0o2750) })
  for wrong in ["X-mount.owner=root", "X-mount.owner=4294967295", "X-mount.group=", "X-mount.mode=9"] {
    #expect(MountOptions.parse([wrong]).data == [wrong])
  }
  #expect(MountOptions.parse(["nofail"]) == options { $0.toleratesMissingSource = true })
  #expect(
    MountOptions.parse(["user", "exec"]).attributes == MountAttributeChange(set: [.noSuid, .noDev], clear: .noExec))
  #expect(MountOptions.parse(["users"]).attributes == MountAttributeChange(set: [.noExec, .noSuid, .noDev]))
  #expect(MountOptions.parse(["owner"]).attributes == MountAttributeChange(set: [.noSuid, .noDev]))
  #expect(MountOptions.parse(["group"]).attributes == MountAttributeChange(set: [.noSuid, .noDev]))
}

@Test func theRestGoesToTheFilesystemInOrder() {
  let parsed = MountOptions.parse(["nosuid", "size=64k", "mode=755", "ro", "acl", "size=1m", "RO", "ro ", "xattr"])
  #expect(parsed.data == ["size=64k", "mode=755", "acl", "size=1m", "RO", "ro ", "xattr"])
  #expect(parsed.attributes.set == [.noSuid, .readOnly])
}

/// Every option of config.md's table, and crun's three.
private let specified = """
  async atime bind copy-symlink defaults dest-nofollow dev diratime dirsync exec idmap iversion lazytime loud mand noatime
  nodev nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev
  rdiratime relatime remount rexec ridmap rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow
  ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave src-nofollow
  strictatime suid symfollow sync tmpcopyup unbindable
  """.split { $0 == " " || $0 == "\n" }.map(String.init)

@Test func knownNamesAreThoseOfTheSpecification() {
  #expect(MountOptions.knownNames == specified)
}

@Test(arguments: specified)
func everyKnownNameIsUnderstood(name: String) {
  #expect(MountOptions.parse([name]).data.isEmpty)
  #expect(MountOptions.parse([name + "x"]).data == [name + "x"])
  #expect(MountOptions.parse([String(name.dropLast())]).data.count <= 1)
}
