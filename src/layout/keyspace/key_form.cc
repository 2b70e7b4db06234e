#include "layout/keyspace/key_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keyspace/stream_arguments.h"
#include "keyspace/type/numbers.h"
#include "layout/keyspace/key_documents.h"

namespace octavo::layout {
namespace {

using keyspace::format_int64;
using keyspace::Kind;
using keyspace::StreamId;
using value::Type;
using value::Value;

// A time to live beyond this (about 31,000 years) is a mistake.
constexpr double kMaxTtlSeconds = 1e12;
constexpr std::size_t kQuotedBytes = 40;  // of a member, in an error

std::unexpected<Error> wrong_value(Kind kind, std::string_view expected) {
  return fail(Code::type_mismatch,
              fmt::format("The value of a Redis {} must be {}.", kind_name(kind), expected));
}

std::string quoted(std::string_view text) {
  if (!text_value(text).is_string()) return "binary data";
  const bool whole = text.size() <= kQuotedBytes;
  return fmt::format("`{}`", whole ? std::string(text) : fmt::format("{} bytes", text.size()));
}

std::unexpected<Error> twice(std::string_view what, std::string_view name) {
  return fail(Code::invalid_argument, fmt::format("The {} {} is there twice.", what, quoted(name)));
}

// What Redis keeps for a scalar: numbers become their text.
Result<std::string> text_of(const Value& scalar, Kind kind) {
  switch (scalar.type()) {
    case Type::string:
    case Type::symbol: return std::string(scalar.as_string());
    case Type::bytes: return std::string(scalar.as_bytes());
    case Type::int64: return format_int64(scalar.as_int64());
    case Type::uint64: return fmt::format("{}", scalar.as_uint64());
    case Type::float64: {
      if (const auto integer = scalar.to_int64()) return format_int64(*integer);
      return fmt::format("{}", scalar.as_float64());
    }
    default:
      return fail(Code::type_mismatch,
                  fmt::format("A Redis {} holds strings, binary data and numbers only, not {}.",
                              kind_name(kind), value::type_name(scalar.type())));
  }
}

Result<Texts> texts_of(const Value& content, Kind kind) {
  if (!content.is_array()) return wrong_value(kind, "an array");
  Texts texts;
  texts.reserve(content.as_array().size());
  for (const Value& element : content.as_array()) {
    TRY(std::string text, text_of(element, kind));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<Texts> members_of(const Value& content) {
  TRY(Texts members, texts_of(content, Kind::set));
  std::ranges::sort(members);
  const auto repeats = std::ranges::unique(members);
  members.erase(repeats.begin(), repeats.end());
  return members;
}

Result<double> score_of(const Value& score) {
  if (score.is_number() && !std::isnan(score.to_double())) return score.to_double();
  if (score.is_string()) {
    if (score.as_string() == "inf" || score.as_string() == "+inf") return INFINITY;
    if (score.as_string() == "-inf") return -INFINITY;
  }
  return wrong_value(Kind::zset,
                     "an array of {member, score}, each score a number, \"inf\" or \"-inf\"");
}

Result<Scores> scores_of(const Value& content) {
  if (!content.is_array()) return wrong_value(Kind::zset, "an array of {member, score}");
  Scores scores;
  scores.reserve(content.as_array().size());
  for (const Value& item : content.as_array()) {
    const Value* member = item.find("member");
    const Value* score = item.find("score");
    if (member == nullptr || score == nullptr) {
      return wrong_value(Kind::zset, "an array of {member, score}");
    }
    TRY(const double number, score_of(*score));
    TRY(std::string text, text_of(*member, Kind::zset));
    scores.emplace_back(number, std::move(text));
  }
  std::ranges::sort(scores, {}, &Scores::value_type::second);
  const auto repeat = std::ranges::adjacent_find(scores, {}, &Scores::value_type::second);
  if (repeat != scores.end()) return twice("member", repeat->second);
  std::ranges::sort(scores);
  return scores;
}

Result<Pairs> pairs_of(const Value& content) {
  Pairs pairs;
  if (content.is_object()) {
    for (const value::Field& field : content.as_object()) {
      TRY(std::string text, text_of(field.value, Kind::hash));
      pairs.emplace_back(field.name, std::move(text));
    }
    std::ranges::sort(pairs);
    return pairs;
  }
  if (!content.is_array()) return wrong_value(Kind::hash, "an object");
  for (const Value& item : content.as_array()) {
    const Value* field = item.find("field");
    const Value* text = item.find("value");
    if (field == nullptr || text == nullptr) {
      return wrong_value(Kind::hash, "an object, or an array of {field, value}");
    }
    TRY(std::string name, text_of(*field, Kind::hash));
    TRY(std::string bytes, text_of(*text, Kind::hash));
    pairs.emplace_back(std::move(name), std::move(bytes));
  }
  std::ranges::sort(pairs);
  const auto repeat = std::ranges::adjacent_find(pairs, {}, &Pairs::value_type::first);
  if (repeat != pairs.end()) return twice("field", repeat->first);
  return pairs;
}

Result<StreamId> stream_id_of(const Value& id, StreamId above) {
  const auto parsed = id.is_string() ? keyspace::parse_stream_id(id.as_string(), 0) : std::nullopt;
  if (!parsed) {
    return fail(Code::invalid_argument,
                "The id of a stream's entry is a string \"milliseconds-sequence\".");
  }
  if (*parsed <= above) {
    return fail(Code::invalid_argument,
                fmt::format("The entries of a stream are in the order of their ids: {} must be "
                            "above {}.",
                            parsed->text(), above.text()));
  }
  return *parsed;
}

Result<StreamEntries> entries_of(const Value& content) {
  constexpr std::string_view kExpected = "an array of {id, fields}, fields being [name, value, …]";
  if (!content.is_array()) return wrong_value(Kind::stream, kExpected);
  StreamEntries entries;
  entries.reserve(content.as_array().size());
  StreamId last;
  for (const Value& entry : content.as_array()) {
    const Value* id = entry.find("id");
    const Value* fields = entry.find("fields");
    if (id == nullptr || fields == nullptr || !fields->is_array() || fields->as_array().empty() ||
        fields->as_array().size() % 2 != 0) {
      return wrong_value(Kind::stream, kExpected);
    }
    TRY(last, stream_id_of(*id, last));
    TRY(Texts texts, texts_of(*fields, Kind::stream));
    entries.push_back({last, std::move(texts)});
  }
  return entries;
}

Result<Kind> kind_of(const Value& document) {
  const Value* type = document.find("type");
  const Value* content = document.find("value");
  if (type == nullptr) {
    if (content != nullptr && content->is_array()) return Kind::list;
    if (content != nullptr && content->is_object()) return Kind::hash;
    return Kind::string;
  }
  if (!type->is_string())
    return fail(Code::type_mismatch, "The `type` of a Redis key must be a string.");
  for (std::size_t i = 0; i < keyspace::kKindCount; ++i) {
    if (type->as_string() == kind_name(static_cast<Kind>(i))) return static_cast<Kind>(i);
  }
  return fail(
      Code::invalid_argument,
      fmt::format("Unknown Redis type `{}`: expected string, list, set, zset, hash or stream.",
                  type->as_string()));
}

Status check_fields(const Value& document) {
  if (!document.is_object()) return fail(Code::type_mismatch, "A row must be an object.");
  for (const value::Field& field : document.as_object()) {
    if (field.name == "id" || field.name == "type" || field.name == "value" ||
        field.name == "ttl") {
      continue;
    }
    return fail(
        Code::invalid_argument,
        fmt::format("Unknown field `{}`: a Redis key has the fields id, type, value and ttl.",
                    field.name));
  }
  return {};
}

}  // namespace

Result<KeyParts> key_parts(const Value& document) {
  TRY_STATUS(check_fields(document));
  KeyParts parts;
  const Value* id = document.find("id");
  auto key = id == nullptr ? std::nullopt : key_of(*id);
  if (!key) {
    return fail(Code::type_mismatch,
                "The id of a Redis key is a string, or binary data where it is not UTF-8.");
  }
  parts.key = *std::move(key);
  parts.content = document.find("value");
  if (parts.content == nullptr) return fail(Code::missing_value, "A Redis key needs a value.");
  TRY(parts.kind, kind_of(document));
  parts.ttl = document.find("ttl");
  return parts;
}

Result<KeyContent> key_content(Kind kind, const Value& content) {
  switch (kind) {
    case Kind::string: return text_of(content, kind);
    case Kind::list: return texts_of(content, kind);
    case Kind::set: return members_of(content);
    case Kind::zset: return scores_of(content);
    case Kind::hash: return pairs_of(content);
    case Kind::stream: return entries_of(content);
  }
  return KeyContent();
}

Result<std::optional<std::int64_t>> ttl_ms_of(const Value* ttl) {
  if (ttl == nullptr || ttl->is_null()) return std::nullopt;
  if (!ttl->is_number() || !(ttl->to_double() > 0) || ttl->to_double() > kMaxTtlSeconds) {
    return fail(Code::invalid_argument,
                "The ttl of a Redis key is a positive number of seconds, or null.");
  }
  return std::max<std::int64_t>(std::llround(ttl->to_double() * 1000), 1);
}

}  // namespace octavo::layout
