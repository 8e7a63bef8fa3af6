// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// What runs inside Redis, each script as one step that nothing else comes between.
///
/// Redis does not undo what a script did before it failed. So every check comes before the first write, and no write can
/// fail: records are strings, sets of ids are looked at first, and so is whether the user may do what is to come.
/// `#!lua` makes Redis refuse a script as a whole when memory is full; what makes room is let through then, so that people
/// can sign out.
enum Script: String, CaseIterable {
    case commit, removal, list, increment, expire

    var source: String {
        switch self {
        case .commit: "#!lua\n" + Self.commitBody
        case .removal: "#!lua flags=allow-oom\n" + Self.commitBody
        case .list: "#!lua flags=no-writes\n" + Self.listBody
        case .increment: "#!lua\n" + Self.incrementBody
        case .expire: "#!lua flags=allow-oom\n" + Self.expireBody
        }
    }

    /// By what Redis calls it.
    var hash: [UInt8] { Self.hashes[self] ?? [] }

    private static let hashes = Dictionary(
        uniqueKeysWithValues: allCases.map { script in
            (script, Array(Hex.encode(HashFunction.sha1.hash(Array(script.source.utf8))).utf8))
        })

    /// KEYS: a record and its set of ids, for each change. ARGV: now, commit id, then for each change: what to do
    /// (c, r, d, n: create, replace, remove, require), id, version or nothing, end, value.
    /// Gives -1, the place of the first failing change, or -2 for a value that is no record.
    private static let commitBody = """
        local now, commit = ARGV[1], ARGV[2]
        for n = 1, #KEYS / 2 do
            local at = 3 + (n - 1) * 5
            local action, wanted = ARGV[at], ARGV[at + 2]
            local version = ''
            local stored = redis.call('GET', KEYS[2 * n - 1])
            if stored then
                if #stored < 44 then return -2 end
                local ending = string.sub(stored, 17, 36)
                if ending == '--------------------' or ending > now then version = string.sub(stored, 1, 16) end
            end
            if not (action == 'd' and wanted == '') and version ~= wanted then return n - 1 end
            if action ~= 'n' then
                local sort = redis.call('TYPE', KEYS[2 * n]).ok
                if sort ~= 'zset' and sort ~= 'none' then return -2 end
                local allowed
                if action == 'd' then
                    allowed = redis.acl_check_cmd('DEL', KEYS[2 * n - 1])
                        and redis.acl_check_cmd('ZREM', KEYS[2 * n], ARGV[at + 1])
                else
                    allowed = redis.acl_check_cmd('SET', KEYS[2 * n - 1], '')
                        and redis.acl_check_cmd('ZADD', KEYS[2 * n], 0, ARGV[at + 1])
                end
                if not allowed then return redis.error_reply('NOPERM the user may not write') end
            end
        end
        for n = 1, #KEYS / 2 do
            local at = 3 + (n - 1) * 5
            local action = ARGV[at]
            if action == 'c' or action == 'r' then
                redis.call('SET', KEYS[2 * n - 1], commit .. ARGV[at + 3] .. ARGV[at + 4])
                redis.call('ZADD', KEYS[2 * n], 0, ARGV[at + 1])
            elseif action == 'd' then
                redis.call('DEL', KEYS[2 * n - 1])
                redis.call('ZREM', KEYS[2 * n], ARGV[at + 1])
            end
        end
        return -1
        """

    /// KEYS: the set of ids. ARGV: now, where ids begin, how many, what the records' names begin with (they share the
    /// set's slot). Gives ids and records by turns.
    private static let listBody = """
        local now, first, left = ARGV[1], ARGV[2], tonumber(ARGV[3])
        local found = {}
        while left > 0 do
            local ids = redis.call('ZRANGEBYLEX', KEYS[1], first, '+', 'LIMIT', 0, left)
            if #ids == 0 then break end
            for _, id in ipairs(ids) do
                local stored = redis.call('GET', ARGV[4] .. id)
                local ending = stored and string.sub(stored, 17, 36)
                if stored and (#stored < 44 or ending == '--------------------' or ending > now) then
                    found[#found + 1] = id
                    found[#found + 1] = stored
                    left = left - 1
                end
                first = '(' .. id
            end
        end
        return found
        """

    /// KEYS: the counter. ARGV: now, amount, ceiling, end. Gives whether it was added, the value, the end.
    /// Numbers stay within 2^53, which Lua's can hold; sums are compared without being made.
    private static let incrementBody = """
        local now, amount, ceiling, ending = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
        local value, live = 0, false
        local stored = redis.call('GET', KEYS[1])
        if stored then
            local number = tonumber(string.sub(stored, 21))
            if #stored < 21 or not number or number < 0 or number > 9007199254740992 then return {-2, '', ''} end
            if string.sub(stored, 1, 20) > now then
                value, live = number, true
            end
        end
        local current = live and string.sub(stored, 1, 20) or ending
        local applied = 0
        if amount > 0 and value <= ceiling - amount then
            applied, value = 1, value + amount
        elseif amount < 0 and live and current == ending then
            applied, value = 1, math.max(0, value + amount)
        end
        local text = string.format('%.0f', value)
        if applied == 1 then redis.call('SET', KEYS[1], current .. text) end
        return {applied, text, current}
        """

    /// KEYS: a record and its set of ids, or a counter alone. ARGV: the bound, where the end stands, the record's id.
    /// Removes what ended before the bound.
    private static let expireBody = """
        local stored = redis.call('GETRANGE', KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[2]) + 19)
        if #stored < 20 or string.sub(stored, 1, 1) == '-' or stored >= ARGV[1] then return 0 end
        if not redis.acl_check_cmd('DEL', KEYS[1]) then return redis.error_reply('NOPERM the user may not write') end
        if KEYS[2] then redis.call('ZREM', KEYS[2], ARGV[3]) end
        redis.call('DEL', KEYS[1])
        return 1
        """
}
#endif
