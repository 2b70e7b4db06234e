#include "dialect/mongodb/accumulator/sort_pattern.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "dialect/mongodb/accumulator/operations.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/expression/row_metadata.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::Direction;
using algebra::ExprPtr;
using value::Value;

constexpr std::size_t kMostFields = 32;
constexpr std::string_view kMetaName = "$meta";
constexpr std::string_view kRandom = "randVal";
// Kinds of metadata that a sort may name.
constexpr std::array<std::string_view, 5> kSortable{"textScore", kRandom, "searchScore",
                                                    "vectorSearchScore", "geoNearDistance"};

Result<ExprPtr> parse_meta(const Value& spec, const Variables& variables) {
  constexpr std::uint32_t kNoMeta = 17312;
  constexpr std::uint32_t kIllegalMeta = 31138;
  constexpr std::uint32_t kNotAvailable = 40218;
  const auto fields = spec.as_object();
  if (fields.empty() || fields.front().name != kMetaName) {
    return error(kNoMeta, "$meta is the only expression supported by $sort right now");
  }
  if (fields.size() != 1) {
    return error(ErrorCode::failed_to_parse, "Cannot have additional keys in a $meta sort: {}",
                 print(spec));
  }
  const Value& kind = fields.front().value;
  if (!kind.is_string() || std::ranges::find(kSortable, kind.as_string()) == kSortable.end()) {
    return error(kIllegalMeta, "Illegal $meta sort: {}", print(kind));
  }
  if (kind.as_string() == kRandom) return call(op::kRandomKey, {});
  ExprPtr meta = variables.find_meta(kind.as_string());
  if (meta == nullptr) {
    return error(kNotAvailable, "query requires {} metadata, but it is not available",
                 kind.as_string());
  }
  return meta;
}

Result<Direction> parse_direction(const Value& direction) {
  constexpr std::uint32_t kNoNumber = 15974;
  constexpr std::uint32_t kNoDirection = 15975;
  if (!direction.is_number()) {
    return error(kNoNumber, "Illegal key in $sort specification: {}", print(direction));
  }
  const std::int64_t number = saturated_int64(direction);
  if (number == 1) return Direction::ascending;
  if (number == -1) return Direction::descending;
  return error(kNoDirection, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
}

// --- A pattern as a constant: for each field whether it is descending, and the names ---

Value constant_of_pattern(const SortPattern& pattern) {
  std::vector<Value> fields;
  for (const SortField& field : pattern) {
    std::vector<Value> parts{Value::boolean(field.direction == Direction::descending)};
    for (const std::string& name : field.path) parts.push_back(Value::string(name));
    fields.push_back(Value::array(std::move(parts)));
  }
  return Value::array(std::move(fields));
}

bool is_pattern(const Item& item) {
  if (!item || !item->is_array()) return false;
  return std::ranges::all_of(item->as_array(), [](const Value& field) {
    return field.is_array() && field.as_array().size() >= 2 &&
           field.as_array()[0].type() == value::Type::boolean &&
           std::ranges::all_of(field.as_array().subspan(1), &Value::is_string);
  });
}

// The number that a name is, where elements of arrays have it.
std::optional<std::size_t> index_of(std::string_view name) {
  constexpr std::size_t kMostDigits = 9;
  if (name.empty() || name.size() > kMostDigits) return std::nullopt;
  std::size_t index = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index;
}

// --- The key of a document ---

// How far a field of the pattern has been followed.
struct Walk {
  const Value* at;  // null: there is nothing
  value::ArrayView names;
  bool in_array = false;  // `at` is an array all of whose elements count
};

// Follows names until the end, or to an array.
void follow(Walk& walk) {
  while (walk.at != nullptr) {
    if (walk.at->is_array()) {
      const auto index =
          walk.names.empty() ? std::nullopt : index_of(walk.names.front().as_string());
      if (!index || *index >= walk.at->as_array().size()) {
        walk.in_array = true;
        return;
      }
      walk.at = &walk.at->as_array()[*index];
    } else {
      if (walk.names.empty()) return;
      walk.at = walk.at->find(walk.names.front().as_string());
    }
    walk.names = walk.names.subspan(1);
  }
}

class KeyFinder {
 public:
  KeyFinder(value::ArrayView pattern, const CollatedOrder& order, function::EvalContext& context)
      : pattern_(pattern), order_(order), context_(context) {}

  Result<std::vector<Value>> find(const Value& document) {
    std::vector<Walk> walks;
    walks.reserve(pattern_.size());
    for (const Value& field : pattern_) {
      walks.push_back({&document, field.as_array().subspan(1)});
      follow(walks.back());
    }
    TRY_STATUS(expand(walks));
    return *std::move(best_);
  }

 private:
  // Each element of the array that some of the walks are in, in its place.
  Status expand(const std::vector<Walk>& walks) {
    TRY_STATUS(context_.check());
    const Value* array = nullptr;
    for (std::size_t i = 0; i < walks.size(); ++i) {
      if (!walks[i].in_array) continue;
      if (array != nullptr && array != walks[i].at) {
        return error(ErrorCode::bad_value, "cannot sort with keys that are parallel arrays");
      }
      array = walks[i].at;
    }
    if (array == nullptr) {
      offer(walks);
      return {};
    }
    static const Value kEmpty = Value::undefined();
    if (array->as_array().empty()) return step(walks, kEmpty);
    for (const Value& element : array->as_array()) TRY_STATUS(step(walks, element));
    return {};
  }

  Status step(const std::vector<Walk>& walks, const Value& element) {
    std::vector<Walk> next = walks;
    for (Walk& walk : next) {
      if (!walk.in_array) continue;
      walk.in_array = false;
      walk.at = &element;
      if (walk.names.empty()) continue;
      // An array within the array is entered by a number alone.
      if (element.is_array() && !index_of(walk.names.front().as_string())) walk.at = nullptr;
      follow(walk);
    }
    return expand(next);
  }

  void offer(const std::vector<Walk>& walks) {
    std::vector<Value> key;
    key.reserve(walks.size());
    for (const Walk& walk : walks) {
      key.push_back(walk.at == nullptr ? Value() : order_.key_of(*walk.at));
    }
    if (!best_ || is_before(key, *best_)) best_ = std::move(key);
  }
  bool is_before(std::span<const Value> a, std::span<const Value> b) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto order = value::compare(a[i], b[i], value::Order::bson);
      if (order != 0) return pattern_[i].as_array()[0].as_boolean() ? order > 0 : order < 0;
    }
    return false;
  }

  value::ArrayView pattern_;
  const CollatedOrder& order_;
  function::EvalContext& context_;
  std::optional<std::vector<Value>> best_;
};

Result<std::vector<Value>> keys_of(const OperationCall& call, std::span<const Item> arguments) {
  if (!is_pattern(arguments[1])) return fail(Code::type_mismatch, "a sort has no pattern");
  static const Value kNothing;
  const Value& document = arguments[0] ? *arguments[0] : kNothing;
  TRY(const CollatedOrder order, collated_order(call));
  return KeyFinder(arguments[1]->as_array(), order, call.context).find(document);
}

Result<Item> one_sort_key(const OperationCall& call, std::span<const Item> arguments) {
  TRY(std::vector<Value> keys, keys_of(call, arguments));
  const auto number = arguments[2] ? arguments[2]->to_int64() : std::nullopt;
  if (!number || *number < 0 || static_cast<std::size_t>(*number) >= keys.size()) {
    return fail(Code::out_of_range, "a sort has no such key");
  }
  return Item(std::move(keys[static_cast<std::size_t>(*number)]));
}

Result<Item> all_sort_keys(const OperationCall& call, std::span<const Item> arguments) {
  TRY(std::vector<Value> keys, keys_of(call, arguments));
  return Item(Value::array(std::move(keys)));
}

Result<Item> or_null(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return arguments[0] ? arguments[0] : Item(Value());
}

Result<Item> key_part(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return arguments[0] ? arguments[0] : Item(missing_key_part());
}

Result<Item> collation_key(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  return arguments[0] ? Item(order.key_of(*arguments[0])) : Item();
}

Result<Item> random_key(const OperationCall& /*call*/, std::span<const Item> /*arguments*/) {
  return Item(Value::int64(static_cast<std::int64_t>(thread_random()() >> 1U)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kOrNull, .name = "or_null", .least = 1, .eager = or_null},
    {.number = op::kSortKey,
     .name = "sort_key",
     .least = 3,
     .flags = operation_flag::kCompares,
     .eager = one_sort_key},
    {.number = op::kSortKeys,
     .name = "sort_keys",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = all_sort_keys},
    {.number = op::kCollationKey,
     .name = "collation_key",
     .least = 1,
     .flags = operation_flag::kCompares,
     .eager = collation_key},
    {.number = op::kKeyPart, .name = "key_part", .least = 1, .eager = key_part},
    {.number = op::kRandomKey,
     .name = "random_key",
     .flags = operation_flag::kImpure,
     .eager = random_key},
};

}  // namespace

std::span<const OperationRow> accumulation_operations() { return kOperations; }

const Value& missing_key_part() {
  // Names of BSON end with the null byte.
  static const Value kMissing = Value::object({{std::string(1, '\0'), Value()}});
  return kMissing;
}

Result<SortPattern> parse_sort_pattern(const Value& pattern, const Variables& variables) {
  constexpr std::uint32_t kNoDocument = 15973;
  constexpr std::uint32_t kTooMany = 13103;
  constexpr std::uint32_t kTwice = 7472500;
  if (!pattern.is_object()) {
    return error(kNoDocument, "the $sort key specification must be an object");
  }
  SortPattern fields;
  std::size_t paths = 0;
  for (const value::Field& field : pattern.as_object()) {
    SortField made;
    if (field.value.is_object()) {
      TRY(made.meta, parse_meta(field.value, variables));
    } else {
      TRY(made.direction, parse_direction(field.value));
      TRY(made.path, split_field_path(field.name));
    }
    const bool twice = made.meta == nullptr &&
                       std::ranges::find(fields, made.path, &SortField::path) != fields.end();
    if (twice)
      return error(kTwice, "$sort key must not contain duplicate keys (field: '{}')", field.name);
    if (made.meta == nullptr) ++paths;
    fields.push_back(std::move(made));
    if (paths > kMostFields) {
      return error(kTooMany, "too many compound keys, the limit is {}", kMostFields);
    }
  }
  return fields;
}

std::vector<algebra::SortKey> sort_keys(const SortPattern& pattern, const Variables& variables) {
  SortPattern paths;
  std::ranges::copy_if(pattern, std::back_inserter(paths),
                       [](const SortField& field) { return field.meta == nullptr; });
  const ExprPtr constant = algebra::constant(constant_of_pattern(paths));
  std::vector<algebra::SortKey> keys;
  std::int64_t number = 0;
  for (const SortField& field : pattern) {
    const algebra::VarId row = variables.fresh();
    ExprPtr key = field.meta;
    if (key != nullptr) {
      key = on_row(key, algebra::variable(row));
    } else {
      key = call(op::kSortKey,
                 {algebra::variable(row), constant, algebra::constant(Value::int64(number++))},
                 collation_options(collation_of(variables)));
    }
    // The best of scores come first, whatever a client writes.
    const Direction direction = field.meta == nullptr ? field.direction : Direction::descending;
    keys.push_back({.key = row_lambda(row, std::move(key)), .direction = direction});
  }
  return keys;
}

ExprPtr sort_key(const SortPattern& pattern, std::size_t number, const ExprPtr& row) {
  return call(op::kSortKey, {row, algebra::constant(constant_of_pattern(pattern)),
                             algebra::constant(Value::int64(static_cast<std::int64_t>(number)))});
}

ExprPtr sort_key_array(const SortPattern& pattern, const ExprPtr& row) {
  return call(op::kSortKeys, {row, algebra::constant(constant_of_pattern(pattern))});
}

}  // namespace octavo::mongodb
