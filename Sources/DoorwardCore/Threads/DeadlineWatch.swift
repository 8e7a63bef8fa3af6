// SPDX-License-Identifier: Apache-2.0

/// Until when somebody sleeps who then looks at deadlines: one at a time, unless an earlier deadline needs another.
struct DeadlineWatch: Sendable {
    /// `nil`: nobody looks.
    private var end: Moment?

    /// - Returns: When to look, if nobody does as early as this deadline; see ``begin(_:looking:)``.
    mutating func add(_ deadline: Moment) -> Moment? {
        if let end, end <= deadline { return nil }
        end = deadline
        return deadline
    }

    /// - Parameter earliest: The first deadline there is now.
    /// - Returns: When whoever looked at that time looks again; `nil` when there is nothing to look at, or somebody else
    ///   looks earlier.
    mutating func goOn(from time: Moment, to earliest: Moment?) -> Moment? {
        guard end == time else { return nil }
        end = earliest
        return earliest
    }

    /// Looks at deadlines for as long as there are any.
    ///
    /// - Parameter look: Does what is due, and says when to look again. It must hold its queue weakly: one that is let go
    ///   ends at once, and this with its next look.
    static func begin(_ first: Moment, looking look: @escaping @Sendable (Moment) -> Moment?) {
        Task.detached {
            var next: Moment? = first
            while let time = next {
                try? await Task.sleep(for: time - .now)
                next = look(time)
            }
        }
    }
}
