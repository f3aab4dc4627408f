import Linux

enum Sleep {
  static func milliseconds(_ count: Int64) throws(Failure) {
    _ = try Poll.wait([], milliseconds: count)
  }
}

/// A point in time to give up at.
struct Deadline {
  private let end: Int64

  init(milliseconds: Int64) {
    end = Clock.monotonicMilliseconds + milliseconds
  }

  var left: Int64 { max(0, end - Clock.monotonicMilliseconds) }
  var hasPassed: Bool { left == 0 }
}
