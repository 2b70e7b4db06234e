// Effects of writes to keys of all types but streams, and of what the server itself writes.

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/string_value.h"
#include "protocol/redis/replication/effect_rules.h"
#include "protocol/redis/replication/reply_tree.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::KeyEntry;

constexpr std::size_t kRemovedAtOnce = 1024;  // members in one SREM

bool has_word(Args args, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(args, [&](std::string_view argument) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return keyspace::is_word(argument, word); });
  });
}

// Its value and when it ends, with `value` as the client gave it.
bool add_set(const WrittenCall& call, std::string_view value, EffectList& out) {
  const std::string_view key = call.args[1];
  const KeyEntry* entry = entry_of(call, key);
  if (entry == nullptr) {
    out.add(call.db, {"DEL", key});
  } else if (entry->expire_at_ms() == keyspace::kNoExpiry) {
    out.add(call.db, {"SET", key, value});
  } else {
    const std::string until = std::to_string(entry->expire_at_ms());
    out.add(call.db, {"SET", key, value, "PXAT", until});
  }
  return true;
}

bool set(const WrittenCall& call, EffectList& out) {
  const Args options = call.args.subspan(3);
  if (has_word(options, {"ex", "px", "exat", "pxat"})) return add_set(call, call.args[2], out);
  std::vector<std::string_view> words(call.args.begin(), call.args.begin() + 3);
  for (const std::string_view option : options) {
    if (!keyspace::is_word(option, "get")) words.push_back(option);
  }
  out.add(call.db, words);
  return true;
}

bool set_behind_time(const WrittenCall& call, EffectList& out) {
  return add_set(call, call.args[3], out);
}
bool set_plain(const WrittenCall& call, EffectList& out) {
  return add_set(call, call.args[2], out);
}

// What the key's time to live is now; it is gone when that had passed.
bool time_to_live(const WrittenCall& call, EffectList& out) {
  const std::string_view key = call.args[1];
  const KeyEntry* entry = entry_of(call, key);
  if (entry == nullptr) {
    out.add(call.db, {"DEL", key});
  } else if (entry->expire_at_ms() == keyspace::kNoExpiry) {
    out.add(call.db, {"PERSIST", key});
  } else {
    const std::string until = std::to_string(entry->expire_at_ms());
    out.add(call.db, {"PEXPIREAT", key, until});
  }
  return true;
}

bool removed(const WrittenCall& call, EffectList& out) {
  out.add(call.db, {"DEL", call.args[1]});
  return true;
}

bool string_sum(const WrittenCall& call, EffectList& out) {
  const KeyEntry* entry = entry_of(call, call.args[1]);
  if (entry == nullptr || !entry->value.is_string()) return false;
  const std::string value = entry->value.as<keyspace::StringValue>().to_string();
  out.add(call.db, {"SET", call.args[1], value, "KEEPTTL"});
  return true;
}

// Null where the key is none.
const keyspace::HashValue* hash_of(const WrittenCall& call) {
  const KeyEntry* entry = entry_of(call, call.args[1]);
  const bool is_hash = entry != nullptr && entry->value.kind() == keyspace::Kind::hash;
  return is_hash ? &entry->value.as<keyspace::HashValue>() : nullptr;
}

// When fields of the call's hash end, which are all of one moment.
void add_field_ends(const WrittenCall& call, Args fields, EffectList& out) {
  const keyspace::HashValue* hash = hash_of(call);
  if (hash == nullptr || fields.empty()) return;
  const std::string until = std::to_string(hash->end_of(fields[0]));
  const std::string count = std::to_string(fields.size());
  std::vector<std::string_view> words{"HPEXPIREAT", call.args[1], until, "FIELDS", count};
  words.insert(words.end(), fields.begin(), fields.end());
  out.add(call.db, words);
}

// HSET makes the field one that stays.
bool field_sum(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  const keyspace::HashValue* hash = hash_of(call);
  if (!reply || reply->is_error() || hash == nullptr) return false;
  out.add(call.db, {"HSET", call.args[1], call.args[2], reply->text});
  if (hash->end_of(call.args[2]) != keyspace::kNoExpiry) {
    add_field_ends(call, call.args.subspan(2, 1), out);
  }
  return true;
}

// Fields with another time to live, and those that had none left.
bool fields_end(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->is_error() || reply->parts.size() >= call.args.size()) return false;
  const Args fields = call.args.last(reply->parts.size());
  std::vector<std::string_view> removed{"HDEL", call.args[1]};
  std::vector<std::string_view> ending;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view outcome = reply->parts[i].text;
    if (outcome == "1") ending.push_back(fields[i]);
    if (outcome == "2") removed.push_back(fields[i]);
  }
  if (removed.size() > 2) out.add(call.db, removed);
  add_field_ends(call, ending, out);
  return true;
}

bool random_members(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->is_error() || reply->is_null()) return false;
  const std::string_view key = call.args[1];
  if (call.args.size() == 2) {
    out.add(call.db, {"SREM", key, reply->text});
    return true;
  }
  if (entry_of(call, key) == nullptr) {
    out.add(call.db, {"DEL", key});
    return true;
  }
  for (std::size_t i = 0; i < reply->parts.size();) {
    std::vector<std::string_view> words{"SREM", key};
    for (; i < reply->parts.size() && words.size() < kRemovedAtOnce + 2; ++i) {
      words.push_back(reply->parts[i].text);
    }
    out.add(call.db, words);
  }
  return true;
}

// What waited has an element now, as if it had come later.
template <const char* command>
bool popped(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->parts.size() < 2) return false;
  out.add(call.db, {command, reply->parts[0].text});
  return true;
}
constexpr char kLeft[] = "LPOP";
constexpr char kRight[] = "RPOP";
constexpr char kLeast[] = "ZPOPMIN";
constexpr char kGreatest[] = "ZPOPMAX";

// Of several keys: the one that had something, with how many were taken of which end.
bool popped_of_many(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->parts.size() != 2) return false;
  // The end stands behind the keys, which stand behind their number.
  const auto at = static_cast<std::size_t>(call.spec.num_keys_at);
  const auto keys = parse_number<std::size_t>(call.args[at]);
  if (!keys || *keys >= call.args.size() - at - 1) return false;
  const std::string_view end = call.args[at + *keys + 1];
  const bool is_list = call.spec.name.ends_with("lmpop");
  const bool is_first = keyspace::is_word(end, is_list ? "left" : "min");
  const std::string_view command =
      is_list ? (is_first ? "LPOP" : "RPOP") : (is_first ? "ZPOPMIN" : "ZPOPMAX");
  // Both versions of RESP have each member with its score.
  const std::string count = std::to_string(reply->parts[1].parts.size());
  out.add(call.db, {command, reply->parts[0].text, count});
  return true;
}

bool moved(const WrittenCall& call, EffectList& out) {
  const Args args = call.args;
  if (args.size() == 6) {
    out.add(call.db, {"LMOVE", args[1], args[2], args[3], args[4]});
  } else {
    out.add(call.db, {"RPOPLPUSH", args[1], args[2]});
  }
  return true;
}

// With the time to live as it is. What a newer Redis has written goes in our form.
bool restored(const WrittenCall& call, EffectList& out) {
  const KeyEntry* entry = entry_of(call, call.args[1]);
  const std::string_view payload = call.args[3];
  if (entry == nullptr || payload.size() < keyspace::kDumpTrailerBytes) return false;
  const auto version =
      load_le<std::uint16_t>(payload.data() + payload.size() - keyspace::kDumpTrailerBytes);
  if (version > keyspace::kRdbVersion) return false;
  const bool mortal = entry->expire_at_ms() != keyspace::kNoExpiry;
  const std::string until = std::to_string(mortal ? entry->expire_at_ms() : 0);
  const Args options = call.args.subspan(4);
  std::vector<std::string_view> words{"RESTORE", call.args[1], until, payload};
  words.insert(words.end(), options.begin(), options.end());
  if (!has_word(options, {"absttl"})) words.emplace_back("ABSTTL");
  out.add(call.db, words);
  return true;
}

// What the server removes is told by its events.
bool nothing(const WrittenCall&, EffectList&) { return true; }

bool library(const WrittenCall& call, EffectList& out) {
  switch (call.args.size()) {
    case 1: out.add(call.db, {"FUNCTION", "FLUSH"}); break;
    case 2: out.add(call.db, {"FUNCTION", "DELETE", call.args[1]}); break;
    default: out.add(call.db, {"FUNCTION", "LOAD", "REPLACE", call.args[2]});
  }
  return true;
}

constexpr EffectRule kRules[] = {
    {"set", set},
    {"setex", set_behind_time},
    {"psetex", set_behind_time},
    {"getset", set_plain},
    {"getdel", removed},
    {"getex", time_to_live},
    {"expire", time_to_live},
    {"pexpire", time_to_live},
    {"expireat", time_to_live},
    {"pexpireat", time_to_live},
    {"incrbyfloat", string_sum},
    {"hincrbyfloat", field_sum},
    {"hexpire", fields_end},
    {"hpexpire", fields_end},
    {"hexpireat", fields_end},
    {"hpexpireat", fields_end},
    {"spop", random_members},
    {"blpop", popped<kLeft>},
    {"brpop", popped<kRight>},
    {"bzpopmin", popped<kLeast>},
    {"bzpopmax", popped<kGreatest>},
    {"lmpop", popped_of_many},
    {"blmpop", popped_of_many},
    {"zmpop", popped_of_many},
    {"bzmpop", popped_of_many},
    {"blmove", moved},
    {"brpoplpush", moved},
    {"restore", restored},
    {"octavo.expire", nothing},
    {"octavo.expire_fields", nothing},
    {"octavo.evict", nothing},
    {"octavo.tune", nothing},
    {"octavo.origin", nothing},
    {"octavo.library", library},
};

}  // namespace

std::span<const EffectRule> key_effect_rules() { return kRules; }

}  // namespace octavo::redis
