// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// Requests as statements, and rows as replies.
final class Requests: Sendable {
    private let point: PreparedStatement
    private let points: PreparedStatement
    private let page: PreparedStatement
    private let walk: PreparedStatement
    private let walkOn: PreparedStatement
    private let commit: PreparedStatement
    private let increment: PreparedStatement
    private let purge: PreparedStatement
    /// Whether commits lock a row for their partition, where advisory locks do not lock.
    private let locksRows: Bool

    init(_ schema: Schema, locksRows: Bool) {
        self.locksRows = locksRows
        let records = schema.name + ".records"
        let columns = "partition, kind, id, value, version, expires"
        func find(_ place: String, _ sort: String, _ name: String) -> String {
            "SELECT \(columns) FROM \(records) WHERE partition = \(place) AND kind = \(sort) AND id = \(name)"
        }
        point = PreparedStatement(name: "point", sql: find("$1::bytea", "$2::int", "$3::bytea"))
        // Each record comes with the number of its key, from 1. `LIMIT` keeps the planner from turning it round: it would
        // read all records where it believes that there are few.
        points = PreparedStatement(
            name: "points",
            sql: """
                SELECT found.*, number FROM unnest($1::bytea[], $2::int[], $3::bytea[]) WITH ORDINALITY
                AS wanted (place, sort, name, number) CROSS JOIN LATERAL (\(find("place", "sort", "name")) LIMIT 1) AS found
                """)
        page = PreparedStatement(
            name: "page",
            sql: """
                SELECT \(columns) FROM \(records) WHERE partition = $1::bytea AND kind = $2::int
                AND ($3::bytea IS NULL OR id > $3) AND (expires IS NULL OR expires > $4::bigint)
                ORDER BY id LIMIT $5::int
                """)
        walk = PreparedStatement(
            name: "walk", sql: "SELECT \(columns) FROM \(records) ORDER BY partition, kind, id LIMIT $1::int")
        walkOn = PreparedStatement(
            name: "walk_on",
            sql: """
                SELECT \(columns) FROM \(records) WHERE (partition, kind, id) > ($1::bytea, $2::int, $3::bytea)
                ORDER BY partition, kind, id LIMIT $4::int
                """)
        commit = PreparedStatement(
            name: "commit",
            sql: """
                SELECT \(schema.name).commit_changes($1::bytea, $2::bigint, $3::bigint, $4::bytea, $5::int[], $6::int[],
                $7::bytea[], $8::bytea[], $9::bytea[], $10::bigint[])
                """)
        increment = PreparedStatement(
            name: "increment",
            sql: """
                SELECT applied, total, ends FROM \(schema.name).increment_counter(
                $1::bytea, $2::int, $3::bytea, $4::bigint, $5::bigint, $6::bigint, $7::bigint)
                """)
        // The server's clock is the store's own; asked in a query of its own, so that the index finds what is old. Rows
        // that a commit has locked are left for another time.
        func purging(_ table: String, limit: String) -> String {
            """
            \(table)_old AS (
                SELECT partition, kind, id FROM \(schema.name).\(table)
                WHERE expires < (SELECT least($1::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 3600000))
                ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED
            ), \(table)_gone AS (
                DELETE FROM \(schema.name).\(table) t USING \(table)_old o
                WHERE t.partition = o.partition AND t.kind = o.kind AND t.id = o.id RETURNING 1
            )
            """
        }
        purge = PreparedStatement(
            name: "purge",
            sql: """
                WITH \(purging("records", limit: "$2::int")),
                \(purging("counters", limit: "$2 - (SELECT count(*) FROM records_gone)"))
                SELECT (SELECT count(*) FROM records_gone), (SELECT count(*) FROM counters_gone)
                """)
    }

    func statement(for request: StoreRequest) -> BoundStatement {
        var parameters = Parameters()
        switch request {
        case .read(let keys, _):
            guard keys.count == 1, let key = keys.first else { return statement(for: keys) }
            parameters.add(key)
            return BoundStatement(statement: point, parameters: parameters)
        case .list(let kind, let partition, let after, let limit, let now):
            parameters.add(partition)
            parameters.add(kind)
            parameters.add(after)
            parameters.add(now.milliseconds)
            parameters.add(Int32(clamping: limit))
            return BoundStatement(statement: page, parameters: parameters)
        case .scan(let after, let limit):
            if let after { parameters.add(after) }
            parameters.add(Int32(clamping: limit))
            return BoundStatement(statement: after == nil ? walk : walkOn, parameters: parameters)
        case .commit(let id, let changes, let now): return bind(id, changes, at: now)
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            parameters.add(key)
            parameters.add(Int64(amount))
            parameters.add(ceiling.map { Int64($0) })
            parameters.add(expiresAt.milliseconds)
            parameters.add(now.milliseconds)
            return BoundStatement(statement: increment, parameters: parameters)
        case .purge(let asked, let limit):
            parameters.add(asked.milliseconds)
            parameters.add(Int32(clamping: limit))
            return BoundStatement(statement: purge, parameters: parameters)
        }
    }

    /// One statement, so one snapshot, for keys of any partitions.
    func statement(for keys: [RecordKey]) -> BoundStatement {
        var parameters = Parameters()
        parameters.add(array: keys.map(\.partition))
        parameters.add(array: keys.map(\.kind))
        parameters.add(array: keys.map(\.id))
        return BoundStatement(statement: points, parameters: parameters)
    }

    private func bind(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) -> BoundStatement {
        var (actions, versions, contents, ends): ([Int32], [CommitID?], [[UInt8]?], [Int64?]) = ([], [], [], [])
        for change in changes {
            var (action, version, content, end): (Int32, CommitID?, [UInt8]?, Timestamp?)
            switch change {
            case .create(_, let value, let expiresAt): (action, version, content, end) = (0, nil, value, expiresAt)
            case .replace(_, let at, let value, let expiresAt):
                (action, version, content, end) = (1, at, value, expiresAt)
            case .remove(_, let at): (action, version, content, end) = (2, at, nil, nil)
            case .require(_, let at): (action, version, content, end) = (3, at, nil, nil)
            }
            actions.append(action)
            versions.append(version)
            contents.append(content)
            ends.append(end?.milliseconds)
        }
        let partition = changes.first?.key.partition
        var parameters = Parameters()
        parameters.add(partition)
        parameters.add(locksRows ? nil : partition.map { Int64(bitPattern: UInt64(bigEndian: $0.words.0)) })
        parameters.add(now.milliseconds)
        parameters.add(id)
        parameters.add(array: actions)
        parameters.add(array: changes.map(\.key.kind))
        parameters.add(array: changes.map(\.key.id))
        parameters.add(array: versions)
        parameters.add(array: contents)
        parameters.add(array: ends)
        return BoundStatement(statement: commit, parameters: parameters)
    }

    /// - Throws: `corrupt` for rows that are none of ours.
    func reply(to request: StoreRequest, _ rows: Rows) throws(StoreError) -> StoreReply {
        switch request {
        case .read(let keys, _):
            guard keys.count == 1, let key = keys.first else { return try Self.together(records(of: keys, in: rows)) }
            guard rows.count > 0 else { return .records([nil]) }
            let record = try Self.record(rows, 0)
            guard rows.count == 1, record.key == key else { throw Self.foreignRow }
            return .records([record])
        case .list, .scan:
            var page: [StoredRecord] = []
            for row in 0..<rows.count { page.append(try Self.record(rows, row)) }
            return .page(page)
        case .commit(_, let changes, _):
            switch rows.integer(0, 0) {
            case -1: return .commit(.committed)
            case let index? where changes.indices.contains(Int(index)): return .commit(.conflict(at: Int(index)))
            default: throw StoreError(.corrupt, "a row is not a record")
            }
        case .increment:
            guard let isApplied = rows.integer(0, 0), let value = rows.integer(0, 1), let end = rows.integer(0, 2)
            else { throw StoreError(.corrupt, "a row is not a counter") }
            return .increment(
                IncrementOutcome(
                    isApplied: isApplied != 0, value: Int(value), expiresAt: Timestamp(milliseconds: end)))
        case .purge:
            guard let records = rows.integer(0, 0).flatMap({ Int16(exactly: $0) }),
                let counters = rows.integer(0, 1).flatMap({ Int16(exactly: $0) })
            else { throw StoreError(.corrupt, "a purge was not counted") }
            return .count(Int(records) + Int(counters))
        }
    }

    /// What rows say of each key. One that is no record spoils its own key's answer; one that nobody asked for, everybody's.
    private func records(of keys: [RecordKey], in rows: Rows) -> [Result<StoredRecord?, StoreError>] {
        var records = [Result<StoredRecord?, StoreError>](repeating: .success(nil), count: keys.count)
        for row in 0..<rows.count {
            guard let number = rows.integer(row, 6), number > 0, number <= keys.count else {
                return keys.map { _ in .failure(Self.foreignRow) }
            }
            let place = Int(number) - 1
            do throws(StoreError) {
                let record = try Self.record(rows, row)
                records[place] = record.key == keys[place] ? .success(record) : .failure(Self.foreignRow)
            } catch {
                records[place] = .failure(error)
            }
        }
        return records
    }

    /// The same, of several requests' keys: one reply to each.
    func replies(to requests: [[RecordKey]], in rows: Rows) -> [Result<StoreReply, StoreError>] {
        var left = records(of: requests.flatMap { $0 }, in: rows)[...]
        return requests.map { keys in
            defer { left = left.dropFirst(keys.count) }
            return Result { () throws(StoreError) in try Self.together(left.prefix(keys.count)) }
        }
    }

    /// All records, or the first thing that is wrong with them.
    private static func together(_ found: some Sequence<Result<StoredRecord?, StoreError>>)
        throws(StoreError) -> StoreReply
    {
        var records: [StoredRecord?] = []
        for record in found { records.append(try record.get()) }
        return .records(records)
    }

    private static var foreignRow: StoreError {
        StoreError(.corrupt, "a row is not the record that was asked for")
    }

    private static func record(_ rows: Rows, _ row: Int) throws(StoreError) -> StoredRecord {
        guard let partition = unsafe rows.withBytes(row, 0, { unsafe Partition(bytes: $0) }),
            let kind = rows.integer(row, 1).flatMap({ UInt16(exactly: $0) }),
            let id = unsafe rows.withBytes(row, 2, { unsafe RecordID($0) }), let value = rows.bytes(row, 3),
            let version = unsafe rows.withBytes(row, 4, { unsafe CommitID(bytes: $0) })
        else { throw StoreError(.corrupt, "a row is not a record") }
        let expires = rows.integer(row, 5)
        guard expires != nil || rows.isNull(row, 5) else { throw StoreError(.corrupt, "a row's end is not a time") }
        return StoredRecord(
            key: RecordKey(RecordKind(code: kind), in: partition, id: id), value: value, version: version,
            expiresAt: expires.map { Timestamp(milliseconds: $0) })
    }
}
#endif
