// COERCE_TO, TYPE_OF and INFO.

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"
#include "dialect/reql/text/json_out.h"
#include "dialect/reql/text/print_js.h"
#include "value/utf8.h"

namespace octavo::reql {
namespace {

// Names of kinds as type_of and coerce_to spell them.
std::string_view kind_type_name(const Val& val) {
  switch (val.kind()) {
    case Kind::datum: return "DATUM";
    case Kind::database: return "DB";
    case Kind::table: return "TABLE";
    case Kind::table_slice: return "TABLE_SLICE";
    case Kind::selection:
      return val.selection().rows->is_array() ? "SELECTION<ARRAY>" : "SELECTION<STREAM>";
    case Kind::sequence: return val.stream()->grouped() ? "GROUPED_STREAM" : "STREAM";
    case Kind::single_selection: return "SELECTION<OBJECT>";
    case Kind::grouped: return "GROUPED_DATA";
    case Kind::function: return "FUNCTION";
  }
  std::unreachable();
}

std::string_view type_of_val(const Val& val) {
  return val.is_datum() ? type_name(val.datum()) : kind_type_name(val);
}

// Pseudotypes but BINARY coerce as the objects that they are on the wire.
std::string_view coercion_name(const Value& datum) {
  switch (datum.type()) {
    case Type::bytes: return "BINARY";
    case Type::timestamp:
    case Type::geometry:
    case Type::object: return "OBJECT";
    default: return type_name(datum);
  }
}

constexpr std::string_view kTypeNames[] = {"DB",
                                           "TABLE",
                                           "TABLE_SLICE",
                                           "SELECTION<STREAM>",
                                           "SELECTION<ARRAY>",
                                           "STREAM",
                                           "SELECTION<OBJECT>",
                                           "DATUM",
                                           "FUNCTION",
                                           "GROUPED_DATA",
                                           "NULL",
                                           "BINARY",
                                           "BOOL",
                                           "NUMBER",
                                           "STRING",
                                           "ARRAY",
                                           "OBJECT",
                                           "MINVAL",
                                           "MAXVAL"};

// Whether a value of this kind is one of `target` as it stands.
bool is_already(const Val& val, std::string_view target) {
  const Kind kind = val.kind();
  const bool selects = kind == Kind::table || kind == Kind::table_slice || kind == Kind::selection;
  if (target == "DATUM") return kind == Kind::datum || kind == Kind::single_selection;
  if (target == "STREAM") return selects || kind == Kind::sequence || kind == Kind::datum;
  if (target == "SELECTION<STREAM>") return selects;
  if (target == "TABLE_SLICE") return kind == Kind::table || kind == Kind::table_slice;
  if (target == "SELECTION<OBJECT>") return kind == Kind::single_selection;
  return kind != Kind::datum && target == kind_type_name(val);
}

Result<Value> parse_number(const Value& text) {
  const std::string copy(text.as_string());
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end == copy.c_str() || *end != '\0') {
    return fail_logic(fmt::format("Could not coerce `{}` to NUMBER.", copy));
  }
  return make_number(number);
}

Result<Value> utf8_text(BytesView bytes) {
  if (const auto invalid = value::find_invalid_utf8(bytes)) {
    return fail_logic(fmt::format(
        "String `{}` (truncated) is not a UTF-8 string; Invalid encoding at position {}.",
        bytes.substr(0, std::min<std::size_t>(*invalid, 20)), *invalid));
  }
  return string(bytes);
}

// A datum as another kind of datum; nullopt when there is no such coercion.
Result<std::optional<Value>> coerce_datum(Env& env, const Value& datum, std::string_view target) {
  if (coercion_name(datum) == target) return std::optional<Value>(datum);
  if (target == "STRING") {
    if (datum.type() == Type::bytes) {
      TRY(Value text, utf8_text(datum.as_bytes()));
      return std::optional<Value>(std::move(text));
    }
    value::Charge charge(env.context().account);
    std::string json;
    TRY_STATUS(write_json(datum, json, &charge));
    return std::optional<Value>(string(json));
  }
  if (datum.is_string() && target == "BINARY") {
    return std::optional<Value>(Value::bytes(datum.as_string()));
  }
  if (datum.is_string() && target == "NUMBER") {
    TRY(Value number, parse_number(datum));
    return std::optional<Value>(std::move(number));
  }
  if (datum.is_object() && target == "ARRAY") {
    std::vector<Value> pairs;
    for (const Field& field : datum.as_object()) {
      pairs.push_back(Value::array({string(field.name), field.value}));
    }
    TRY(Value array, make_array(std::move(pairs), env.array_limit()));
    return std::optional<Value>(std::move(array));
  }
  return std::optional<Value>();
}

Result<Value> object_of_pairs(Env& env, Stream& stream) {
  TRY_STATUS(check_finite(stream));
  std::map<std::string, Value, std::less<>> fields;
  TRY_STATUS(for_each_row(env, stream, [&](const Value& pair) -> Result<bool> {
    TRY_STATUS(check_array(pair));
    if (pair.as_array().size() != 2) {
      return fail_logic(
          fmt::format("Expected array of size 2, but got size {}.", pair.as_array().size()));
    }
    const Value& key = pair.as_array()[0];
    TRY_STATUS(check_string(key));
    const auto [entry, fresh] = fields.emplace(key.as_string(), pair.as_array()[1]);
    if (!fresh) {
      return fail_logic(
          fmt::format("Duplicate key {} in coerced object.  (got {} and {} as values)", print(key),
                      print_short(entry->second), print_short(pair.as_array()[1])));
    }
    return true;
  }));
  std::vector<Field> list;
  for (auto& [name, value] : fields) list.push_back({name, std::move(value)});
  return from_fields(std::move(list));
}

Result<Val> coerce_to(Env& env, Args& args) {
  TRY(Val val, args.val(0));
  TRY(const Value wanted, args.string(1));
  std::string target(wanted.as_string());
  for (char& c : target) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (std::find(std::begin(kTypeNames), std::end(kTypeNames), target) == std::end(kTypeNames)) {
    return fail_logic(fmt::format("Unknown Type: {}", target));
  }
  const bool datum_like = val.is_datum() || val.kind() == Kind::single_selection;
  Value datum;
  if (datum_like) {
    TRY(datum, to_datum(env, val));
  }
  if (is_already(val, target)) return val;
  if (target == "BOOL") {
    if (datum_like && datum.type() == Type::boolean) return val;
    return Val(Value::boolean(!datum_like || !datum.is_null()));
  }
  if (datum_like) {
    TRY(std::optional<Value> coerced, coerce_datum(env, datum, target));
    if (coerced) return Val(*std::move(coerced));
  }
  if (val.is_sequence_like() && (target == "ARRAY" || target == "OBJECT")) {
    TRY(const StreamPtr stream, to_sequence(env, val));
    if (target == "OBJECT") {
      TRY(Value object, object_of_pairs(env, *stream));
      return Val(std::move(object));
    }
    TRY(std::vector<Value> rows, collect(env, *stream, env.array_limit()));
    return Val(Value::array(std::move(rows)));
  }
  const std::string_view from = datum_like ? coercion_name(datum) : kind_type_name(val);
  const bool absent = datum_like && datum.is_null();
  return args.at(0, fail(absent ? Code::missing_value : Code::invalid_argument,
                         fmt::format("Cannot coerce {} to {}.", from, target)));
}

Result<Val> type_of(Env& /*env*/, Args& args) {
  TRY(const Val val, args.val(0));
  return Val(string(type_of_val(val)));
}

Result<Value> info_of(Env& env, const Val& val);

Status add_table(Env& env, const TableInfo& table, std::vector<Field>& info) {
  TRY(Host* const host, env.need_host());
  TRY(const std::uint64_t count, host->estimate_count(table));
  std::vector<Value> indexes;
  for (const IndexInfo& index : table.indexes) indexes.push_back(string(index.name));
  TRY(Value database, info_of(env, Val(std::make_shared<const DatabaseInfo>(table.database))));
  info.push_back({"name", string(table.name)});
  info.push_back({"primary_key", string(table.primary_key)});
  info.push_back({"db", std::move(database)});
  info.push_back({"id", string(table.uuid)});
  info.push_back({"doc_count_estimates", Value::array({number(static_cast<double>(count))})});
  info.push_back({"indexes", Value::array(std::move(indexes))});
  return {};
}

void add_bound(const algebra::Bound& bound, std::string_view side, std::vector<Field>& info) {
  const bool is_left = side == "left_bound";
  const Type none = is_left ? Type::min_key : Type::max_key;
  const Type all = is_left ? Type::max_key : Type::min_key;
  const std::string type_key = std::string(side) + "_type";
  if (!bound.value || bound.value->type() == none) {
    info.push_back({type_key, string("unbounded")});
  } else if (bound.value->type() == all) {
    info.push_back({type_key, string("unachievable")});
  } else {
    info.push_back({std::string(side), *bound.value});
    info.push_back({type_key, string(bound.inclusive ? "closed" : "open")});
  }
}

Status add_slice(Env& env, const TableSlice& slice, std::vector<Field>& info) {
  TRY(Value table, info_of(env, Val(slice.table)));
  info.push_back({"table", std::move(table)});
  info.push_back({"index", slice.index ? string(*slice.index) : Value::null()});
  info.push_back(
      {"sorting", string(!slice.order                                    ? "UNORDERED"
                         : *slice.order == algebra::Direction::ascending ? "ASCENDING"
                                                                         : "DESCENDING")});
  add_bound(slice.range.lower, "left_bound", info);
  add_bound(slice.range.upper, "right_bound", info);
  return {};
}

Result<Value> info_of(Env& env, const Val& val) {
  std::vector<Field> info{{"type", string(type_of_val(val))}};
  const auto add_owner = [&](const TablePtr& table) -> Status {
    TRY(Value owner, info_of(env, Val(table)));
    info.push_back({"table", std::move(owner)});
    return {};
  };
  switch (val.kind()) {
    case Kind::database:
      info.push_back({"name", string(val.database()->name)});
      info.push_back({"id", string(val.database()->uuid)});
      break;
    case Kind::table: TRY_STATUS(add_table(env, *val.table(), info)); break;
    case Kind::table_slice: TRY_STATUS(add_slice(env, val.slice(), info)); break;
    case Kind::selection: TRY_STATUS(add_owner(val.selection().table)); break;
    case Kind::single_selection: TRY_STATUS(add_owner(val.single().table)); break;
    case Kind::function:
      info.push_back({"source_code", string(print_function(val.function()))});
      break;
    case Kind::datum: {
      const Type type = val.datum().type();
      if (type == Type::bytes) {
        info.push_back({"count", number(static_cast<double>(val.datum().as_bytes().size()))});
      }
      if (type != Type::null && type != Type::min_key && type != Type::max_key) {
        info.push_back({"value", string(print(val.datum()))});
      }
      break;
    }
    case Kind::sequence:
    case Kind::grouped: break;
  }
  return make_object(std::move(info));
}

Result<Val> info(Env& env, Args& args) {
  TRY(const Val val, args.val(0));
  TRY(Value described, info_of(env, val));
  return Val(std::move(described));
}

constexpr Term kTerms[] = {
    {51, "coerce_to", 2, 2, {}, kScalar, coerce_to},
    {52, "type_of", 1, 1, {}, kNotGrouped | kLight | kCheap, type_of},
    {79, "info", 1, 1, {}, kNotGrouped | kReadsData, info, needs::kRead},
};

}  // namespace

std::span<const Term> type_terms() { return kTerms; }

}  // namespace octavo::reql
