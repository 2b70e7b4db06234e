#pragma once

// The rules behind `add_effects`, one for each command that is not repeated word for word.

#include <span>
#include <string_view>

#include "protocol/redis/replication/effects.h"

namespace octavo::redis {

struct EffectRule {
  std::string_view command;
  // False: what it did cannot be told so. Nothing was added then, and its keys are sent as they
  // are.
  bool (*add)(const WrittenCall& call, EffectList& out);
};

std::span<const EffectRule> key_effect_rules();
std::span<const EffectRule> stream_effect_rules();

// The key, or null.
const keyspace::KeyEntry* entry_of(const WrittenCall& call, std::string_view key);
// The key as it is: made anew, or removed.
void add_whole_key(const keyspace::Keyspace& keyspace, unsigned db, std::string_view key,
                   EffectList& out);

}  // namespace octavo::redis
