#include "keyspace/eviction.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "keyspace/type/access_clock.h"

namespace octavo::keyspace {
namespace {

constexpr std::pair<std::string_view, EvictionPolicy> kPolicies[] = {
    {"volatile-lru", EvictionPolicy::volatile_lru},
    {"volatile-lfu", EvictionPolicy::volatile_lfu},
    {"volatile-random", EvictionPolicy::volatile_random},
    {"volatile-ttl", EvictionPolicy::volatile_ttl},
    {"allkeys-lru", EvictionPolicy::allkeys_lru},
    {"allkeys-lfu", EvictionPolicy::allkeys_lfu},
    {"allkeys-random", EvictionPolicy::allkeys_random},
    {"noeviction", EvictionPolicy::none},
};

constexpr std::size_t kSamplesPerVictim = 8;

bool volatile_only(EvictionPolicy policy) {
  return policy == EvictionPolicy::volatile_lru || policy == EvictionPolicy::volatile_lfu ||
         policy == EvictionPolicy::volatile_random || policy == EvictionPolicy::volatile_ttl;
}

struct Candidate {
  const KeyEntry* entry;
  unsigned db;
  double worth;  // the least goes first
};

double worth_of(const Keyspace& keyspace, const KeyEntry& entry, std::int64_t now_ms,
                Random& random) {
  switch (keyspace.eviction_policy()) {
    case EvictionPolicy::allkeys_lru:
    case EvictionPolicy::volatile_lru:
      return -static_cast<double>(keyspace.idle_seconds(entry, now_ms));
    case EvictionPolicy::allkeys_lfu:
    case EvictionPolicy::volatile_lfu: return keyspace.access_frequency(entry, now_ms);
    case EvictionPolicy::volatile_ttl: return static_cast<double>(entry.expire_at_ms() - now_ms);
    case EvictionPolicy::allkeys_random:
    case EvictionPolicy::volatile_random:
    case EvictionPolicy::none: break;
  }
  return random.uniform();
}

}  // namespace

std::optional<EvictionPolicy> parse_eviction_policy(std::string_view name) {
  for (const auto& [policy_name, policy] : kPolicies) {
    if (policy_name == name) return policy;
  }
  return std::nullopt;
}

std::vector<KeyRef> eviction_victims(const Keyspace& keyspace, std::size_t count,
                                     std::int64_t now_ms, Random& random) {
  const EvictionPolicy policy = keyspace.eviction_policy();
  if (policy == EvictionPolicy::none) return {};
  const bool with_expiry = volatile_only(policy);
  std::vector<Candidate> candidates;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const Database& source = keyspace.database(db);
    const std::size_t size = with_expiry ? source.expiries().size() : source.size();
    const std::size_t samples = std::min(size, count * kSamplesPerVictim);
    for (std::size_t i = 0; i < samples; ++i) {
      // All of them when they are few.
      const std::size_t at = samples == size ? i : random.below(size);
      const KeyEntry* entry =
          with_expiry ? source.expiries().at(at) : source.keys().at(static_cast<std::uint32_t>(at));
      candidates.push_back({entry, db, worth_of(keyspace, *entry, now_ms, random)});
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.worth < b.worth; });
  std::vector<KeyRef> victims;
  std::set<const KeyEntry*> taken;  // sampling may meet a key twice
  for (const Candidate& candidate : candidates) {
    if (victims.size() == count) break;
    if (!taken.insert(candidate.entry).second) continue;
    victims.push_back({candidate.db, std::string(candidate.entry->key())});
  }
  return victims;
}

}  // namespace octavo::keyspace
