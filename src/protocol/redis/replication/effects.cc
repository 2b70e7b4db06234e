#include "protocol/redis/replication/effects.h"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <unordered_map>

#include "base/limits.h"
#include "keyspace/file/dump.h"
#include "protocol/redis/replication/effect_rules.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kKeptBytes = 256 * kKiB;  // of a buffer that once held more

const EffectRule* rule_of(std::string_view command) {
  static const std::unordered_map<std::string_view, const EffectRule*> rules = [] {
    std::unordered_map<std::string_view, const EffectRule*> out;
    for (const auto family : {key_effect_rules(), stream_effect_rules()}) {
      for (const EffectRule& rule : family) out.emplace(rule.command, &rule);
    }
    return out;
  }();
  const auto found = rules.find(command);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace

void put_request(Bytes& out, keyspace::Args words) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", words.size());
  for (const std::string_view word : words) {
    fmt::format_to(std::back_inserter(out), "${}\r\n", word.size());
    out.append(word).append("\r\n");
  }
}

void put_request(Bytes& out, std::initializer_list<std::string_view> words) {
  put_request(out, keyspace::Args(words.begin(), words.size()));
}

void EffectList::add(unsigned db, keyspace::Args words) {
  put_request(bytes_, words);
  effects_.push_back({db, bytes_.size()});
}

void EffectList::clear() {
  if (bytes_.capacity() > kKeptBytes) Bytes().swap(bytes_);
  bytes_.clear();
  effects_.clear();
}

const keyspace::KeyEntry* entry_of(const WrittenCall& call, std::string_view key) {
  return call.keyspace.database(call.db).find(key);
}

void add_whole_key(const keyspace::Keyspace& keyspace, unsigned db, std::string_view key,
                   EffectList& out) {
  const keyspace::KeyEntry* entry = keyspace.database(db).find(key);
  if (entry == nullptr) return out.add(db, {"DEL", key});
  const bool mortal = entry->expire_at_ms() != keyspace::kNoExpiry;
  const std::string until = std::to_string(mortal ? entry->expire_at_ms() : 0);
  const Bytes payload = keyspace::dump_value(entry->value);
  out.add(db, {"RESTORE", key, until, payload, "REPLACE", "ABSTTL"});
}

void add_effects(const WrittenCall& call, EffectList& out) {
  const EffectRule* rule = rule_of(call.spec.name);
  if (rule == nullptr) return out.add(call.db, call.args);
  if (rule->add(call, out)) return;
  for (const std::size_t at : keyspace::key_positions(call.spec, call.args)) {
    add_whole_key(call.keyspace, call.db, call.args[at], out);
  }
}

}  // namespace octavo::redis
