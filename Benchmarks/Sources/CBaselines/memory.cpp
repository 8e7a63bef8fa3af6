// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <openssl/evp.h>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using Key = std::array<unsigned char, 32>;

struct Hash {
    size_t operator()(const Key &key) const {
        size_t value;
        std::memcpy(&value, key.data(), sizeof value);
        return value;
    }
};

struct Record {
    std::uint64_t user, expires_at;
    char data[64];
};

const EVP_MD *sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
std::vector<Key> tokens;
std::unordered_map<Key, std::shared_ptr<Record>, Hash> table;
std::mutex guard;

Key digest(const void *bytes, size_t count) {
    thread_local EVP_MD_CTX *context = EVP_MD_CTX_new();
    Key key;
    EVP_DigestInit_ex2(context, sha256, nullptr);
    EVP_DigestUpdate(context, bytes, count);
    EVP_DigestFinal_ex(context, key.data(), nullptr);
    return key;
}

} // namespace

void memory_fill(int sessions) {
    table.reserve(sessions);
    for (int number = 0; number < sessions; number++) {
        tokens.push_back(digest(&number, sizeof number));
        auto record = std::make_shared<Record>();
        record->user = number;
        table[digest(tokens.back().data(), tokens.back().size())] = record;
    }
}

static long check(int count) {
    // Each time somewhere else, else all that is looked up would be in the caches.
    static std::atomic<std::uint64_t> next{0};
    long found = 0;
    std::uint64_t place = next.fetch_add(7919 * 48271ull);
    Key arrived[256];
    for (int n = 0; n < count; n++) {
        if (n % 256 == 0) {
            // Tokens that have just arrived, which is where a check begins.
            for (Key &token : arrived) token = tokens[(place += 48271) % tokens.size()];
        }
        const Key key = digest(arrived[n % 256].data(), arrived[n % 256].size());
        std::shared_ptr<Record> record;
        {
            std::lock_guard<std::mutex> lock(guard);
            auto entry = table.find(key);
            if (entry != table.end()) record = entry->second;
        }
        found += record != nullptr;
    }
    return found;
}

int memory_check(int count, int threads) {
    if (threads == 1) return check(count) == count ? 0 : -1;
    std::vector<std::thread> running;
    std::vector<long> found(threads);
    for (int thread = 0; thread < threads; thread++) {
        running.emplace_back([=, &found] { found[thread] = check(count); });
    }
    int result = 0;
    for (int thread = 0; thread < threads; thread++) {
        running[thread].join();
        if (found[thread] != count) result = -1;
    }
    return result;
}
