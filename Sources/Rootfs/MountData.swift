/// Splitting of file-system-specific options: fsconfig(2) takes them one by one, mount(2) took them joined by commas.
enum MountData {
  /// The options in `text`: most often one, but some callers join several.
  ///
  /// A comma does not separate in double quotes (SELinux contexts), after a backslash (overlay), or before a digit
  /// (the node lists of tmpfs `mpol`); no option's name begins with one. Quotes around a whole value are taken away,
  /// as the kernel does it for contexts.
  static func split(_ text: String) -> [MountOperation.DataOption] {
    var options: [MountOperation.DataOption] = []
    let bytes = Array(text.utf8)
    var start = 0
    var isQuoted = false
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard byte == UInt8(ascii: ","), !isQuoted else { continue }
      if index > 0, bytes[index - 1] == UInt8(ascii: "\\") { continue }
      if index + 1 < bytes.count, (48...57).contains(bytes[index + 1]) { continue }
      append(bytes[start..<index], to: &options)
      start = index + 1
    }
    append(bytes[start...], to: &options)
    return options
  }

  private static func append(_ bytes: ArraySlice<UInt8>, to options: inout [MountOperation.DataOption]) {
    guard !bytes.isEmpty else { return }
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      return options.append(.init(String(decoding: bytes, as: UTF8.self)))
    }
    var value = bytes[(equals + 1)...]
    if value.count > 1, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
      value = value.dropFirst().dropLast()
    }
    options.append(
      .init(String(decoding: bytes[..<equals], as: UTF8.self), String(decoding: value, as: UTF8.self)))
  }

  /// The options as mount(2) wants them.
  static func join(_ options: [MountOperation.DataOption]) -> String {
    options.map { option in
      guard let value = option.value else { return option.key }
      let needsQuotes = option.key.hasSuffix("context") && value.contains(",")
      return needsQuotes ? "\(option.key)=\"\(value)\"" : "\(option.key)=\(value)"
    }.joined(separator: ",")
  }
}
