// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// One piece of work for the pool, with all that it takes.
package enum HashingJob: Sendable {
    case argon2(Argon2Input)
    /// Another system's digest of what it hashes of a password.
    case old(HashRecipe, phrase: Secret)
    /// Argon2 over such a digest, which takes the place of the input's password.
    case wrapped(HashRecipe, phrase: Secret, Argon2Input)

    var memoryBytes: Int {
        switch self {
        case .argon2(let input): input.parameters.memoryBytes
        case .old(let recipe, _): recipe.memoryBytes
        case .wrapped(let recipe, _, let input): max(recipe.memoryBytes, input.parameters.memoryBytes)
        }
    }

    package func compute(by engine: Argon2Engine) throws(HashingError) -> [UInt8] {
        switch self {
        case .argon2(let input): return try engine.compute(input)
        case .old(let recipe, let phrase):
            engine.giveUpIdleMemory()
            return try recipe.compute(phrase, engine: engine)
        case .wrapped(let recipe, let phrase, var input):
            engine.giveUpIdleMemory()
            var digest = try recipe.compute(phrase, engine: engine)
            defer { wipe(&digest) }
            input.password = Secret(copying: digest)
            return try engine.compute(input)
        }
    }

    /// Whether both take the same steps of Argon2.
    func isLike(_ other: HashingJob) -> Bool {
        guard case .argon2(let mine) = self, case .argon2(let theirs) = other else { return false }
        return mine.isLike(theirs)
    }

    /// Some jobs that are alike, in their order: together, or, where that is not possible, in turn.
    static func compute(_ jobs: [HashingJob], by engine: Argon2Engine) -> [Result<[UInt8], HashingError>] {
        let inputs = jobs.compactMap { if case .argon2(let input) = $0 { input } else { nil } }
        if inputs.count == jobs.count, inputs.count > 1, let tags = try? engine.compute(inputs),
            tags.count == jobs.count
        {
            return tags.map { .success($0) }
        }
        return jobs.map { job in Result { () throws(HashingError) in try job.compute(by: engine) } }
    }
}
