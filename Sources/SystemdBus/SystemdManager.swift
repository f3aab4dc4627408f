package import Linux

/// A property of a unit, with its value as org.freedesktop.systemd1(5) types it.
package struct UnitProperty: Equatable, Sendable {
  package var name: String
  package var value: BusValue

  package init(_ name: String, _ value: BusValue) {
    self.name = name
    self.value = value
  }

  fileprivate var structure: BusValue { .structure([.string(name), .variant(value)]) }
}

extension [UnitProperty] {
  /// As the methods of systemd's manager take them.
  fileprivate var array: BusValue {
    .array(of: .structure([.string, .variant]), map(\.structure))
  }
}

/// The manager object of systemd, org.freedesktop.systemd1(5).
package struct SystemdManager: ~Copyable {
  private var connection: BusConnection
  private var isSubscribed = false

  private static let name = "org.freedesktop.systemd1"
  private static let path = "/org/freedesktop/systemd1"
  private static let interface = "org.freedesktop.systemd1.Manager"
  /// How long a job may take, in milliseconds.
  private static let patience: Int64 = 30_000

  /// Connects to the first of `addresses` that answers.
  package init(_ addresses: [BusAddress]) throws(Failure) {
    do throws(Failure) {
      connection = try BusConnection.open(addresses)
    } catch {
      throw error.within("connect to systemd")
    }
  }

  /// Makes and starts a unit, and waits until it is there. A failed unit of the same name is removed first.
  package mutating func startTransient(_ unit: String, _ properties: [UnitProperty]) throws(Failure) {
    try subscribe()
    let arguments: [BusValue] = [
      .string(unit), .string("replace"), properties.array,
      .array(of: .structure([.string, .array(.structure([.string, .variant]))]), []),
    ]
    var reply = try call("StartTransientUnit", arguments)
    if case .failed(let name, _) = reply, name == "org.freedesktop.systemd1.UnitExists" {
      resetFailed(unit)
      reply = try call("StartTransientUnit", arguments)
    }
    do throws(Failure) {
      let result = try waitForJob(try Self.returned(reply, "start unit \(unit)"), unit)
      guard result == "done" else { throw Failure("start unit \(unit): systemd says \"\(result)\"") }
    } catch {
      _ = try? call("StopUnit", [.string(unit), .string("replace")])
      resetFailed(unit)
      throw error
    }
  }

  /// Stops a unit and waits until it is gone; one that does not exist is fine.
  package mutating func stop(_ unit: String) throws(Failure) {
    try subscribe()
    let reply = try call("StopUnit", [.string(unit), .string("replace")])
    if case .failed(let name, _) = reply, name == "org.freedesktop.systemd1.NoSuchUnit" { return }
    _ = try waitForJob(try Self.returned(reply, "stop unit \(unit)"), unit)
    resetFailed(unit)
  }

  /// Lets systemd forget a failed unit; nothing for any other.
  package mutating func resetFailed(_ unit: String) {
    _ = try? call("ResetFailedUnit", [.string(unit)])
  }

  /// Changes properties of a unit until it or the machine is stopped: all, or none. When it returns, the cgroup's files
  /// have been written.
  package mutating func setProperties(of unit: String, _ properties: [UnitProperty]) throws(Failure) {
    let reply = try call("SetUnitProperties", [.string(unit), .boolean(true), properties.array])
    _ = try Self.returned(reply, "set properties of unit \(unit)")
    // systemd writes them after it has answered, and before it hears of the next call.
    _ = try property("Version")
  }

  /// What would set the properties of a unit named in `properties` to the values that they have now. An array is
  /// preceded by an empty one, since systemd adds to what it has.
  package mutating func currentProperties(
    of unit: String, like properties: [UnitProperty]
  ) throws(Failure) -> [UnitProperty] {
    let what = "ask systemd about unit \(unit)"
    guard case .objectPath(let path)? = try Self.returned(try call("GetUnit", [.string(unit)]), what).first else {
      throw Failure("\(what): unexpected answer")
    }
    let interface = "org.freedesktop.systemd1." + (unit.hasSuffix(".slice") ? "Slice" : "Scope")
    var result: [UnitProperty] = []
    for property in properties where !result.contains(where: { $0.name == property.name }) {
      let values = try Self.returned(try connection.call(Self.get(property.name, interface, of: path)), what)
      guard values.count == 1, case .variant(let value) = values[0] else {
        throw Failure("\(what): unexpected answer")
      }
      if case .array(.structure(let members), let elements) = value {
        result.append(UnitProperty(property.name, .array(of: .structure(members), [])))
        if elements.isEmpty { continue }
      }
      result.append(UnitProperty(property.name, value))
    }
    return result
  }

  private static func get(_ property: String, _ interface: String, of path: String) -> BusMessage {
    .call("Get", of: path, "org.freedesktop.DBus.Properties", at: name, [.string(interface), .string(property)])
  }

  /// Moves a process into a unit's cgroup, as systemd may where its caller may not (systemd 238).
  package mutating func attach(_ pid: Int32, to unit: String, subgroup: String = "/") throws(Failure) {
    let arguments: [BusValue] = [
      .string(unit), .string(subgroup), .array(of: .uint32, [.uint32(UInt32(bitPattern: pid))]),
    ]
    _ = try Self.returned(try call("AttachProcessesToUnit", arguments), "move process \(pid) into unit \(unit)")
  }

  /// A text property of the manager itself.
  package mutating func property(_ property: String) throws(Failure) -> String {
    let message = Self.get(property, Self.interface, of: Self.path)
    let what = "ask systemd for \(property)"
    let reply: BusReply
    do throws(Failure) {
      reply = try connection.call(message)
    } catch {
      throw error.within(what)
    }
    let values = try Self.returned(reply, what)
    guard values.count == 1, case .variant(.string(let text)) = values[0] else {
      throw Failure("\(what): unexpected answer")
    }
    return text
  }

  /// The first number of systemd's version text, of the form `v252.4-1` or `252`; 0 when there is none.
  package static func version(_ text: String) -> Int {
    let digits = text.utf8.drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self)) ?? 0
  }

  private mutating func call(_ method: String, _ arguments: [BusValue]) throws(Failure) -> BusReply {
    do throws(Failure) {
      return try connection.call(.call(method, of: Self.path, Self.interface, at: Self.name, arguments))
    } catch {
      throw error.within("systemd: \(method)")
    }
  }

  private static func returned(_ reply: BusReply, _ what: String) throws(Failure) -> [BusValue] {
    switch reply {
    case .returned(let values): return values
    case .failed(let name, let text): throw Failure("\(what): \(text.isEmpty ? name : text)")
    }
  }

  private mutating func subscribe() throws(Failure) {
    if isSubscribed { return }
    try connection.subscribe(
      "type='signal',sender='\(Self.name)',path='\(Self.path)',interface='\(Self.interface)',member='JobRemoved'")
    isSubscribed = true
  }

  /// Waits for the end of the job that a reply names, and returns its result: JobRemoved(u id, o job, s unit, s result).
  private mutating func waitForJob(_ reply: [BusValue], _ unit: String) throws(Failure) -> String {
    guard case .objectPath(let job)? = reply.first else { throw Failure("unit \(unit): systemd named no job") }
    var result = ""
    do throws(Failure) {
      _ = try connection.waitForSignal(milliseconds: Self.patience) { signal in
        guard signal.member == "JobRemoved", signal.interface == Self.interface, signal.body.count == 4,
          signal.body[1] == .objectPath(job), let text = signal.body[3].text
        else { return false }
        result = text
        return true
      }
    } catch {
      throw error.within("wait for systemd's job for unit \(unit)")
    }
    return result
  }
}
