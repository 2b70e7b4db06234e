#include "exec/key_documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keyspace/hash_value.h"
#include "keyspace/list_value.h"
#include "keyspace/numbers.h"
#include "keyspace/set_value.h"
#include "keyspace/stream_value.h"
#include "keyspace/zset_value.h"
#include "value/utf8.h"

namespace octavo::exec {
namespace {

using keyspace::format_double;
using keyspace::format_int64;
using keyspace::HashValue;
using keyspace::KeyEntry;
using keyspace::Kind;
using keyspace::kNoExpiry;
using keyspace::ListValue;
using keyspace::Object;
using keyspace::SetValue;
using keyspace::StreamId;
using keyspace::StreamValue;
using keyspace::StringValue;
using keyspace::ZsetValue;
using value::Type;
using value::Value;

// A time to live beyond this (about 31,000 years) is a mistake.
constexpr double kMaxTtlSeconds = 1e12;

// --- keys as documents ---

Value list_array(const ListValue& list) {
  std::vector<Value> elements;
  elements.reserve(list.size());
  list.visit(0, false, [&](std::string_view element) {
    elements.push_back(text_value(element));
    return true;
  });
  return Value::array(std::move(elements));
}

Value set_array(const SetValue& set) {
  std::vector<std::string> members;
  members.reserve(set.size());
  set.visit_while([&](std::string_view member) {
    members.emplace_back(member);
    return true;
  });
  std::ranges::sort(members);
  std::vector<Value> elements;
  elements.reserve(members.size());
  for (const std::string& member : members) elements.push_back(text_value(member));
  return Value::array(std::move(elements));
}

Value score_value(double score) {
  if (std::isinf(score)) return Value::string(score > 0 ? "inf" : "-inf");
  return Value::float64(score);
}

Value zset_array(const ZsetValue& zset) {
  std::vector<Value> elements;
  elements.reserve(zset.size());
  zset.visit_all([&](std::string_view member, double score) {
    elements.push_back(
        Value::object({{"member", text_value(member)}, {"score", score_value(score)}}));
  });
  return Value::array(std::move(elements));
}

Value hash_value_of(const HashValue& hash) {
  std::vector<value::Field> fields;
  fields.reserve(hash.size());
  bool all_text = true;
  hash.visit([&](std::string_view field, std::string_view bytes) {
    all_text = all_text && !value::find_invalid_utf8(field);
    fields.push_back({std::string(field), text_value(bytes)});
  });
  std::ranges::sort(fields, {}, &value::Field::name);
  if (all_text) return Value::object(std::move(fields));
  std::vector<Value> pairs;
  pairs.reserve(fields.size());
  for (value::Field& field : fields) {
    pairs.push_back(
        Value::object({{"field", text_value(field.name)}, {"value", std::move(field.value)}}));
  }
  return Value::array(std::move(pairs));
}

Value stream_array(const StreamValue& stream) {
  std::vector<Value> entries;
  entries.reserve(stream.size());
  stream.visit(
      StreamId::min(), StreamId::max(), false, [&](StreamId id, const StreamValue::Fields& fields) {
        std::vector<Value> texts;
        texts.reserve(fields.size());
        for (const std::string_view text : fields) texts.push_back(text_value(text));
        entries.push_back(Value::object(
            {{"id", Value::string(id.text())}, {"fields", Value::array(std::move(texts))}}));
        return true;
      });
  return Value::array(std::move(entries));
}

Value value_of(const Object& object) {
  switch (object.kind()) {
    case Kind::string: {
      StringValue::Scratch scratch;
      return text_value(object.as<StringValue>().view(scratch));
    }
    case Kind::list: return list_array(object.as<ListValue>());
    case Kind::set: return set_array(object.as<SetValue>());
    case Kind::zset: return zset_array(object.as<ZsetValue>());
    case Kind::hash: return hash_value_of(object.as<HashValue>());
    case Kind::stream: return stream_array(object.as<StreamValue>());
  }
  return {};
}

Value ttl_value(std::int64_t expire_at_ms, std::int64_t now_ms) {
  if (expire_at_ms == kNoExpiry) return {};
  const std::int64_t left = std::max<std::int64_t>(expire_at_ms - now_ms, 0);
  if (left % 1000 == 0) return Value::int64(left / 1000);
  return Value::float64(static_cast<double>(left) / 1000);
}

// --- documents as commands ---

std::unexpected<Error> wrong_value(std::string_view type, std::string_view expected) {
  return fail(Code::type_mismatch,
              fmt::format("The value of a Redis {} must be {}.", type, expected));
}

// What Redis keeps for a scalar: numbers become their text.
Result<std::string> text_of(const Value& scalar, std::string_view type) {
  switch (scalar.type()) {
    case Type::string:
    case Type::symbol: return std::string(scalar.as_string());
    case Type::bytes: return std::string(scalar.as_bytes());
    case Type::int64: return format_int64(scalar.as_int64());
    case Type::uint64: return fmt::format("{}", scalar.as_uint64());
    case Type::float64: {
      const double number = scalar.as_float64();
      if (const auto integer = scalar.to_int64()) return format_int64(*integer);
      return fmt::format("{}", number);
    }
    default:
      return fail(Code::type_mismatch,
                  fmt::format("A Redis {} holds strings, binary data and numbers only, not {}.",
                              type, value::type_name(scalar.type())));
  }
}

Result<double> score_of(const Value& score) {
  if (score.is_number()) return score.to_double();
  if (score.is_string()) {
    if (score.as_string() == "inf" || score.as_string() == "+inf") return INFINITY;
    if (score.as_string() == "-inf") return -INFINITY;
  }
  return wrong_value("zset",
                     "an array of {member, score}, each score a number, \"inf\" or \"-inf\"");
}

Result<std::string> kind_of(const Value& document) {
  const Value* type = document.find("type");
  if (type != nullptr) {
    if (!type->is_string())
      return fail(Code::type_mismatch, "The type of a Redis key is a string.");
    return std::string(type->as_string());
  }
  const Value* content = document.find("value");
  if (content != nullptr && content->is_array()) return "list";
  if (content != nullptr && content->is_object()) return "hash";
  return "string";
}

// The values of an array, as arguments behind `command`.
Status append_texts(const Value& content, std::string_view type, Command& command) {
  if (!content.is_array()) return wrong_value(type, "an array");
  for (const Value& element : content.as_array()) {
    TRY(std::string text, text_of(element, type));
    command.push_back(std::move(text));
  }
  return {};
}

Status append_pairs(const Value& content, Command& command) {
  for (const Value& item : content.as_array()) {
    const Value* member = item.find("member");
    const Value* score = item.find("score");
    if (member == nullptr || score == nullptr) {
      return wrong_value("zset", "an array of {member, score}");
    }
    TRY(const double number, score_of(*score));
    TRY(std::string text, text_of(*member, "zset"));
    command.push_back(format_double(number));
    command.push_back(std::move(text));
  }
  return {};
}

Status append_fields(const Value& content, Command& command) {
  const auto add = [&](std::string field, const Value& item) -> Status {
    TRY(std::string text, text_of(item, "hash"));
    command.push_back(std::move(field));
    command.push_back(std::move(text));
    return {};
  };
  if (content.is_object()) {
    for (const value::Field& field : content.as_object()) TRY_STATUS(add(field.name, field.value));
    return {};
  }
  if (!content.is_array()) return wrong_value("hash", "an object");
  for (const Value& item : content.as_array()) {
    const Value* field = item.find("field");
    const Value* text = item.find("value");
    if (field == nullptr || text == nullptr) {
      return wrong_value("hash", "an object, or an array of {field, value}");
    }
    TRY(std::string name, text_of(*field, "hash"));
    TRY_STATUS(add(std::move(name), *text));
  }
  return {};
}

Status append_entries(const Value& content, const std::string& key, std::vector<Command>& out) {
  if (!content.is_array()) return wrong_value("stream", "an array of {id, fields}");
  for (const Value& entry : content.as_array()) {
    const Value* id = entry.find("id");
    const Value* fields = entry.find("fields");
    if (id == nullptr || !id->is_string() || fields == nullptr || !fields->is_array() ||
        fields->as_array().empty() || fields->as_array().size() % 2 != 0) {
      return wrong_value("stream", "an array of {id, fields}, fields being [name, value, …]");
    }
    Command command{"xadd", key, std::string(id->as_string())};
    TRY_STATUS(append_texts(*fields, "stream", command));
    out.push_back(std::move(command));
  }
  return {};
}

// Builds the value; the key is absent, unless it is a string (SET replaces whatever is there).
Status build_value(const std::string& type, const std::string& key, const Value& content,
                   std::vector<Command>& out) {
  if (type == "string") {
    TRY(std::string text, text_of(content, type));
    out.push_back({"set", key, std::move(text)});
    return {};
  }
  const bool holds_any = content.is_array()    ? !content.as_array().empty()
                         : content.is_object() ? !content.as_object().empty()
                                               : true;
  if (!holds_any) {
    return fail(Code::invalid_argument,
                fmt::format("Redis keeps no empty {}; delete the row instead.", type));
  }
  if (type == "stream") return append_entries(content, key, out);
  Command command;
  if (type == "list") {
    command = {"rpush", key};
    TRY_STATUS(append_texts(content, type, command));
  } else if (type == "set") {
    command = {"sadd", key};
    TRY_STATUS(append_texts(content, type, command));
  } else if (type == "zset") {
    if (!content.is_array()) return wrong_value(type, "an array of {member, score}");
    command = {"zadd", key};
    TRY_STATUS(append_pairs(content, command));
  } else if (type == "hash") {
    command = {"hset", key};
    TRY_STATUS(append_fields(content, command));
  } else {
    return fail(Code::invalid_argument,
                fmt::format("`{}` is no type of Redis; there are string, list, set, zset, hash and "
                            "stream.",
                            type));
  }
  out.push_back(std::move(command));
  return {};
}

Status check_fields(const Value& document) {
  if (!document.is_object()) return fail(Code::type_mismatch, "A row must be an object.");
  for (const value::Field& field : document.as_object()) {
    if (field.name == "id" || field.name == "type" || field.name == "value" ||
        field.name == "ttl") {
      continue;
    }
    return fail(Code::invalid_argument,
                fmt::format("A Redis key has the fields id, type, value and ttl; there is no place "
                            "for `{}`.",
                            field.name));
  }
  return {};
}

// Milliseconds from now; nothing: for ever.
Result<std::optional<std::int64_t>> ttl_ms_of(const Value* ttl) {
  if (ttl == nullptr || ttl->is_null()) return std::nullopt;
  if (!ttl->is_number() || !(ttl->to_double() > 0) || ttl->to_double() > kMaxTtlSeconds) {
    return fail(Code::invalid_argument,
                "The ttl of a Redis key is a positive number of seconds, or null.");
  }
  return std::max<std::int64_t>(std::llround(ttl->to_double() * 1000), 1);
}

bool same_field(const Value& a, const Value& b, std::string_view name) {
  const Value* left = a.find(name);
  const Value* right = b.find(name);
  return left != nullptr && right != nullptr && *left == *right;
}

}  // namespace

Value text_value(std::string_view bytes) {
  return value::find_invalid_utf8(bytes) ? Value::bytes(bytes) : Value::string(bytes);
}

std::optional<std::string> key_of(const Value& id) {
  if (id.is_string()) return std::string(id.as_string());
  if (id.type() == Type::bytes) return std::string(id.as_bytes());
  return std::nullopt;
}

Value key_document(const KeyEntry& entry, std::int64_t now_ms) {
  return Value::object({{"id", text_value(entry.key())},
                        {"type", Value::string(kind_name(entry.value.kind()))},
                        {"value", value_of(entry.value)},
                        {"ttl", ttl_value(entry.expire_at_ms, now_ms)}});
}

Result<std::vector<Command>> document_to_commands(const KeyState* current, const Value& next) {
  TRY_STATUS(check_fields(next));
  const Value* id = next.find("id");
  const auto key = id == nullptr ? std::nullopt : key_of(*id);
  if (!key) return fail(Code::type_mismatch, "The id of a Redis key is a string or binary data.");
  const Value* content = next.find("value");
  if (content == nullptr) return fail(Code::missing_value, "A Redis key needs a value.");
  TRY(const std::string type, kind_of(next));
  const Value* ttl = next.find("ttl");

  std::vector<Command> out;
  const bool had_ttl = current != nullptr && current->expire_at_ms != kNoExpiry;
  const bool same_ttl = had_ttl && same_field(current->document, next, "ttl");
  const bool same_value = current != nullptr && same_field(current->document, next, "value") &&
                          current->document.find("type")->as_string() == type;
  if (!same_value) {
    if (current != nullptr && type != "string") out.push_back({"del", *key});
    TRY_STATUS(build_value(type, *key, *content, out));
    // The rebuilt key has no time to live.
    if (same_ttl) out.push_back({"pexpireat", *key, format_int64(current->expire_at_ms)});
  }
  if (same_ttl) return out;
  TRY(const auto ttl_ms, ttl_ms_of(ttl));
  if (ttl_ms) {
    out.push_back({"pexpire", *key, format_int64(*ttl_ms)});
  } else if (had_ttl && same_value) {
    out.push_back({"persist", *key});
  }
  return out;
}

}  // namespace octavo::exec
