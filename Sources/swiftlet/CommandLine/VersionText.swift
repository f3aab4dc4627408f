internal import Runtime

/// What `--version` prints.
enum Version {
  /// The version of swiftlet.
  static let swiftlet = RuntimeFeatures.version
  /// The version of the OCI runtime specification that it implements.
  static let specification = "1.3.0"

  /// The text of `--version`, in runc's layout.
  ///
  /// The first line begins with `runc version`, not with the program's own name: that prefix is all that go-runc and
  /// dockerd accept there; with any other they report an unknown version. What follows it is the truth: swiftlet's own
  /// version with its name. go-runc then reads `0.1.0 (swiftlet)`, and so does `docker version`; podman prints the whole
  /// text. A number of runc's is not claimed, because nothing that runs the program decides by it: features are asked
  /// for with the `features` verb.
  ///
  /// - Parameters:
  ///   - libseccomp: the version of the libseccomp that is linked in, `2.5.4`, or nil when there is none.
  ///   - commit: the commit that the program was built from. dockerd wants a line with one.
  static func text(libseccomp: String?, commit: String = "unknown") -> String {
    var text = "runc version \(swiftlet) (swiftlet)\ncommit: \(commit)\nspec: \(specification)\n"
    if let libseccomp {
      text += "libseccomp: \(libseccomp)\n"
    }
    return text
  }
}
