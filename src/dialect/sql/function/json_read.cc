// What documents have: parts, sizes, types.

#include <algorithm>
#include <string>

#include "dialect/sql/convert/json_text.h"
#include "dialect/sql/function/json_arguments.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/operators.h"
#include "value/json.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kExtract = operation_block::kJson,  // (document, paths ...)
  kUnquoteText,                       // (text)
  kUnquoteJson,                       // (document)
  kQuote,                             // (text)
  kKeys,                              // (document [, path])
  kLength,                            // (document [, path])
  kDepth,                             // (document)
  kType,                              // (document)
  kValid,                             // (text)
  kValueText,                         // (document, path, whether a fault is an error): a scalar
  kPretty,                            // (document)
  kStorageSize,                       // (document)
};

// The value at a path; an array of all of them if there may be several.
Result<Value> extract(const SingleCall& call, Args args) {
  std::vector<const Value*> found;
  bool several = args.size() > 2;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const JsonPath path, path_at(args, i));
    several = several || path.is_wild();
    for (const Value* each : find_json(args[0], path)) found.push_back(each);
    TRY_STATUS(call.context.check());
  }
  if (found.empty()) return Value();
  if (!several) return whole_json(*found.front());
  std::vector<Value> elements;
  elements.reserve(found.size());
  for (const Value* each : found) elements.push_back(part_of_json(*each));
  return Value::array(std::move(elements));
}

// A string of JSON without its quotes; another text as it is.
Result<Value> unquote_text(const SingleCall&, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return args[0];
  const auto parsed = value::parse_json(text);
  if (!parsed || !parsed->is_string()) {
    return error<3141>("1", "json_unquote", "Invalid value.", "0");
  }
  return *parsed;
}

Value text_of_json(const Value& document) {
  return document.is_string() ? document : Value::string(print_json(document));
}

Result<Value> unquote_json(const SingleCall&, Args args) { return text_of_json(args[0]); }

Result<Value> quote(const SingleCall& call, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY_STATUS(call.context.require(2 * text.size()));
  std::string out;
  value::write_json_string(text, out);
  return Value::string(out);
}

// The document, or its part at the path; null: there is none.
Result<const Value*> part(Args args) {
  if (args.size() < 2) return &args[0];
  TRY(const JsonPath path, plain_path_at(args, 1));
  const auto found = find_json(args[0], path);
  return found.empty() ? nullptr : found.front();
}

Result<Value> keys(const SingleCall&, Args args) {
  TRY(const Value* document, part(args));
  if (document == nullptr || !document->is_object()) return Value();
  std::vector<Value> names;
  for (const value::Field& field : document->as_object())
    names.push_back(Value::string(field.name));
  return Value::array(std::move(names));
}

Result<Value> length(const SingleCall&, Args args) {
  TRY(const Value* document, part(args));
  if (document == nullptr) return Value();
  std::size_t size = 1;
  if (document->is_array()) size = document->as_array().size();
  if (document->is_object()) size = document->as_object().size();
  return integer(static_cast<std::int64_t>(size));
}

std::int64_t depth_of(const Value& document) {
  std::int64_t deepest = 0;
  if (document.is_array()) {
    for (const Value& each : document.as_array()) deepest = std::max(deepest, depth_of(each));
  } else if (document.is_object()) {
    for (const value::Field& field : document.as_object()) {
      deepest = std::max(deepest, depth_of(field.value));
    }
  }
  return deepest + 1;
}

Result<Value> depth(const SingleCall&, Args args) { return integer(depth_of(args[0])); }

std::string_view type_word(value::Type type) {
  switch (type) {
    case value::Type::null:
    case value::Type::undefined: return "NULL";
    case value::Type::boolean: return "BOOLEAN";
    case value::Type::int64: return "INTEGER";
    case value::Type::uint64: return "UNSIGNED INTEGER";
    case value::Type::float64: return "DOUBLE";
    case value::Type::decimal: return "DECIMAL";
    case value::Type::string:
    case value::Type::symbol:
    case value::Type::uuid:
    case value::Type::object_id: return "STRING";
    case value::Type::object:
    case value::Type::geometry: return "OBJECT";
    case value::Type::array: return "ARRAY";
    case value::Type::date: return "DATE";
    case value::Type::time_of_day: return "TIME";
    case value::Type::timestamp: return "DATETIME";
    case value::Type::bytes: return "BLOB";
    default: return "OPAQUE";
  }
}

Result<Value> type(const SingleCall&, Args args) {
  return Value::string(type_word(args[0].type()));
}

Result<Value> valid(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  JsonFault fault;
  return boolean(read_json(text, fault).has_value());
}

// One scalar as a text. Null for what is none, or there is none: or an error, if it was asked for.
Result<Value> value_text(const SingleCall&, Args args) {
  TRY(const JsonPath path, path_at(args, 1));
  TRY(const std::int64_t fails, integer_at(args, 2));
  const auto found = find_json(args[0], path);
  const bool on_empty = (fails & 1) != 0;
  const bool on_error = (fails & 2) != 0;
  if (found.empty()) return on_empty ? Result<Value>(error<3966>("json_value")) : Value();
  if (found.size() > 1) return on_error ? Result<Value>(error<3967>("json_value")) : Value();
  const Value& scalar = *found.front();
  if (scalar.is_null() || scalar.type() == value::Type::undefined) return Value();
  return text_of_json(scalar);
}

Result<Value> pretty(const SingleCall&, Args args) {
  return Value::string(print_json_in_lines(args[0]));
}

Result<Value> storage_size(const SingleCall&, Args args) {
  return integer(static_cast<std::int64_t>(print_json(args[0]).size()));
}

constexpr OperationRow kOperations[] = {
    strict(kExtract, "sql.json_extract", 2, extract),
    strict(kUnquoteText, "sql.json_unquote_text", 1, unquote_text, "json_unquote"),
    strict(kUnquoteJson, "sql.json_unquote", 1, unquote_json),
    strict(kQuote, "sql.json_quote", 1, quote),
    strict(kKeys, "sql.json_keys", 1, keys),
    strict(kLength, "sql.json_length", 1, length),
    strict(kDepth, "sql.json_depth", 1, depth),
    strict(kType, "sql.json_type", 1, type),
    strict(kValid, "sql.json_valid", 1, valid),
    strict(kValueText, "sql.json_value", 3, value_text),
    strict(kPretty, "sql.json_pretty", 1, pretty),
    strict(kStorageSize, "sql.json_storage_size", 1, storage_size),
};

Result<Typed> bind_extract(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  for (std::size_t i = 1; i < call.size(); ++i) TRY_STATUS(call.to_text(i));
  return call.make(kExtract, json_type());
}

Type json_text(const CallBinder& call) {
  const value::Collation* collation = value::find_collation("utf8mb4_bin");
  return text_type(collation == nullptr ? *call.session().collation : *collation, kMaxWidth);
}

Result<Typed> bind_unquote(CallBinder& call) {
  if (call.type(0).kind() == Kind::json) return call.make(kUnquoteJson, json_text(call));
  if (!call.type(0).is_string() && call.type(0).kind() != Kind::null) {
    return error<3064>("1", "json_unquote");
  }
  TRY_STATUS(call.to_text(0));
  return call.make(kUnquoteText, json_text(call));
}

Result<Typed> bind_quote(CallBinder& call) {
  if (!call.type(0).is_string() && call.type(0).kind() != Kind::null) {
    return error<3064>("1", "json_quote");
  }
  TRY_STATUS(call.to_text(0));
  return call.make(kQuote, json_text(call));
}

template <std::uint16_t kNumber>
Result<Typed> bind_number(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  if (call.size() > 1) TRY_STATUS(call.to_text(1));
  return call.make(kNumber, big_integer(false, 10));
}

Result<Typed> bind_keys(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  if (call.size() > 1) TRY_STATUS(call.to_text(1));
  return call.make(kKeys, json_type());
}

Result<Typed> bind_type(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  return call.make(kType, session_text(call, 51));
}

Result<Typed> bind_valid(CallBinder& call) {
  const Type& of = call.type(0);
  if (of.is_string() || of.kind() == Kind::null) {
    TRY_STATUS(call.to_string(0));
    return call.make(kValid, boolean_type());
  }
  // JSON is; a number is no text of it. Null stays null.
  const bool is_json = of.kind() == Kind::json;
  Typed missing{algebra::constant(Value()), boolean_type()};
  Typed answer{algebra::constant(boolean(is_json)), never_null(boolean_type())};
  TRY(Typed is_null, bind_is(Truth::null, false, call[0], call.context()));
  return bind_case(std::nullopt, {{std::move(is_null), std::move(missing)}}, std::move(answer),
                   call.context());
}

Result<Typed> bind_pretty(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  return call.make(kPretty, json_text(call));
}

Result<Typed> bind_storage_free(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  return Typed{algebra::constant(integer(0)), never_null(big_integer(false, 10))};
}

// JSON_VALUE(document, path [RETURNING type] [NULL | ERROR ON EMPTY] [NULL | ERROR ON ERROR])
Result<Typed> bind_value(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  TRY_STATUS(call.to_text(1));
  const DataType* returning = nullptr;
  std::int64_t fails = 0;
  for (std::size_t i = 2; i < call.size(); ++i) {
    const CallArgument& argument = call.argument(i);
    if (argument.data_type != nullptr) returning = argument.data_type;
    if (argument.before == "default") return call.not_supported();
    if (argument.before == "error on") fails |= argument.word == "EMPTY" ? 1 : 2;
  }
  const value::Collation& collation = *call.session().collation;
  constexpr std::uint32_t kDefaultLength = 512;
  Typed how{algebra::constant(integer(fails)), never_null(big_integer())};
  Typed found = call.make_of(kValueText, {call[0], call[1], std::move(how)},
                             text_type(collation, kDefaultLength));
  if (returning == nullptr) return found;
  return bind_cast(std::move(found), *returning, call.context());
}

constexpr NameRow kNames[] = {
    {"JSON_DEPTH", 1, 1, bind_number<kDepth>},
    {"JSON_EXTRACT", 2, kAnyNumber, bind_extract},
    {"JSON_KEYS", 1, 2, bind_keys},
    {"JSON_LENGTH", 1, 2, bind_number<kLength>},
    {"JSON_PRETTY", 1, 1, bind_pretty},
    {"JSON_QUOTE", 1, 1, bind_quote},
    {"JSON_STORAGE_FREE", 1, 1, bind_storage_free},
    {"JSON_STORAGE_SIZE", 1, 1, bind_number<kStorageSize>},
    {"JSON_TYPE", 1, 1, bind_type},
    {"JSON_UNQUOTE", 1, 1, bind_unquote},
    {"JSON_VALID", 1, 1, bind_valid},
    {"JSON_VALUE", 2, 7, bind_value},
};

}  // namespace

std::span<const OperationRow> json_read_operations() { return kOperations; }
std::span<const NameRow> json_read_names() { return kNames; }

}  // namespace octavo::sql
