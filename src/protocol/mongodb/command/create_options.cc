#include "protocol/mongodb/command/create_options.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Field;
using value::Type;
using value::Value;

const Value* given(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

// {_id: 1}
bool is_id_key(const Value& key) {
  const value::ObjectView fields = key.as_object();
  return fields.size() == 1 && fields.front().name == kIdField &&
         fields.front().value.is_number() && fields.front().value.to_double() == 1;
}

// --- Which exclude each other ---

struct Exclusion {
  std::string_view option;
  std::string_view other;
  std::uint32_t code = static_cast<std::uint32_t>(ErrorCode::invalid_options);
};
constexpr Exclusion kExclusions[] = {
    {"clusteredIndex", "viewOn", 6026500},
    {"clusteredIndex", "capped", 6049200},
    {"clusteredIndex", "max", 6049204},
    {"clusteredIndex", "timeseries"},
    {"clusteredIndex", "idIndex"},
    {"idIndex", "viewOn"},
    {"idIndex", "timeseries"},
    {"timeseries", "capped"},
    {"timeseries", "validator"},
    {"timeseries", "validationLevel"},
    {"timeseries", "validationAction"},
    {"timeseries", "viewOn"},
    {"changeStreamPreAndPostImages", "viewOn"},
    {"changeStreamPreAndPostImages", "timeseries"},
    {"expireAfterSeconds", "viewOn"},
    {"expireAfterSeconds", "capped"},
};

bool is_on(CommandCall& call, std::string_view option) {
  const Value* const value = call.find(option);
  return value != nullptr && (field_type(*value) == field::kBool ? value->as_boolean() : true);
}

Status check_exclusions(CommandCall& call) {
  for (const Exclusion& row : kExclusions) {
    if (!is_on(call, row.option) || !is_on(call, row.other)) continue;
    return error(row.code, "the options '{}' and '{}' exclude each other", row.option, row.other);
  }
  return {};
}

// --- idIndex ---

constexpr std::string_view kIdOptions[] = {"key", "name", "v", "ns", "collation"};

Status check_id_version(const Value& version) {
  if (!version.is_number()) return wrong_type("create.idIndex.v", version, field::kNumber);
  const double number = version.to_double();
  if (number != std::floor(number)) {
    return error(ErrorCode::bad_value, "Index version must be representable as a 32-bit integer");
  }
  if (number == 1 || number == 2) return {};
  return error(ErrorCode::cannot_create_index, "Invalid index version {}", number);
}

// The index that there is in any case: it can be said, and not changed.
Status check_id_index(const Value& index) {
  for (const Field& option : index.as_object()) {
    if (std::ranges::find(kIdOptions, option.name) != std::end(kIdOptions)) continue;
    return error(ErrorCode::invalid_index_specification_option,
                 "The field '{}' is not valid for an _id index specification.", option.name);
  }
  const Value* const key = index.find("key");
  const Value* const name = index.find("name");
  if (key == nullptr || name == nullptr) {
    return error(ErrorCode::failed_to_parse,
                 "'key' and 'name' are required properties of an index specification");
  }
  if (!key->is_object()) return wrong_type("create.idIndex.key", *key, field::kObject);
  if (!name->is_string()) return wrong_type("create.idIndex.name", *name, field::kString);
  if (!is_id_key(*key)) {
    return error(ErrorCode::bad_value, "The field 'key' for an _id index must be {{_id: 1}}");
  }
  if (name->as_string().empty()) {
    return error(ErrorCode::cannot_create_index, "index name cannot be empty");
  }
  if (const Value* const version = index.find("v")) return check_id_version(*version);
  return {};
}

// It compares as its collection does.
Status check_id_collation(CommandCall& call, const Value& index) {
  const Value* const collation = given(index, "collation");
  if (collation == nullptr) return {};
  if (!collation->is_object()) {
    return wrong_type("create.idIndex.collation", *collation, field::kObject);
  }
  const Value* const of_collection = call.find("collation");
  if (of_collection != nullptr && equal(*of_collection, *collation)) return {};
  return error(ErrorCode::bad_value, "'idIndex' must have the same collation as the collection.");
}

// --- clusteredIndex ---

constexpr FieldRow kClusteredFields[] = {{"key", field::kObject, required},
                                         {"unique", field::kFlag, required},
                                         {"name", field::kString},
                                         {"v", field::kNumber}};

Status check_clustered(const Value& index) {
  constexpr std::uint32_t kOldForm = 5979703;
  constexpr std::uint32_t kNotUnique = 5979700;
  constexpr std::uint32_t kVersion = 5979704;
  if (!index.is_object()) {
    if (!to_flag(index)) return {};
    return error(kOldForm,
                 "The 'clusteredIndex' legacy format {{clusteredIndex: <bool>}} is only "
                 "supported for specific internal collections");
  }
  TRY_STATUS(check_fields("create.clusteredIndex", index.as_object(), kClusteredFields));
  if (!is_id_key(*index.find("key"))) {
    return error(ErrorCode::invalid_index_specification_option,
                 "The clusteredIndex option supports cluster key like {{ _id: 1 }}");
  }
  if (!to_flag(*index.find("unique"))) {
    return error(kNotUnique, "The clusteredIndex option requires unique: true to be specified");
  }
  const Value* const version = given(index, "v");
  if (version == nullptr || version->to_double() == 2) return {};
  return error(kVersion, "clusteredIndex supports the version 2 alone");
}

// --- timeseries ---

constexpr FieldRow kTimeseriesFields[] = {
    {"timeField", field::kString, required},   {"metaField", field::kString},
    {"granularity", field::kString},           {"bucketMaxSpanSeconds", field::kNumber},
    {"bucketRoundingSeconds", field::kNumber},
};
constexpr std::string_view kGranularities[] = {"seconds", "minutes", "hours"};
constexpr std::string_view kBuckets[] = {"bucketMaxSpanSeconds", "bucketRoundingSeconds"};

Status check_field_of_time(std::string_view name, std::string_view field) {
  if (field.find('\0') != field.npos) {
    return error(ErrorCode::bad_value, "'{}' may have no null byte", name);
  }
  if (field.find('.') != field.npos) {
    return error(ErrorCode::invalid_options, "'{}' must not contain '.'", name);
  }
  return {};
}

Status check_buckets(const Value& options) {
  constexpr double kMostSeconds = 31'536'000;
  for (const std::string_view name : kBuckets) {
    const Value* const number = given(options, name);
    if (number == nullptr) continue;
    const double seconds = static_cast<double>(to_integer(*number));
    if (seconds >= 1 && seconds <= kMostSeconds) continue;
    return error(ErrorCode::bad_value, "'{}' has to be between 1 and {}", name, kMostSeconds);
  }
  const Value* const span = given(options, kBuckets[0]);
  const Value* const rounding = given(options, kBuckets[1]);
  const bool one_alone = (span == nullptr) != (rounding == nullptr);
  const bool differ =
      span != nullptr && rounding != nullptr && to_integer(*span) != to_integer(*rounding);
  if (one_alone || differ || (span != nullptr && given(options, "granularity") != nullptr)) {
    return error(ErrorCode::invalid_options,
                 "'{}' and '{}' are given together, are equal, and exclude 'granularity'",
                 kBuckets[0], kBuckets[1]);
  }
  return {};
}

// --- expireAfterSeconds ---

Status check_expiry(CommandCall& call, const Value& expiry) {
  constexpr std::string_view kOff = "off";
  if (expiry.is_string()) {
    if (expiry.as_string() == kOff) return {};
    return wrong_type("create.expireAfterSeconds", expiry, field::kNumber);
  }
  if (!is_on(call, "timeseries") && !is_on(call, "clusteredIndex")) {
    return error(ErrorCode::invalid_options,
                 "'expireAfterSeconds' is only supported on time-series collections or when the "
                 "'clusteredIndex' option is specified");
  }
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const std::int64_t seconds = to_integer(expiry);
  const std::int64_t now =
      call.context().evaluation.now_ns / kNanosPerSecond;  // nothing is older than 1970
  if (seconds >= 0 && seconds <= now) return {};
  return error(ErrorCode::invalid_options,
               "TTL index 'expireAfterSeconds' option must be within an acceptable range");
}

}  // namespace

Status check_timeseries(std::string_view path, const Value& options) {
  TRY_STATUS(check_fields(path, options.as_object(), kTimeseriesFields));
  const std::string_view time = options.find("timeField")->as_string();
  TRY_STATUS(check_field_of_time("timeField", time));
  if (const Value* const meta = given(options, "metaField")) {
    TRY_STATUS(check_field_of_time("metaField", meta->as_string()));
    if (meta->as_string() == time || meta->as_string() == kIdField) {
      return error(ErrorCode::invalid_options,
                   "'metaField' cannot be \"_id\" and cannot be the same as 'timeField'");
    }
  }
  if (const Value* const granularity = given(options, "granularity")) {
    const auto* const known = std::ranges::find(kGranularities, granularity->as_string());
    if (known == std::end(kGranularities)) {
      return error(ErrorCode::bad_value,
                   "Enumeration value '{}' for field '{}.granularity' is not a valid value.",
                   granularity->as_string(), path);
    }
  }
  return check_buckets(options);
}

Value kept_clustered(const Value& index) {
  const Value* const name = given(index, "name");
  return Value::object({{"v", Value::int32(2)},
                        {"key", *index.find("key")},
                        {"name", name == nullptr ? Value::string("_id_") : *name},
                        {"unique", Value::boolean(true)}});
}

Value kept_timeseries(const Value& options) {
  // The longest time in a bucket, as MongoDB chooses it by the granularity.
  constexpr std::int64_t kSpans[] = {3'600, 86'400, 2'592'000};
  std::vector<Field> kept;
  for (const std::string_view name : {"timeField", "metaField"}) {
    if (const Value* const field = given(options, name))
      kept.push_back({std::string(name), *field});
  }
  if (given(options, kBuckets[0]) != nullptr) {
    for (const std::string_view name : kBuckets) {
      const auto seconds = to_integer(*options.find(name));
      kept.push_back({std::string(name), Value::int32(static_cast<std::int32_t>(seconds))});
    }
    return Value::object(std::move(kept));
  }
  const Value* const asked = given(options, "granularity");
  const std::string_view word = asked == nullptr ? kGranularities[0] : asked->as_string();
  const auto* const row = std::ranges::find(kGranularities, word);
  kept.push_back({"granularity", Value::string(word)});
  kept.push_back({std::string(kBuckets[0]),
                  Value::int32(static_cast<std::int32_t>(kSpans[row - kGranularities]))});
  return Value::object(std::move(kept));
}

Status check_images(std::string_view path, const Value& images) {
  static constexpr FieldRow kFields[] = {{"enabled", field::kBool, required}};
  return check_fields(path, images.as_object(), kFields);
}

Status check_create_options(CommandCall& call) {
  if (const Value* const collation = call.find("collation")) {
    TRY_STATUS(read_collation("create.collation", *collation));
  }
  if (const Value* const clustered = call.find("clusteredIndex")) {
    TRY_STATUS(check_clustered(*clustered));
  }
  if (const Value* const series = call.find("timeseries")) {
    TRY_STATUS(check_timeseries("create.timeseries", *series));
  }
  if (const Value* const images = call.find("changeStreamPreAndPostImages")) {
    TRY_STATUS(check_images("create.changeStreamPreAndPostImages", *images));
  }
  TRY_STATUS(check_exclusions(call));
  if (const Value* const index = call.find("idIndex")) {
    TRY_STATUS(check_id_index(*index));
    TRY_STATUS(check_id_collation(call, *index));
  }
  const Value* const expiry = call.find("expireAfterSeconds");
  return expiry == nullptr ? Status() : check_expiry(call, *expiry);
}

}  // namespace octavo::mongodb
