#include "dialect/mongodb/index/entries.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/index/operation_tables.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

using Names = std::span<const Value>;

// What is left to walk for one field of the key, from where, and what it came to.
struct Walk {
  const Value* from = nullptr;
  Names names;
  Item found = {};
  bool missing = false;  // nothing is there: what was found is the null that stands for it

  void miss() {
    found = Value::null();
    missing = true;
  }
};

std::optional<std::size_t> place_of(std::string_view name) {
  std::size_t place = 0;
  const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), place);
  if (wrong != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return place;
}

// Goes on from `at` to the end of the names, or to an array that stands for all of its elements;
// null where there is nothing.
const Value* walk_to_array(const Value* at, Names& names) {
  while (!names.empty()) {
    if (at->is_array()) {
      const auto place = place_of(names.front().as_string());
      if (!place) return at;
      if (*place >= at->as_array().size()) return nullptr;
      at = &at->as_array()[*place];
    } else {
      at = at->find(names.front().as_string());
      if (at == nullptr) return nullptr;
    }
    names = names.subspan(1);
  }
  return at;
}

struct EntryRules {
  bool sparse = false;            // there is no entry whose fields are all missing
  bool refuses_parallel = false;  // a document with arrays side by side is an error
  CollatedOrder order = {};
};

// The entries of a document. Fields whose paths lead through the same array go through its elements
// together. Fields with arrays of their own make every combination: MongoDB refuses such documents,
// as `check_entries` does, but other protocols may have written them.
class Entries {
 public:
  Entries(function::EvalContext& context, EntryRules rules)
      : context_(context), rules_(std::move(rules)) {}

  Status add(std::vector<Walk> walks) {
    TRY_STATUS(context_.spend(1));
    const Value* array = nullptr;
    std::vector<std::size_t> through;
    for (std::size_t i = 0; i < walks.size(); ++i) {
      Walk& walk = walks[i];
      if (walk.found) continue;
      const Value* const at = walk_to_array(walk.from, walk.names);
      if (at == nullptr) {
        walk.miss();
        continue;
      }
      walk.from = at;
      if (!at->is_array()) {
        walk.found = *at;
      } else if (array == nullptr || array == at) {
        array = at;
        through.push_back(i);
      } else if (rules_.refuses_parallel) {
        return error(ErrorCode::cannot_index_parallel_arrays, "cannot index parallel arrays");
      }
    }
    if (array == nullptr) return emit(walks);
    multikey_ = true;
    return add_elements(*array, walks, through);
  }

  Value take(const Value* key) && {
    if (multikey_ && key != nullptr && !found_.empty()) {
      Bytes bytes;
      value::encode_key(*key, bytes);
      found_.push_back(Value::symbol(bytes));
    }
    std::ranges::sort(found_, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    const auto repeats = std::ranges::unique(
        found_, [](const Value& a, const Value& b) { return compare(a, b) == 0; });
    found_.erase(repeats.begin(), repeats.end());
    return Value::array(std::move(found_));
  }

 private:
  Status add_elements(const Value& array, const std::vector<Walk>& walks,
                      const std::vector<std::size_t>& through) {
    if (array.as_array().empty()) {
      std::vector<Walk> ended = walks;
      for (const std::size_t i : through) {
        if (walks[i].names.empty()) {
          ended[i].found = Value::undefined();
        } else {
          ended[i].miss();
        }
      }
      return add(std::move(ended));
    }
    for (const Value& element : array.as_array()) {
      std::vector<Walk> next = walks;
      for (const std::size_t i : through) {
        next[i].from = &element;
        if (next[i].names.empty()) {
          next[i].found = element;
        } else if (!element.is_object()) {
          next[i].miss();
        }
      }
      TRY_STATUS(add(std::move(next)));
    }
    return {};
  }

  Status emit(const std::vector<Walk>& walks) {
    if (rules_.sparse && std::ranges::all_of(walks, &Walk::missing)) return {};
    std::vector<Value> parts;
    parts.reserve(walks.size());
    for (const Walk& walk : walks) {
      if (!rules_.order.name().empty()) TRY_STATUS(context_.spend_on(*walk.found));
      parts.push_back(index_form(rules_.order.key_of(*walk.found)));
    }
    found_.push_back(parts.size() == 1 ? std::move(parts.front()) : Value::array(std::move(parts)));
    return {};
  }

  function::EvalContext& context_;
  const EntryRules rules_;
  std::vector<Value> found_;
  bool multikey_ = false;  // there is an array on a path
};

Result<std::vector<Walk>> walks_of(const Item& paths, const Value& document) {
  if (!paths || !paths->is_array()) return fail(Code::type_mismatch, "an index has no paths");
  std::vector<Walk> walks;
  for (const Value& path : paths->as_array()) {
    if (!path.is_array() || !std::ranges::all_of(path.as_array(), &Value::is_string)) {
      return fail(Code::type_mismatch, "a path of an index is no array of names");
    }
    walks.push_back({.from = &document, .names = path.as_array()});
  }
  return walks;
}

Result<Item> entries(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::size_t kFilter = 4;
  TRY(const Item document, arguments.evaluate(0));
  TRY(const Item paths, arguments.evaluate(1));
  TRY(const Item sparse, arguments.evaluate(2));
  TRY(const Item primary_key, arguments.evaluate(3));
  Item none(Value::array({}));
  if (!document) return none;
  if (arguments.size() > kFilter) {
    TRY(const Item matches, arguments.apply(kFilter, {&document, 1}));
    if (!matches || matches->type() != Type::boolean || !matches->as_boolean()) return none;
  }
  TRY(std::vector<Walk> walks, walks_of(paths, *document));
  const bool is_sparse = sparse && sparse->type() == Type::boolean && sparse->as_boolean();
  TRY(CollatedOrder order, collated_order(call));
  Entries found(call.context, {.sparse = is_sparse, .order = std::move(order)});
  TRY_STATUS(found.add(std::move(walks)));
  const Value* const key =
      primary_key && primary_key->is_string() ? document->find(primary_key->as_string()) : nullptr;
  return Item(std::move(found).take(key));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kEntries, .name = "index_entries", .least = 4, .lazy = entries},
};

Value paths_of(const KeyPattern& pattern) {
  std::vector<Value> paths;
  for (const KeyField& field : pattern.fields) {
    std::vector<Value> names;
    for (const std::string& name : field.names) names.push_back(Value::string(name));
    paths.push_back(Value::array(std::move(names)));
  }
  return Value::array(std::move(paths));
}

}  // namespace

std::span<const OperationRow> index_operations() { return kOperations; }

bool has_ordered_form(const Value& value) {
  switch (value.type()) {
    case Type::boolean:
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal:
    case Type::string:
    case Type::symbol:
    case Type::timestamp:
    case Type::date:
    case Type::object_id:
    case Type::log_stamp: return true;
    default: return false;
  }
}

Value index_form(const Value& value) {
  if (value.type() == Type::symbol) return Value::string(value.as_string());
  if (value.type() == Type::date) {
    return Value::timestamp({.seconds = std::int64_t{value.as_date()} * 86'400});
  }
  if (has_ordered_form(value)) return value;
  Bytes bytes;
  value::encode_key(value, bytes);
  return Value::array({Value::bytes(bytes)});
}

// Of all keys of the types symbol: what follows it in the order of keys is uuid.
algebra::KeyRange multikey_range() {
  return {.lower = {.value = Value::symbol(""), .inclusive = true},
          .upper = {.value = Value::uuid(Bytes(16, '\0')), .inclusive = false}};
}

ExprPtr entries_function(const IndexRule& rule) {
  constexpr algebra::VarId kDocument{1};
  std::vector<ExprPtr> args = {algebra::variable(kDocument),
                               algebra::constant(paths_of(rule.pattern)),
                               algebra::constant(Value::boolean(rule.sparse)),
                               algebra::constant(Value::string(rule.primary_key))};
  if (rule.partial != nullptr) args.push_back(rule.partial);
  return algebra::lambda({kDocument},
                         call(op::kEntries, std::move(args), collation_options(rule.collation)));
}

Status check_entries(const KeyPattern& pattern, const Value& document) {
  function::EvalContext context;
  const Item paths(paths_of(pattern));
  TRY(std::vector<Walk> walks, walks_of(paths, document));
  return Entries(context, {.refuses_parallel = true}).add(std::move(walks));
}

}  // namespace octavo::mongodb
