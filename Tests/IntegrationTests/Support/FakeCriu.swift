import Foundation
import Glibc
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests with a criu that is a script.
  static var python: Self {
    .enabled("needs python3 for a criu that is a script", { geteuid() == 0 && Host.exists("/usr/bin/python3") })
  }
}

/// A program that speaks criu's protocol: it writes down every request field by field, looks at what it was given, and
/// answers as the test wants it.
struct FakeCriu {
  /// The directory on PATH.
  let directory: String
  private let files: String

  /// What it does, by the name of a variable in its environment.
  enum Behaviour: String {
    case version = "FAKE_VERSION"
    case features = "FAKE_FEATURES"
    /// `fail`: says no after writing a log; `tell`: says why, too; `die`: ends without an answer.
    case answer = "FAKE_ANSWER"
    /// `terminal`: a terminal's master comes along with a notification.
    case terminal = "FAKE_TERMINAL"
  }

  init(in container: TestContainer) throws {
    files = container.directory
    directory = container.path("bin")
    try Host.makeDirectory(directory)
    try Host.write(Self.program, to: directory + "/criu", mode: 0o755)
  }

  /// Options for a command that is to find it.
  func options(_ behaviours: [Behaviour: String] = [:]) -> RunningCommand.Options {
    var options = RunningCommand.Options()
    options.environment["PATH"] = "relative:\(directory):/usr/bin:/bin"
    options.environment["FAKE_REPORT"] = files + "/criu.report"
    for (behaviour, value) in behaviours { options.environment[behaviour.rawValue] = value }
    return options
  }

  /// What it wrote since the last call, a line each.
  func takeReport() -> [String] {
    let path = files + "/criu.report"
    let lines = (Host.read(path) ?? "").split(separator: "\n").map(String.init)
    unlink(path)
    return lines
  }

  private static let program = #"""
    #!/usr/bin/python3 -I
    # criu swrk FD, for tests.
    import array, ctypes, os, signal, socket, sys, time

    report = open(os.environ["FAKE_REPORT"], "a")
    def say(*words):
        print(*words, file=report, flush=True)

    def varint(data, at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 0x7f) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at

    MESSAGES = {(2,): "options", (2, 11): "", (2, 23): "", (2, 25): "", (2, 27): "", (2, 39): "", (5,): ""}

    def fields(data, path=()):
        at, found = 0, []
        while at < len(data):
            tag, at = varint(data, at)
            number = tag >> 3
            if tag & 7 == 0:
                value, at = varint(data, at)
                if value >= 1 << 63:
                    value -= 1 << 64
            else:
                size, at = varint(data, at)
                value, at = data[at:at + size], at + size
                value = fields(value, path + (number,)) if path + (number,) in MESSAGES else value.decode()
            found.append((number, value))
        return found

    def text(value):
        if isinstance(value, list):
            return "{" + " ".join("%d=%s" % (n, text(v)) for n, v in value) + "}"
        return str(value)

    def number(value):
        out = b""
        value &= (1 << 64) - 1
        while value >= 0x80:
            out, value = out + bytes([value & 0x7f | 0x80]), value >> 7
        return out + bytes([value])

    def integer(field, value):
        return number(field << 3) + number(value)

    def block(field, data):
        data = data.encode() if isinstance(data, str) else data
        return number(field << 3 | 2) + number(len(data)) + data

    assert sys.argv[1] == "swrk", sys.argv
    channel = socket.socket(fileno=int(sys.argv[2]))

    def notify(script, pid=None, descriptor=None):
        body = block(1, script) + (integer(2, pid) if pid is not None else b"")
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))] if descriptor else []
        channel.sendmsg([integer(1, 6) + integer(2, 1) + block(5, body)], rights)
        reply = channel.recv(4096).hex()
        say("notified", script, reply)
        if reply != "08061801":
            if pid:
                os.kill(pid, signal.SIGKILL)
            answer(kind, 0)
            sys.exit(1)

    def answer(kind, success, more=b""):
        channel.send(integer(1, kind) + integer(2, success) + more)

    request = fields(channel.recv(1 << 16))
    kind, options = request[0][1], dict(request).get(2, [])
    say(" ".join("%d=%s" % (n, text(v)) for n, v in request if n != 2))
    for n, v in options:
        say("%d=%s" % (n, text(v)))
    say("descriptors", *sorted(int(n) for n in os.listdir("/proc/self/fd") if int(n) != report.fileno()
                               and os.path.exists("/proc/self/fd/" + n)))
    for n in range(3):
        say("stream", n, os.readlink("/proc/self/fd/%d" % n))
    one = dict(options)

    def log():
        where = one.get(17, one.get(1))
        with open("/proc/%d/fd/%d/%s" % (os.getppid(), where, one[10]), "w") as file:
            file.write("(00.000001) Version: fake\n(00.000002) Error (criu/fake.c:7): first cause\n"
                       "(00.000003) Error (criu/fake.c:8): its effect\n")

    behaviour = os.environ.get("FAKE_ANSWER", "")
    if kind == 10:
        major, minor = os.environ.get("FAKE_VERSION", "3.17").split(".")
        answer(10, 1, block(10, integer(1, int(major)) + integer(2, int(minor))))
        sys.exit(0)
    if kind == 9:
        known = os.environ.get("FAKE_FEATURES", "1 1").split()
        answer(9, 1, block(8, integer(1, int(known[0])) + integer(2, int(known[1]))))
        sys.exit(0)
    if behaviour == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "fail":
        log()
        answer(kind, 0, integer(7, 3))
        sys.exit(1)
    if behaviour == "tell":
        answer(kind, 0, block(9, "Error (criu/fake.c:9): the cause\n"))
        sys.exit(1)
    if kind in (1, 4):
        notify("network-lock")
        if one.get(48):
            notify("status-ready")
        notify("post-dump")
        if not one.get(3) and kind == 1:
            os.kill(one[2], signal.SIGKILL)
        answer(kind, 1)
        # After a pre-dump the next request is waited for.
        sys.exit(1 if kind == 4 else 0)

    # A restore: the process is a child of the parent's, in namespaces that it has here.
    say("cgroup", " ".join(sorted(set(l.strip().split(":")[2] for l in open("/proc/self/cgroup")))))
    say("mounted", one[13], os.path.ismount(one[13]), " ".join(sorted(os.listdir(one[13]))[:3]))
    for n, v in options:
        if n == 23:
            path = dict(v)[2]
            kind_of = "d" if os.path.isdir(path) else "c" if os.path.exists(path) and not os.path.isfile(path) else "f"
            say("source", dict(v)[1], kind_of if os.path.exists(path) else "missing",
                "ro" if os.path.exists(path) and os.statvfs(path).f_flag & 1 else "rw")
    CLONE_PARENT, CLONE_NEWPID = 0x8000, 0x20000000
    libc = ctypes.CDLL(None, use_errno=True)
    # criu's working directory, where it mounts: only possible in a mount of its own namespace.
    os.chdir("/proc/%d/fd/%d" % (os.getppid(), one.get(17, one.get(1))))
    os.mkdir("yard")
    say("mounts in its working directory", libc.mount(b"none", b"yard", b"tmpfs", 0, None))
    libc.umount2(b"yard", 2)
    os.rmdir("yard")
    report.flush()
    pid = libc.syscall(56, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(9))
        channel.close()
        report.close()
        while True:
            time.sleep(0.05)
    notify("setup-namespaces", pid)
    notify("post-setup-namespaces")
    if os.environ.get("FAKE_TERMINAL"):
        master, peer = os.openpty()
        os.write(peer, b"from criu")
        notify("orphan-pts-master", None, master)
    notify("post-restore", pid)
    if behaviour == "late":
        log()
        answer(2, 0, integer(7, 5))
        sys.exit(1)
    notify("post-resume")
    answer(2, 1, block(4, integer(1, pid)))
    """#
}
