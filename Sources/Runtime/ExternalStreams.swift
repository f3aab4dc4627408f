internal import JSON
internal import Linux

/// The container's standard streams as they lead out of it, in the file `descriptors.json` beside the images. criu cannot
/// restore a pipe whose other end it does not have: the caller's new streams take its place.
enum ExternalStreams {
  static let fileName = "descriptors.json"

  /// What descriptors 0, 1 and 2 of the container's process are, as the links of /proc/PID/fd say it.
  ///
  /// A process may have put a pipe of its own in the place of one (`exec > >(tee log)`): then the stream is the one that
  /// another process of the container has under that number. A pipe leads out when only one of its ends is inside.
  static func of(_ pid: Int32, _ others: [Int32]) -> [String] {
    let processes = [pid] + others.filter { $0 != pid }.sorted()
    var ends: [String: (reads: Bool, writes: Bool)] = [:]
    for process in processes {
      guard let directory = try? Files.open("/proc/\(process)/fd", .directory),
        let names = try? Files.list(directory, "/proc/\(process)/fd")
      else { continue }
      for name in names {
        guard let link = try? Files.readLink(name, at: directory), link.hasPrefix("pipe:"),
          let mode = try? FileStatus.of(name, at: directory).permissions
        else { continue }
        let known = ends[link] ?? (false, false)
        ends[link] = (known.reads || mode & 0o400 != 0, known.writes || mode & 0o200 != 0)
      }
    }
    return (0...2).map { number in
      for process in processes {
        guard let link = try? Files.readLink("/proc/\(process)/fd/\(number)") else { continue }
        guard link.hasPrefix("pipe:") else {
          if process == pid { return link }
          continue
        }
        if let end = ends[link], end.reads != end.writes { return link }
      }
      return ""
    }
  }

  static func write(_ links: [String], to directory: borrowing FileDescriptor) throws(Failure) {
    var writer = JSONWriter()
    writer.beginArray()
    for link in links { writer.string(link) }
    writer.endArray()
    let file = try Files.open(fileName, at: directory, [.write, .create, .truncate, .noFollow])
    try file.write(writer.bytes, fileName)
  }

  /// The streams of a dump, by number.
  static func read(from directory: borrowing FileDescriptor) throws(Failure) -> [String] {
    let document: JSONDocument
    do {
      document = try JSONDocument(try Files.read(fileName, at: directory))
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure("\(fileName): \(error)")
    }
    guard document.kind(document.root) == .array else { throw Failure("\(fileName): expected an array") }
    var links: [String] = []
    var cursor = document.first(document.root)
    for _ in 0..<document.count(document.root) {
      guard let link = document.string(cursor) else { throw Failure("\(fileName): expected strings") }
      links.append(link)
      cursor = document.next(cursor)
    }
    return links
  }
}
