// SPDX-License-Identifier: Apache-2.0

extension BrokenStore {
    /// What a ``BrokenStore`` does wrong.
    public enum Flaw: String, Hashable, Sendable, CaseIterable {
        /// Records live on after their end.
        case ignoresExpiry
        /// The same, where it is read alone.
        case ignoresExpiryOfOne
        /// A record lives a millisecond too long.
        case expiresLate
        /// Ends are rounded to seconds.
        case roundsTimes
        /// What is found expired is deleted, although the caller's clock may have been wrong.
        case deletesExpired
        /// The store's own clock decides what has expired.
        case usesOwnClock
        /// A replaced record keeps its old end.
        case keepsOldExpiry
        /// A page is cut before what has expired is left out of it.
        case pagesBeforeFilter

        /// Versions are the store's own.
        case makesOwnVersions
        /// Any version is good enough for a record that is there.
        case acceptsAnyVersion
        /// A commit that is sent again lands again.
        case repeatsCommits
        /// Half of a version is compared.
        case comparesHalfVersions

        /// What comes before a failing change is written all the same.
        case commitsHalf
        /// A conflict always names the first change.
        case namesFirstChange
        /// `require` always holds.
        case forgetsRequire
        /// Nothing is ever removed, and it says so.
        case keepsRemoved
        /// A large commit is made in parts.
        case splitsCommits
        /// A commit is acknowledged, and written a little later.
        case acknowledgesEarly

        /// Conditions are judged, then somebody else's turn comes, then all is written unconditionally.
        case checksThenActs
        /// What was read once is not read again until this handle changes it.
        case cachesReads
        /// The same, where a record is read alone.
        case cachesReadsOfOne
        /// Records are read one after the other.
        case readsOneByOne
        /// What is read beyond a hundred records is not there.
        case readsAHundred
        /// Of two that ask at once, each gets the other's answer.
        case swapsReplies
        /// The version of what is removed is looked at beforehand.
        case removesBlindly
        /// What is required is looked at beforehand.
        case requiresBeforehand

        /// Values end at the first zero byte.
        case cutsAtZero
        /// Values end after 32 KiB.
        case cutsValues
        /// Ids end after 16 bytes.
        case cutsIDs
        /// Ids are text, without regard to case and composition.
        case foldsIDs
        /// Ids are names of files.
        case stripsIDs
        /// Half of a partition is looked at.
        case mixesPartitions
        /// The lower byte of a kind is looked at.
        case mixesKinds
        /// A record takes the place of the counter of its name.
        case mixesCounters

        /// Misuse does nothing and succeeds.
        case swallowsMisuse
        /// Limits and ceilings out of range are made to fit.
        case acceptsAnyLimit

        /// A fault is a success, or a record that is not there.
        case swallowsErrors
        /// A record that cannot be read alone is one that is not there.
        case swallowsErrorsOfOne
        /// Whatever failed is said not to have happened.
        case blursErrors
        /// After a fault it never works again.
        case staysDown
        /// An addition without an answer is sent again.
        case repeatsAdditions
        /// A commit without an answer is sent again, and the second answer taken for the first.
        case resendsCommits
        /// What is said not to have happened happens later.
        case landsLater
        /// Whoever is cancelled is told that nothing happened.
        case abandonsCancelled
        /// A reply that comes late is taken for the next one's.
        case readsLateReplies

        /// A counter's end moves with every addition.
        case movesCounterExpiry
        /// Counters have no ceiling.
        case ignoresCeiling
        /// What does not fit under the ceiling is cut to it.
        case addsWhatFits
        /// Giving back reaches into a window that it does not name.
        case givesBackAnywhere
        /// Whoever reads a counter makes it.
        case makesCountersOnRead
        /// Counters are floating-point numbers.
        case roundsCounters
        /// A counter is read, then somebody else's turn comes, then it is written.
        case readsThenAdds
        /// The same, when giving back.
        case readsThenReturns
        /// A window that is over is begun anew by everybody who saw that.
        case restartsTwice

        /// Pages come in descending order.
        case listsBackwards
        /// The id that a page begins after is on it.
        case listsTwice
        /// A page begins after as many as were shown.
        case pagesByOffset
        /// Pages hold one more than was asked for.
        case ignoresLimits
        /// A page begins nowhere if the id that it begins after is not there.
        case needsItsMark
        /// A list shows a record as it was when it was first listed.
        case listsOldStates
        /// A walk over everything ends after its first page.
        case scansOnePage
        /// A walk leaves out what has expired.
        case scansLiveOnly
        /// A walk goes on only where it began.
        case forgetsWalks

        /// Purges whatever has expired by the asker's word.
        case purgesEagerly
        /// Purges more than was asked for.
        case purgesWithoutBound
        /// Purges as much as there is.
        case purgesWithoutLimit
        /// What was old when it was looked for is removed, whatever it is by now.
        case purgesByName

        /// The clause of the contract that it breaks.
        public var clause: Int {
            switch self {
            case .ignoresExpiry, .ignoresExpiryOfOne, .expiresLate, .roundsTimes, .deletesExpired, .usesOwnClock,
                .keepsOldExpiry,
                .pagesBeforeFilter:
                1
            case .makesOwnVersions, .acceptsAnyVersion, .repeatsCommits, .comparesHalfVersions: 2
            case .commitsHalf, .namesFirstChange, .forgetsRequire, .keepsRemoved, .splitsCommits, .acknowledgesEarly: 3
            case .checksThenActs, .cachesReads, .cachesReadsOfOne, .readsOneByOne, .readsAHundred, .swapsReplies,
                .removesBlindly, .requiresBeforehand:
                4
            case .cutsAtZero, .cutsValues, .cutsIDs, .foldsIDs, .stripsIDs, .mixesPartitions, .mixesKinds,
                .mixesCounters:
                5
            case .swallowsMisuse, .acceptsAnyLimit: 6
            case .swallowsErrors, .swallowsErrorsOfOne, .blursErrors, .staysDown, .repeatsAdditions, .resendsCommits,
                .landsLater,
                .abandonsCancelled, .readsLateReplies:
                7
            case .movesCounterExpiry, .ignoresCeiling, .addsWhatFits, .givesBackAnywhere, .makesCountersOnRead,
                .roundsCounters, .readsThenAdds, .readsThenReturns, .restartsTwice:
                8
            case .listsBackwards, .listsTwice, .listsOldStates, .pagesByOffset, .ignoresLimits, .needsItsMark,
                .scansOnePage,
                .scansLiveOnly, .forgetsWalks:
                9
            case .purgesEagerly, .purgesWithoutBound, .purgesWithoutLimit, .purgesByName: 10
            }
        }
    }
}
