// SPDX-License-Identifier: Apache-2.0

extension AuthEnvironment {
    /// Shows every record of the store to somebody, page by page, in any order; what is there throughout is shown at
    /// least once.
    ///
    /// - Parameters:
    ///   - progress: Told how many records have been shown, after each page.
    /// - Throws: What `body` throws; `corrupt` only after all others were shown.
    package func walk(
        progress: (Int) -> Void = { _ in }, _ body: (StoredRecord) async throws -> Void
    ) async throws {
        var damage: StoreError?
        var shown = 0
        var last: RecordKey?
        while true {
            try Task.checkCancellation()
            let page = try await store.scan(after: last, limit: 500)
            guard let end = page.last else { break }
            last = end.key
            for record in page {
                do { try await body(record) } catch let error as StoreError where error.code == .corrupt {
                    damage = error
                }
            }
            shown += page.count
            progress(shown)
        }
        if let damage { throw damage }
    }
}
