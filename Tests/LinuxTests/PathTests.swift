import Linux
import Testing

struct PathTests {
  @Test(arguments: [
    ("/", []), ("", []), ("a", ["a"]), ("/a//b/", ["a", "b"]), ("../a/./b", ["..", "a", ".", "b"]),
    // A slash before a combining mark.
    ("../\u{301}x", ["..", "\u{301}x"]), ("a/\u{200D}/b", ["a", "\u{200D}", "b"]),
  ])
  func names(_ path: String, _ names: [String]) {
    #expect(path.pathNames.map { String($0) } == names)
  }

  @Test(arguments: [
    ("/a/b", "/a"), ("/a", "/a"), ("/a/", "/a"), ("/a", "/"), ("/", "/"), ("/a/b", "/a/"), ("/a/\u{301}b", "/a"),
  ])
  func atOrBelow(_ path: String, _ directory: String) {
    #expect(path.isPath(atOrBelow: directory))
  }

  @Test(arguments: [("/ab", "/a"), ("/", "/a"), ("", "/a"), ("/b", "/a"), ("/A", "/a"), ("/a", "/a/b")])
  func beside(_ path: String, _ directory: String) {
    #expect(!path.isPath(atOrBelow: directory))
  }

  @Test(arguments: [
    ("/plain", "/plain"), ("/a\\040b", "/a b"), ("\\011\\012\\134", "\t\n\\"), ("\\134040", "\\040"),
    // What the kernel never writes stays as it is.
    ("\\04", "\\04"), ("\\", "\\"), ("\\089", "\\089"), ("a\\", "a\\"),
  ])
  func mountInfoField(_ field: String, _ text: String) {
    #expect(MountInfoField.unescaped(Array(field.utf8)[...]) == text)
  }
}
