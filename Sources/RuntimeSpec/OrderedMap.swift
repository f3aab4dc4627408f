/// A JSON object used as a map from names to values, which keeps the order of the document: the order in which
/// kernel parameters and cgroup files are written, and in which annotations are handed on.
///
/// The type asks nothing of its values: a constraint would be looked up among all conformances of the program when the
/// first map is made, which costs more than reading the whole document.
package struct OrderedMap<Value>: ExpressibleByDictionaryLiteral {
  /// One name and its value.
  package struct Entry {
    /// The name.
    package var key: String
    /// The value.
    package var value: Value

    /// Makes an entry.
    package init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// The entries in order. No two have the same name.
  package private(set) var entries: [Entry]

  /// Makes an empty map.
  package init() {
    entries = []
  }

  /// Makes a map from entries; of entries with the same name the last one wins, at the place of the first.
  package init(_ entries: [Entry]) {
    self.entries = []
    self.entries.reserveCapacity(entries.count)
    guard entries.count > 48 else {
      for entry in entries { self[entry.key] = entry.value }
      return
    }
    // Linear look-ups would let a hostile document cost quadratic time.
    var places: [String: Int] = [:]
    for entry in entries {
      if let place = places[entry.key] {
        self.entries[place].value = entry.value
      } else {
        places[entry.key] = self.entries.count
        self.entries.append(entry)
      }
    }
  }

  /// Makes a map from a literal.
  package init(dictionaryLiteral elements: (String, Value)...) {
    self.init(elements.map { Entry(key: $0.0, value: $0.1) })
  }

  /// Whether there are no entries.
  package var isEmpty: Bool { entries.isEmpty }

  /// The number of entries.
  package var count: Int { entries.count }

  /// The value of a name. Setting nil removes the entry; setting the value of a new name appends one.
  package subscript(key: String) -> Value? {
    get {
      for entry in entries where entry.key == key { return entry.value }
      return nil
    }
    set {
      let place = entries.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (.some(let place), .some(let value)): entries[place].value = value
      case (.some(let place), nil): entries.remove(at: place)
      case (nil, .some(let value)): entries.append(Entry(key: key, value: value))
      case (nil, nil): break
      }
    }
  }
}

extension OrderedMap: Equatable where Value: Equatable {}
extension OrderedMap: Sendable where Value: Sendable {}
extension OrderedMap.Entry: Equatable where Value: Equatable {}
extension OrderedMap.Entry: Sendable where Value: Sendable {}
