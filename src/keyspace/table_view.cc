#include "keyspace/table_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keyspace/hash_value.h"
#include "keyspace/list_value.h"
#include "keyspace/numbers.h"
#include "keyspace/set_value.h"
#include "keyspace/stream_value.h"
#include "keyspace/zset_value.h"
#include "value/utf8.h"

namespace octavo::keyspace {
namespace {

using value::Field;
using value::ObjectBuilder;
using value::Value;

Value text_or_bytes(std::string_view bytes) {
  return value::find_invalid_utf8(bytes) ? Value::bytes(bytes) : Value::string(bytes);
}

// Field names are text in every door.
std::string field_name(std::string_view bytes) {
  std::string out;
  while (const auto bad = value::find_invalid_utf8(bytes)) {
    static constexpr char kDigits[] = "0123456789abcdef";
    out.append(bytes.substr(0, *bad));
    const auto byte = static_cast<unsigned char>(bytes[*bad]);
    out.append("\\x");
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
    bytes.remove_prefix(*bad + 1);
  }
  return out.append(bytes);
}

Value list_value(const ListValue& list) {
  std::vector<Value> elements;
  list.visit(0, false, [&](std::string_view element) {
    elements.push_back(text_or_bytes(element));
    return true;
  });
  return Value::array(std::move(elements));
}

Value set_value(const SetValue& set) {
  std::vector<std::string> members;
  set.visit([&](std::string_view member) { members.emplace_back(member); });
  std::sort(members.begin(), members.end());
  std::vector<Value> elements;
  for (const std::string& member : members) elements.push_back(text_or_bytes(member));
  return Value::array(std::move(elements));
}

Value zset_value(const ZsetValue& zset) {
  std::vector<Value> elements;
  zset.visit_all([&](std::string_view member, double score) {
    elements.push_back(std::move(ObjectBuilder()
                                     .append("member", text_or_bytes(member))
                                     .append("score", Value::float64(score)))
                           .build());
  });
  return Value::array(std::move(elements));
}

Value hash_value(const HashValue& hash) {
  ObjectBuilder fields;
  hash.visit([&](std::string_view field, std::string_view text) {
    std::string name = field_name(field);
    // Only an escaped name can meet another field of that name.
    if (name == field) {
      fields.append(std::move(name), text_or_bytes(text));
    } else {
      fields.set(name, text_or_bytes(text));
    }
  });
  return std::move(fields).build();
}

Value stream_value(const StreamValue& stream) {
  std::vector<Value> entries;
  stream.visit(StreamId::min(), StreamId::max(), false, [&](StreamId id, const auto& fields) {
    std::vector<Value> texts;
    for (const std::string_view field : fields) texts.push_back(text_or_bytes(field));
    entries.push_back(std::move(ObjectBuilder()
                                    .append("id", Value::string(id.text()))
                                    .append("fields", Value::array(std::move(texts))))
                          .build());
    return true;
  });
  return Value::array(std::move(entries));
}

Value value_of(const Object& object) {
  switch (object.kind()) {
    case Kind::string: return text_or_bytes(object.as<StringValue>().to_string());
    case Kind::list: return list_value(object.as<ListValue>());
    case Kind::set: return set_value(object.as<SetValue>());
    case Kind::zset: return zset_value(object.as<ZsetValue>());
    case Kind::hash: return hash_value(object.as<HashValue>());
    case Kind::stream: return stream_value(object.as<StreamValue>());
  }
  std::unreachable();
}

// --- documents to commands ---

constexpr std::size_t kArgumentsPerCommand = 1024;

std::unexpected<Error> mismatch(std::string_view field, std::string_view wanted,
                                const Value& found) {
  return fail(Code::type_mismatch, "Redis key: field `" + std::string(field) + "` must be " +
                                       std::string(wanted) + ", not " +
                                       std::string(value::type_name(found.type())));
}

// Strings, bytes and numbers as Redis text.
Result<std::string> text_argument(std::string_view field, const Value& given) {
  switch (given.type()) {
    case value::Type::string: return std::string(given.as_string());
    case value::Type::bytes: return std::string(given.as_bytes());
    case value::Type::int64: return format_int64(given.as_int64());
    case value::Type::uint64: return std::to_string(given.as_uint64());
    case value::Type::float64: return format_double(given.as_float64());
    default: return mismatch(field, "a string or a number", given);
  }
}

// One command per thousand arguments: name, key, arguments.
void add_chunked(std::vector<Command>& commands, std::string_view name, const std::string& key,
                 std::vector<std::string> arguments) {
  for (std::size_t at = 0; at < arguments.size(); at += kArgumentsPerCommand) {
    Command command{std::string(name), key};
    const std::size_t end = std::min(at + kArgumentsPerCommand, arguments.size());
    for (std::size_t i = at; i < end; ++i) command.push_back(std::move(arguments[i]));
    commands.push_back(std::move(command));
  }
}

Status require_elements(std::string_view type, std::size_t count) {
  if (count > 0) return {};
  return fail(Code::invalid_argument,
              "Redis key: a " + std::string(type) + " needs at least one element in `value`");
}

Status add_elements(std::vector<Command>& commands, std::string_view type, std::string_view name,
                    const std::string& key, const Value& given) {
  if (!given.is_array()) return mismatch("value", "an array", given);
  TRY_STATUS(require_elements(type, given.as_array().size()));
  std::vector<std::string> arguments;
  for (const Value& element : given.as_array()) {
    TRY(auto text, text_argument("value", element));
    arguments.push_back(std::move(text));
  }
  add_chunked(commands, name, key, std::move(arguments));
  return {};
}

Status add_zset(std::vector<Command>& commands, const std::string& key, const Value& given) {
  if (!given.is_array()) return mismatch("value", "an array", given);
  TRY_STATUS(require_elements("zset", given.as_array().size()));
  std::vector<std::string> arguments;
  for (const Value& element : given.as_array()) {
    const Value* member = element.find("member");
    const Value* score = element.find("score");
    if (member == nullptr || score == nullptr) {
      return mismatch("value", "an array of objects with `member` and `score`", element);
    }
    if (!score->is_number() || std::isnan(score->to_double())) {
      return mismatch("score", "a number", *score);
    }
    TRY(auto text, text_argument("member", *member));
    arguments.push_back(format_double(score->to_double()));
    arguments.push_back(std::move(text));
  }
  add_chunked(commands, "zadd", key, std::move(arguments));
  return {};
}

Status add_hash(std::vector<Command>& commands, const std::string& key, const Value& given) {
  if (!given.is_object()) return mismatch("value", "an object", given);
  TRY_STATUS(require_elements("hash", given.as_object().size()));
  std::vector<std::string> arguments;
  for (const Field& field : given.as_object()) {
    TRY(auto text, text_argument("value", field.value));
    arguments.push_back(field.name);
    arguments.push_back(std::move(text));
  }
  add_chunked(commands, "hset", key, std::move(arguments));
  return {};
}

Status add_stream(std::vector<Command>& commands, const std::string& key, const Value& given) {
  if (!given.is_array()) return mismatch("value", "an array", given);
  TRY_STATUS(require_elements("stream", given.as_array().size()));
  for (const Value& entry : given.as_array()) {
    const Value* id = entry.find("id");
    const Value* fields = entry.find("fields");
    if (id == nullptr || !id->is_string() || fields == nullptr || !fields->is_array() ||
        fields->as_array().empty() || fields->as_array().size() % 2 != 0) {
      return mismatch("value", "an array of objects with `id` and an even number of `fields`",
                      entry);
    }
    Command command{"xadd", key, std::string(id->as_string())};
    for (const Value& field : fields->as_array()) {
      TRY(auto text, text_argument("fields", field));
      command.push_back(std::move(text));
    }
    commands.push_back(std::move(command));
  }
  return {};
}

Result<std::string> type_of(const Value* type, const Value& given) {
  if (type != nullptr && !type->is_null()) {
    if (!type->is_string()) return mismatch("type", "a string", *type);
    return std::string(type->as_string());
  }
  if (given.is_array()) return std::string("list");
  if (given.is_object()) return std::string("hash");
  return std::string("string");
}

Status add_value(std::vector<Command>& commands, const std::string& type, const std::string& key,
                 const Value& given) {
  if (type == "string") {
    TRY(auto text, text_argument("value", given));
    commands.push_back({"set", key, std::move(text)});
    return {};
  }
  if (type == "list") return add_elements(commands, type, "rpush", key, given);
  if (type == "set") return add_elements(commands, type, "sadd", key, given);
  if (type == "zset") return add_zset(commands, key, given);
  if (type == "hash") return add_hash(commands, key, given);
  if (type == "stream") return add_stream(commands, key, given);
  return fail(Code::invalid_argument,
              "Redis key: field `type` must be string, list, set, zset, hash or stream, not \"" +
                  type + "\"");
}

Status add_ttl(std::vector<Command>& commands, const std::string& key, const Value* ttl,
               std::int64_t now_ms) {
  if (ttl == nullptr || ttl->is_null()) return {};
  if (!ttl->is_number()) return mismatch("ttl", "a number of seconds or null", *ttl);
  constexpr double kMaxSeconds = 1e15;
  const double seconds = ttl->to_double();
  if (!(seconds > 0) || seconds > kMaxSeconds) {
    return fail(Code::invalid_argument, "Redis key: field `ttl` must be a positive number");
  }
  const std::int64_t at_ms = now_ms + std::max<std::int64_t>(std::llround(seconds * 1000), 1);
  commands.push_back({"pexpireat", key, format_int64(at_ms)});
  return {};
}

}  // namespace

value::Value key_to_id(std::string_view key) { return text_or_bytes(key); }

Result<std::string> id_to_key(const Value& id) {
  if (id.is_string()) return std::string(id.as_string());
  if (id.type() == value::Type::bytes) return std::string(id.as_bytes());
  return mismatch("id", "a string", id);
}

Value document_of(const KeyEntry& entry, std::int64_t now_ms) {
  Value ttl;
  if (entry.expire_at_ms != kNoExpiry) {
    ttl = Value::float64(static_cast<double>(entry.expire_at_ms - now_ms) / 1000.0);
  }
  return std::move(ObjectBuilder()
                       .append("id", key_to_id(entry.key()))
                       .append("type", Value::string(kind_name(entry.value.kind())))
                       .append("value", value_of(entry.value))
                       .append("ttl", std::move(ttl)))
      .build();
}

std::optional<Value> read_key(const Keyspace& keyspace, unsigned db, std::string_view key,
                              std::int64_t now_ms) {
  const KeyEntry* entry = keyspace.database(db).find(key);
  if (entry == nullptr || entry->expired_at(now_ms)) return std::nullopt;
  return document_of(*entry, now_ms);
}

std::vector<std::string> sorted_keys(const Keyspace& keyspace, unsigned db, std::int64_t now_ms) {
  const KeyMap& keys = keyspace.database(db).keys();
  std::vector<std::string> out;
  out.reserve(keys.size());
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    if (!keys.at(i)->expired_at(now_ms)) out.emplace_back(keys.at(i)->key());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<Command>> document_to_commands(const Value& document, std::int64_t now_ms) {
  if (!document.is_object()) {
    return fail(Code::type_mismatch, "Redis key: a document must be an object");
  }
  for (const Field& field : document.as_object()) {
    if (field.name != "id" && field.name != "type" && field.name != "value" &&
        field.name != "ttl") {
      return fail(Code::invalid_argument,
                  "Redis key: field `" + field.name + "` is none of id, type, value and ttl");
    }
  }
  const Value* id = document.find("id");
  const Value* given = document.find("value");
  if (id == nullptr || given == nullptr) {
    return fail(Code::invalid_argument, std::string("Redis key: field `") +
                                            (id == nullptr ? "id" : "value") + "` is missing");
  }
  TRY(const std::string key, id_to_key(*id));
  TRY(const std::string type, type_of(document.find("type"), *given));
  std::vector<Command> commands = erase_commands(key);
  TRY_STATUS(add_value(commands, type, key, *given));
  TRY_STATUS(add_ttl(commands, key, document.find("ttl"), now_ms));
  return commands;
}

std::vector<Command> erase_commands(std::string_view key) { return {{"del", std::string(key)}}; }

Bytes encode_commands(unsigned db, std::span<const WatchGuard> guards,
                      std::span<const Command> commands) {
  std::vector<std::vector<std::string_view>> calls;
  for (const Command& command : commands) calls.emplace_back(command.begin(), command.end());
  return encode_transaction(db, guards, calls);
}

}  // namespace octavo::keyspace
