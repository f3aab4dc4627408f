import JSON

/// A type that is written as a JSON object.
protocol SpecEncodable {
  /// Writes the value as an object.
  func encode(_ writer: inout JSONWriter)
}

/// Members that are left out where absence means the same, as Go's `omitempty` does.
extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    self.name(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: Bool) {
    self.name(name)
    boolean(value)
  }

  mutating func member(_ name: String, _ value: some FixedWidthInteger) {
    self.name(name)
    if let unsigned = UInt64(exactly: value) { integer(unsigned) } else { integer(Int64(truncatingIfNeeded: value)) }
  }

  mutating func member(_ name: String, _ value: some SpecEncodable) {
    self.name(name)
    value.encode(&self)
  }

  mutating func member(_ name: String, _ values: [String]) {
    self.name(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  mutating func memberIfPresent(_ name: String, _ value: String?) {
    if let value { member(name, value) }
  }

  mutating func memberIfPresent(_ name: String, _ value: Bool?) {
    if let value { member(name, value) }
  }

  mutating func memberIfPresent<Value: FixedWidthInteger>(_ name: String, _ value: Value?) {
    if let value { member(name, value) }
  }

  mutating func memberIfPresent<Value: SpecEncodable>(_ name: String, _ value: Value?) {
    if let value { member(name, value) }
  }

  mutating func memberIfPresent(_ name: String, _ values: [String]?) {
    if let values { member(name, values) }
  }

  mutating func memberIfPresent(_ name: String, _ map: OrderedMap<String>?) {
    if let map { member(name, map) }
  }

  mutating func memberIfTrue(_ name: String, _ value: Bool) {
    if value { member(name, value) }
  }

  mutating func memberIfNotZero(_ name: String, _ value: some FixedWidthInteger) {
    if value != 0 { member(name, value) }
  }

  mutating func memberIfNotEmpty(_ name: String, _ values: [String]) {
    if !values.isEmpty { member(name, values) }
  }

  mutating func memberIfNotEmpty(_ name: String, _ values: [UInt32]) {
    guard !values.isEmpty else { return }
    self.name(name)
    beginArray()
    for value in values { integer(UInt64(value)) }
    endArray()
  }

  mutating func memberIfNotEmpty(_ name: String, _ values: [some SpecEncodable]) {
    guard !values.isEmpty else { return }
    self.name(name)
    beginArray()
    for value in values { value.encode(&self) }
    endArray()
  }

  mutating func member(_ name: String, _ map: OrderedMap<String>) {
    self.name(name)
    beginObject()
    for entry in map.entries { member(entry.key, entry.value) }
    endObject()
  }

  mutating func memberIfNotEmpty(_ name: String, _ map: OrderedMap<String>) {
    if !map.isEmpty { member(name, map) }
  }

  mutating func memberIfNotEmpty<Value: SpecEncodable>(_ name: String, _ map: OrderedMap<Value>) {
    guard !map.isEmpty else { return }
    self.name(name)
    beginObject()
    for entry in map.entries { member(entry.key, entry.value) }
    endObject()
  }
}
