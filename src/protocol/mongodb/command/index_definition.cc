#include "protocol/mongodb/command/index_definition.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/index/wildcard.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/text/spec.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/partial_filter.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::Field;
using value::Value;

constexpr std::string_view kKey = "key", kName = "name", kUnique = "unique", kSparse = "sparse",
                           kPartial = "partialFilterExpression", kVersion = "v",
                           kExpire = "expireAfterSeconds", kHiddenOption = "hidden",
                           kCollation = "collation";

// What an index may be made with. `kept`: it is shown by listIndexes.
struct OptionRow {
  std::string_view name;
  FieldTypes types = field::kAny;
  bool kept = true;
  bool of_identity = false;  // an index that differs in it is another one
  bool as_given = false;     // shown also where it says no
  bool of_id = false;        // may stand in the specification of the index of `_id`
};
constexpr OptionRow kOptions[] = {
    {.name = kVersion, .types = field::kNumber, .kept = false, .of_id = true},
    {.name = kKey, .types = field::kObject, .kept = false, .of_id = true},
    {.name = kName, .types = field::kString, .kept = false, .of_id = true},
    {.name = "ns", .types = field::kString, .kept = false, .of_id = true},
    {kUnique, field::kFlag, true, true},
    {"wildcardProjection", field::kObject, true, true},
    {"2dsphereIndexVersion", field::kNumber},
    {"min", field::kNumber},
    {"max", field::kNumber},
    {"bits", field::kNumber},
    {"weights", field::kObject | field::kString},
    {"default_language", field::kString},
    {"language_override", field::kString},
    {"textIndexVersion", field::kNumber},
    {kSparse, field::kFlag, true, true},
    {kPartial, field::kObject, true, true},
    {kExpire},  // has codes of its own
    {kHiddenOption, field::kBool},
    {.name = kCollation, .types = field::kObject, .of_identity = true, .of_id = true},
    {.name = "background", .types = field::kFlag, .as_given = true},
    {"storageEngine", field::kObject},
    {"prepareUnique", field::kFlag},
    {"dropDups", field::kFlag, false},
    {.name = "clustered", .types = field::kFlag, .kept = false, .of_id = true},
};

const OptionRow* find_option_row(std::string_view name) {
  const auto* const row = std::ranges::find(kOptions, name, &OptionRow::name);
  return row == std::end(kOptions) ? nullptr : row;
}

std::unexpected<Error> in_specification(const Value& given, Error failed) {
  return std::unexpected(
      caused_by(fmt::format("Error in specification {}", print(given)), std::move(failed)));
}

std::unexpected<Error> refused(std::string_view why) {
  return error(ErrorCode::cannot_create_index, "{}", why);
}

// A whole number of an option; nothing: it was not given.
std::optional<std::int64_t> number_of(const Value& given, std::string_view name) {
  const Value* const number = given.find(name);
  if (number == nullptr) return std::nullopt;
  return number->to_int64().value_or(-1);
}

Status check_version(const Value& given, std::string_view name) {
  const auto version = number_of(given, name);
  if (!version || (*version >= 1 && *version <= 3)) return {};
  return error(ErrorCode::cannot_create_index, "unsupported {}: {}", name,
               print(*given.find(name)));
}

Status check_sphere_options(const IndexSpec& /*spec*/, const Value& given) {
  return check_version(given, "2dsphereIndexVersion");
}

Status check_plane_options(const IndexSpec& spec, const Value& given) {
  if (spec.pattern.fields.front().kind != KeyKind::plane) {
    return error(16801, "2d has to be first in index");
  }
  const auto bits = number_of(given, "bits");
  if (bits && (*bits < 1 || *bits > 32)) {
    return error(ErrorCode::invalid_options,
                 "bits for hash must be > 0 and <= 32, but {} bits "
                 "were specified",
                 *bits);
  }
  const Value* const least = given.find("min");
  const Value* const most = given.find("max");
  const double from = least == nullptr ? -180.0 : least->to_double();
  const double to = most == nullptr ? 180.0 : most->to_double();
  if (from < to && std::isfinite(from) && std::isfinite(to)) return {};
  return error(ErrorCode::invalid_options,
               "region for hash must be valid and have positive area, but [{}, {}] was specified",
               from, to);
}

Status check_text_options(const IndexSpec& /*spec*/, const Value& given) {
  return check_version(given, "textIndexVersion");
}

Status check_wildcard_options(const IndexSpec& spec, const Value& given) {
  for (const std::string_view option : {kSparse, kExpire}) {
    if (given.find(option) == nullptr) continue;
    return error(ErrorCode::cannot_create_index,
                 "Index type 'wildcard' does not support the {} option", option);
  }
  if (given.find(kVersion) != nullptr && number_of(given, kVersion) != 2) {
    return refused("A wildcard index needs the index version v:2");
  }
  const bool hashed = spec.pattern.has(KeyKind::hashed);
  return hashed ? Status(refused("A wildcard index has no hashed field beside it")) : Status();
}

struct KindChecks {
  SpecialKind kind;
  std::string_view name;
  Status (*check)(const IndexSpec& spec, const Value& given);
};
constexpr KindChecks kKindChecks[] = {
    {SpecialKind::sphere, "2dsphere", check_sphere_options},
    {SpecialKind::plane, "2d", check_plane_options},
    {SpecialKind::text, "text", check_text_options},
    {SpecialKind::wildcard, "wildcard", check_wildcard_options},
};

// What only some kinds of keys do.
Status check_kinds(const IndexSpec& spec, const Value& given) {
  TRY_STATUS(check_wildcard_projection(spec.pattern, given.find("wildcardProjection")));
  if (const auto kind = special_kind(spec.pattern)) {
    const auto* const row = std::ranges::find(kKindChecks, *kind, &KindChecks::kind);
    std::size_t kinds = 0;
    for (const KeyKind field :
         {KeyKind::sphere, KeyKind::plane, KeyKind::text, KeyKind::wildcard, KeyKind::hashed}) {
      kinds += spec.pattern.has(field) ? 1 : 0;
    }
    if (kinds > 1) return refused("An index has fields of one special kind");
    // Of fields beside the place nothing is kept, so that they could not tell documents apart.
    const bool by_cells = *kind == SpecialKind::sphere && spec.pattern.fields.size() == 1;
    if (spec.unique && !by_cells) {
      return error(ErrorCode::cannot_create_index,
                   "Index type '{}' does not support the unique option", row->name);
    }
    return row->check(spec, given);
  }
  if (spec.pattern.has(KeyKind::hashed) && spec.unique) {
    return error(16764,
                 "Currently hashed indexes cannot guarantee uniqueness. Use a regular "
                 "index.");
  }
  return {};
}

// The options as MongoDB completes them.
Status complete(const IndexSpec& spec, const Value& given, value::ObjectBuilder& kept) {
  const auto kind = special_kind(spec.pattern);
  if (kind == SpecialKind::sphere && given.find("2dsphereIndexVersion") == nullptr) {
    kept.set("2dsphereIndexVersion", Value::int32(3));
  }
  if (kind != SpecialKind::text) return {};
  TRY(TextOptions options, complete_text_options(given));
  kept.set(kKey, std::move(options.key));
  kept.set("weights", std::move(options.weights));
  kept.set("default_language", Value::string(options.language));
  kept.set("language_override", Value::string(options.override_name));
  if (given.find("textIndexVersion") == nullptr) kept.set("textIndexVersion", Value::int32(3));
  return {};
}

// In the words of a specification, which is shown.
std::unexpected<Error> wrong_expiry(const IndexSpec& spec, std::string_view text) {
  return error(ErrorCode::cannot_create_index, "{}. Index spec: {}", text, print(spec.document));
}

Status check_expiry(const IndexSpec& spec, const Value& seconds) {
  if (!seconds.is_number()) {
    return wrong_expiry(spec, fmt::format("TTL index '{}' option must be numeric, but received a "
                                          "type of '{}'",
                                          kExpire, field_type_name(seconds)));
  }
  if (const Status checked = check_expiry_seconds(seconds); !checked) {
    return wrong_expiry(spec, checked.error().what);
  }
  if (spec.pattern.fields.size() == 1) return {};
  return wrong_expiry(spec,
                      "TTL indexes are single-field indexes, compound indexes do not support TTL");
}

bool is_id_key(const Value& key) {
  return key.is_object() && key.as_object().size() == 1 &&
         key.as_object().front().name == kIdField && key.as_object().front().value.is_number() &&
         key.as_object().front().value.to_double() > 0;
}

// Of the index that every collection has, whatever it is asked for.
Status check_id_options(const Value& given) {
  for (const Field& option : given.as_object()) {
    const OptionRow* const row = find_option_row(option.name);
    if (row == nullptr || row->of_id) continue;
    return error(ErrorCode::invalid_index_specification_option,
                 "The field '{}' is not valid for an _id index specification. Specification: {}",
                 option.name, print(given));
  }
  return {};
}

Result<Value> find_required(const Value& given, std::string_view name) {
  const Value* const found = given.find(name);
  if (found != nullptr) return *found;
  return error(ErrorCode::failed_to_parse,
               "The '{}' field is a required property of an index "
               "specification",
               name);
}

// In full, and not at all where strings compare by their bytes.
Status read_collation_of(IndexSpec& spec) {
  const Value* const given = spec.document.find(kCollation);
  if (given == nullptr) return {};
  spec.says_collation = true;
  TRY(auto full, read_collation("createIndexes.indexes.collation", *given));
  value::ObjectBuilder document(spec.document);
  if (full) {
    document.set(kCollation, *std::move(full));
  } else {
    document.erase(kCollation);
  }
  spec.document = std::move(document).build();
  return {};
}

// The options in the order in which they were given, behind version, key and name.
Result<IndexSpec> parse(const Value& given, bool ignore_unknown) {
  IndexSpec spec;
  for (const Field& option : given.as_object()) {
    const OptionRow* const row = find_option_row(option.name);
    if (row == nullptr) {
      if (ignore_unknown) continue;
      return error(ErrorCode::invalid_index_specification_option,
                   "The field '{}' is not valid for an index specification.", option.name);
    }
    if ((field_type(option.value) & row->types) == 0) {
      return error(ErrorCode::type_mismatch, "The field '{}' must be a different type than {}",
                   option.name, field_type_name(option.value));
    }
  }
  TRY(const Value key, find_required(given, kKey));
  TRY(const Value name, find_required(given, kName));
  if (name.as_string().empty()) {
    return error(ErrorCode::cannot_create_index, "index name cannot be empty");
  }
  spec.name = name.as_string();
  TRY(spec.pattern, parse_key_pattern(key));
  spec.is_id = is_id_key(key);
  if (spec.is_id) TRY_STATUS(check_id_options(given));
  const Value* const unique = given.find(kUnique);
  spec.unique = unique != nullptr && to_flag(*unique);
  std::vector<Field> kept = {{"v", Value::int32(2)}, {"key", key}, {"name", name}};
  for (const Field& option : given.as_object()) {
    const OptionRow* const row = find_option_row(option.name);
    if (row == nullptr || !row->kept) continue;
    // A flag that is off is as if it were not there.
    const bool is_flag = row->types == field::kFlag || row->types == field::kBool;
    if (is_flag && !to_flag(option.value) && !row->as_given) continue;
    kept.push_back({option.name, is_flag && !row->as_given ? Value::boolean(true) : option.value});
  }
  TRY_STATUS(check_kinds(spec, given));
  value::ObjectBuilder completed(Value::object(std::move(kept)));
  TRY_STATUS(complete(spec, given, completed));
  spec.document = std::move(completed).build();
  if (const Value* const seconds = spec.document.find(kExpire)) {
    TRY_STATUS(check_expiry(spec, *seconds));
  }
  TRY_STATUS(read_collation_of(spec));
  if (spec.document.find(kSparse) != nullptr && spec.document.find(kPartial) != nullptr) {
    return error(ErrorCode::cannot_create_index,
                 "cannot mix \"partialFilterExpression\" and \"sparse\" options");
  }
  return spec;
}

bool is_same(const Value& a, const Value& b, std::string_view name) {
  const Value* const left = a.find(name);
  const Value* const right = b.find(name);
  if (left == nullptr || right == nullptr) return left == right;
  return equal(*left, *right);
}

// Whether they are the same index under two names, by key and by what makes it another one.
bool has_identity_of(const Value& a, const Value& b) {
  return is_same(a, b, kKey) && std::ranges::all_of(kOptions, [&](const OptionRow& row) {
           return !row.of_identity || is_same(a, b, row.name);
         });
}
bool has_options_of(const Value& a, const Value& b) {
  return std::ranges::all_of(kOptions, [&](const OptionRow& row) {
    return !row.kept || row.of_identity || is_same(a, b, row.name);
  });
}

}  // namespace

Result<IndexSpec> parse_index_spec(const Value& given, std::string_view /*ns*/,
                                   bool ignore_unknown) {
  auto spec = parse(given, ignore_unknown);
  if (!spec) return in_specification(given, std::move(spec).error());
  return spec;
}

Result<IndexDefinition> define_index(const IndexSpec& spec, std::string_view primary_key,
                                     const Variables& variables, const engine::Engine& engine) {
  IndexRule rule{.primary_key = std::string(primary_key), .pattern = spec.pattern};
  rule.sparse = spec.document.find(kSparse) != nullptr;
  rule.collation = collation_name(spec.document.find(kCollation));
  if (const Value* const filter = spec.document.find(kPartial)) {
    const Variables collated =
        rule.collation.empty() ? variables : with_collation(variables, rule.collation);
    TRY(rule.partial,
        parse_filter(*filter, {.variables = collated, .place = FilterPlace::partial_index}));
    TRY_STATUS(check_partial_filter(*filter));
  }
  IndexDefinition index;
  index.name = spec.name;
  index.kind = catalog::kOrderedIndex;
  index.unique = spec.unique;
  index.options = Value::object({{"multi", Value::boolean(true)}, {"once", Value::boolean(true)}});
  if (const Value* const seconds = spec.document.find(kExpire)) {
    TRY_STATUS(set_expiry(index, spec.pattern, to_integer(*seconds)));
  }
  index.forms.set(kProtocolName, spec.document);
  if (!special_kind(spec.pattern)) {
    TRY_STATUS(algebra::encode(entries_function(rule), index.function));
    return index;
  }
  const SpecialDefinition special =
      define_special({.pattern = spec.pattern, .spec = spec.document},
                     {.primary_key = rule.primary_key, .partial = rule.partial});
  for (const auto& kind : engine.index_kinds()) {
    if (kind.name == special.kind) index.kind = kind.id;
  }
  index.options = special.options;
  TRY_STATUS(algebra::encode(special.function, index.function));
  return index;
}

Result<IndexDefinition> define_id_index(const Value& collation, const Variables& variables,
                                        const engine::Engine& engine) {
  IndexSpec spec;
  spec.name = kIdIndexName;
  spec.unique = true;
  value::ObjectBuilder document(id_index());
  document.set(kCollation, collation);
  spec.document = std::move(document).build();
  TRY(spec.pattern, parse_key_pattern(*spec.document.find(kKey)));
  TRY(IndexDefinition index, define_index(spec, kIdField, variables, engine));
  index.hidden = true;
  return index;
}

IndexSpec with_collation_of(const TableDefinition& table, IndexSpec spec) {
  const Value* const own = own_collation(table);
  if (spec.says_collation || own == nullptr) return spec;
  value::ObjectBuilder document(spec.document);
  document.set(kCollation, *own);
  spec.document = std::move(document).build();
  return spec;
}

Status check_expiry_seconds(const Value& seconds) {
  constexpr double kMostSeconds = 2'147'483'647;
  const double given = seconds.to_double();
  if (given < 0) {
    return error(ErrorCode::invalid_options, "TTL index '{}' option cannot be less than 0",
                 kExpire);
  }
  if (given <= kMostSeconds && given == std::floor(given)) return {};
  return error(ErrorCode::invalid_options,
               "TTL index '{}' option must be within an acceptable range, try a different number "
               "than {}",
               kExpire, print(seconds));
}

// What is hashed is no time, so that its documents stay.
Status set_expiry(IndexDefinition& index, const KeyPattern& pattern,
                  std::optional<std::int64_t> seconds) {
  constexpr std::string_view kOption = "expire_after_seconds";
  if (!index.options.is_object()) return fail(Code::unsupported, "The index has no options.");
  value::ObjectBuilder options(index.options);
  if (seconds && pattern.is_ordered()) {
    options.set(kOption, Value::int64(*seconds));
  } else {
    options.erase(kOption);
  }
  index.options = std::move(options).build();
  return {};
}

Result<bool> exists_already(const TableDefinition& table, const IndexSpec& spec) {
  if (spec.is_id) return true;
  for (const IndexDefinition& index : table.indexes) {
    if (index.hidden) continue;
    const Value there = shown_index(table, index);
    const bool same_name = index.name == spec.name;
    const bool same_identity = has_identity_of(there, spec.document);
    if (same_name && !same_identity) {
      return error(ErrorCode::index_key_specs_conflict,
                   "An existing index has the same name as the requested index. When index names "
                   "are not specified, they are auto generated and can cause conflicts. Please "
                   "refer to our documentation. Requested index: {}, existing index: {}",
                   print(spec.document), print(there));
    }
    if (same_identity && !same_name) {
      return error(ErrorCode::index_options_conflict,
                   "Index already exists with a different name: {}", index.name);
    }
    if (same_identity && !has_options_of(there, spec.document)) {
      return error(ErrorCode::index_options_conflict,
                   "An equivalent index already exists with the same name but different options. "
                   "Requested index: {}, existing index: {}",
                   print(spec.document), print(there));
    }
    if (same_identity) return true;
  }
  return false;
}

std::optional<SpecialIndex> special_index(const IndexDefinition& index) {
  const Value* const spec = given_spec(index);
  if (spec == nullptr) return std::nullopt;
  auto pattern = parse_key_pattern(*spec->find(kKey));
  if (!pattern || !special_kind(*pattern)) return std::nullopt;
  return SpecialIndex{.pattern = *std::move(pattern), .spec = *spec};
}

Value text_index_of(const TableDefinition& table) {
  for (const IndexDefinition& index : table.indexes) {
    if (!index.ready || index.hidden) continue;
    const auto special = special_index(index);
    if (special && special_kind(special->pattern) == SpecialKind::text) return special->spec;
  }
  return Value::null();
}

const Value* given_spec(const IndexDefinition& index) {
  const Value& spec = index.forms.of(kProtocolName);
  return spec.is_object() ? &spec : nullptr;
}

Value shown_key_pattern(const TableDefinition& table, const IndexDefinition& index) {
  if (const Value* const spec = given_spec(index)) return *spec->find(kKey);
  std::vector<Field> fields;
  for (const catalog::IndexPart& part : index.parts) {
    const auto* const column = table.find_column(part.column);
    if (column != nullptr) {
      fields.push_back({column->name, Value::int32(part.descending ? -1 : 1)});
    }
  }
  // An index by a function is about what its name says.
  if (fields.empty()) fields.push_back({index.name, Value::int32(1)});
  return Value::object(std::move(fields));
}

Value shown_index(const TableDefinition& table, const IndexDefinition& index) {
  if (const Value* const spec = given_spec(index)) return *spec;
  std::vector<Field> fields = {{"v", Value::int32(2)},
                               {"key", shown_key_pattern(table, index)},
                               {"name", Value::string(index.name)}};
  if (index.unique) fields.push_back({"unique", Value::boolean(true)});
  return Value::object(std::move(fields));
}

Value id_index() {
  return Value::object({{"v", Value::int32(2)},
                        {"key", Value::object({{std::string(kIdField), Value::int32(1)}})},
                        {"name", Value::string(kIdIndexName)}});
}

Value id_index(const TableDefinition& table) {
  const Value* const collation = own_collation(table);
  const Value* const clustered = find_option(table, "clusteredIndex");
  if (collation == nullptr && clustered == nullptr) return id_index();
  value::ObjectBuilder document(clustered == nullptr ? id_index() : *clustered);
  if (clustered != nullptr) document.set("clustered", Value::boolean(true));
  if (collation != nullptr) document.set(kCollation, *collation);
  return std::move(document).build();
}

std::int32_t index_count(const TableDefinition& table) {
  const auto hidden = std::ranges::count(table.indexes, true, &IndexDefinition::hidden);
  return static_cast<std::int32_t>(std::ssize(table.indexes) - hidden + 1);
}

Value entry_as_shown(const Value& entry) {
  if (!entry.is_array() || entry.as_array().size() != 1 ||
      entry.as_array().front().type() != value::Type::bytes) {
    return entry;
  }
  ByteReader reader(entry.as_array().front().as_bytes());
  auto decoded = value::decode_key(reader);
  return decoded ? *std::move(decoded) : entry;
}

}  // namespace octavo::mongodb
