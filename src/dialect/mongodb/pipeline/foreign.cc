#include "dialect/mongodb/pipeline/foreign.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

// --- The values at a path, through arrays ---

std::optional<std::size_t> index_of(std::string_view name) {
  constexpr std::size_t kMostDigits = 9;
  const bool is_number = !name.empty() && name.size() <= kMostDigits &&
                         std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return std::nullopt;
  std::size_t index = 0;
  for (const char c : name) index = index * 10 + static_cast<std::size_t>(c - '0');
  return index;
}

// Calls `take` for what lies at the path; what is an array as a whole.
template <class Take>
void for_each_at(const Value& from, std::span<const Value> names, Take&& take) {
  if (names.empty()) {
    take(from);
    return;
  }
  const std::string_view name = names.front().as_string();
  if (const Value* field = from.find(name)) {
    for_each_at(*field, names.subspan(1), take);
    return;
  }
  if (!from.is_array()) return;
  const auto index = index_of(name);
  if (index && *index < from.as_array().size()) {
    for_each_at(from.as_array()[*index], names.subspan(1), take);
  }
  for (const Value& element : from.as_array()) {
    if (const Value* field = element.find(name)) for_each_at(*field, names.subspan(1), take);
  }
}

// --- The places of documents by their values ---

// {rows: […], keys: [ascending], places: [of a row for each key]}
namespace part {
constexpr std::string_view kRows = "rows";
constexpr std::string_view kKeys = "keys";
constexpr std::string_view kPlaces = "places";
}  // namespace part

struct Entry {
  Value key;
  std::size_t place;
};

Result<Item> foreign_index(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::size_t kIsNullAt = 2;
  TRY(const Item rows, arguments.evaluate(0));
  TRY(const Item path, arguments.evaluate(1));
  if (!rows || !rows->is_array() || !is_path(path)) {
    return fail(Code::type_mismatch, "documents are to be found by no path");
  }
  value::Charge charge(call.context.account);
  std::vector<Entry> entries;
  const auto documents = rows->as_array();
  for (std::size_t place = 0; place < documents.size(); ++place) {
    TRY_STATUS(call.context.check());
    const std::size_t before = entries.size();
    for_each_at(documents[place], path->as_array(), [&](const Value& found) {
      if (!found.is_null()) entries.push_back({found, place});
      if (!found.is_array()) return;
      for (const Value& element : found.as_array()) {
        if (!element.is_null()) entries.push_back({element, place});
      }
    });
    const Item row(documents[place]);
    TRY(const Item is_null, arguments.apply(kIsNullAt, std::span(&row, 1)));
    if (is_truthy(is_null)) entries.push_back({Value(), place});
    TRY_STATUS(charge.add((entries.size() - before) * (sizeof(Entry) + 2 * sizeof(Value))));
  }
  TRY(const CollatedOrder order, collated_order(call));
  std::ranges::sort(entries, [&order](const Entry& a, const Entry& b) {
    const auto compared = order.compare(a.key, b.key);
    return compared != 0 ? compared < 0 : a.place < b.place;
  });
  std::vector<Value> keys;
  std::vector<Value> places;
  keys.reserve(entries.size());
  places.reserve(entries.size());
  for (Entry& entry : entries) {
    keys.push_back(std::move(entry.key));
    places.push_back(Value::int64(static_cast<std::int64_t>(entry.place)));
  }
  return Item(Value::object({{std::string(part::kRows), *rows},
                             {std::string(part::kKeys), Value::array(std::move(keys))},
                             {std::string(part::kPlaces), Value::array(std::move(places))}}));
}

// `arguments[0]`: an array of one such index.
Result<Item> foreign(const OperationCall& call, std::span<const Item> arguments) {
  const bool fits = arguments[0] && arguments[0]->is_array() &&
                    arguments[0]->as_array().size() == 1 && arguments[1] &&
                    arguments[1]->is_array();
  if (!fits) return fail(Code::type_mismatch, "documents are to be found in nothing");
  const Value& index = arguments[0]->as_array().front();
  const Value* rows = index.find(part::kRows);
  const Value* keys = index.find(part::kKeys);
  const Value* places = index.find(part::kPlaces);
  if (rows == nullptr || keys == nullptr || places == nullptr) {
    return fail(Code::type_mismatch, "documents are to be found in another thing");
  }
  TRY(const CollatedOrder order, collated_order(call));
  const auto all = keys->as_array();
  std::vector<std::size_t> found;
  for (const Value& wanted : arguments[1]->as_array()) {
    TRY_STATUS(call.context.check());
    // Most keys are of few documents.
    const auto first = std::ranges::lower_bound(all, wanted, CollatedLess{order});
    for (auto key = first; key != all.end() && order.equal(*key, wanted); ++key) {
      const auto at = static_cast<std::size_t>(key - all.begin());
      found.push_back(static_cast<std::size_t>(places->as_array()[at].as_int64()));
    }
  }
  std::ranges::sort(found);
  const auto repeats = std::ranges::unique(found);
  found.erase(repeats.begin(), repeats.end());
  std::vector<Value> documents;
  documents.reserve(found.size());
  for (const std::size_t place : found) documents.push_back(rows->as_array()[place]);
  return Item(Value::array(std::move(documents)));
}

// --- By an index of the collection ---

// (keys, nulls): the keys that are null, or those that are not.
Result<Item> keys_that(const OperationCall& /*call*/, std::span<const Item> arguments) {
  std::vector<Value> keys;
  const bool nulls = is_truthy(arguments[1]);
  if (arguments[0] && arguments[0]->is_array()) {
    for (const Value& key : arguments[0]->as_array()) {
      if (key.is_null() == nulls) keys.push_back(key);
    }
  }
  return Item(Value::array(std::move(keys)));
}

// (document, path, keys): whether one of the values at the path, or of the elements there, is a
// key.
Result<Item> has_key(const OperationCall& call, std::span<const Item> arguments) {
  if (!arguments[0] || !is_path(arguments[1]) || !arguments[2] || !arguments[2]->is_array()) {
    return fail(Code::type_mismatch, "a document is to have no key");
  }
  const auto keys = arguments[2]->as_array();
  const auto is_key = [&](const Value& value) {
    return std::ranges::any_of(keys, [&](const Value& key) { return equal(key, value); });
  };
  TRY_STATUS(call.context.check());
  bool found = false;
  for_each_at(*arguments[0], arguments[1]->as_array(), [&](const Value& value) {
    found = found || is_key(value);
    if (value.is_array()) found = found || std::ranges::any_of(value.as_array(), is_key);
  });
  return Item(Value::boolean(found));
}

// (keys that are null, keys that are not, rows of the ones, rows of the others): lazily.
Result<Item> rows_of_keys(const OperationCall& /*call*/, LazyArguments& arguments) {
  std::vector<Value> rows;
  for (std::size_t i = 0; i < 2; ++i) {
    TRY(const Item keys, arguments.evaluate(i));
    if (!keys || !keys->is_array() || keys->as_array().empty()) continue;
    TRY(const Item some, arguments.evaluate(i + 2));
    if (!some || !some->is_array()) continue;
    if (rows.empty()) {
      rows.assign(some->as_array().begin(), some->as_array().end());
      continue;
    }
    // A document may have null and another one of the values.
    for (const Value& row : some->as_array()) {
      const bool is_there =
          std::ranges::any_of(rows, [&](const Value& other) { return equal(row, other); });
      if (!is_there) rows.push_back(row);
    }
  }
  return Item(Value::array(std::move(rows)));
}

Result<Item> keys_of_document(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!is_path(arguments[1])) return fail(Code::type_mismatch, "a document has no path");
  std::vector<Value> keys;
  if (arguments[0]) {
    for_each_at(*arguments[0], arguments[1]->as_array(), [&](const Value& found) {
      if (!found.is_array()) {
        keys.push_back(found);
        return;
      }
      keys.insert(keys.end(), found.as_array().begin(), found.as_array().end());
    });
  }
  // An empty array is looked up as nothing is.
  if (keys.empty()) keys.emplace_back();
  return Item(Value::array(std::move(keys)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kForeignIndex, .name = "foreign_index", .least = 3, .lazy = foreign_index},
    {.number = op::kForeign, .name = "foreign", .least = 2, .eager = foreign},
    {.number = op::kLocalKeys, .name = "local_keys", .least = 2, .eager = keys_of_document},
    {.number = op::kKeysThat, .name = "keys_that", .least = 2, .eager = keys_that},
    {.number = op::kHasKey, .name = "has_key", .least = 3, .eager = has_key},
    {.number = op::kRowsOfKeys, .name = "rows_of_keys", .least = 4, .lazy = rows_of_keys},
};

std::string dotted(std::span<const std::string> path) {
  std::string text;
  for (const std::string& name : path) text += (text.empty() ? "" : ".") + name;
  return text;
}

// {path: null} and the stages of the documents.
std::vector<Value> null_stages(const ForeignDocuments& documents) {
  std::vector<Value> stages{
      Value::object({{"$match", Value::object({{dotted(documents.path), Value()}})}})};
  stages.insert(stages.end(), documents.stages.begin(), documents.stages.end());
  return stages;
}

Result<ExprPtr> find_by_index(const ForeignDocuments& documents, const ExprPtr& keys,
                              const PlanPtr& by_keys, algebra::VarId param,
                              const StageContext& context) {
  const auto that = [&](bool nulls) {
    return call(op::kKeysThat, {keys, algebra::constant(Value::boolean(nulls))});
  };
  const algebra::VarId row = context.variables.fresh();
  PlanPtr filtered = algebra::make_plan(algebra::Filter{
      by_keys, row_lambda(row, call(op::kHasKey, {algebra::variable(row),
                                                  algebra::constant(names_of(documents.path)),
                                                  algebra::variable(param)}))});
  TRY(const PlanPtr some,
      plan_nested({.stages = documents.stages,
                   .name = documents.name,
                   .rows = algebra::make_plan(algebra::Distinct{std::move(filtered)}),
                   .variables = context.variables,
                   .params = {param}},
                  context));
  const std::vector<Value> stages = null_stages(documents);
  TRY(const PlanPtr nulls,
      plan_nested(
          {.stages = stages, .name = documents.name, .variables = context.variables, .params = {}},
          context));
  return call(op::kRowsOfKeys, {that(true), that(false), rows_of_plan(nulls, {}, context),
                                rows_of_plan(some, {{param, that(false)}}, context)});
}

}  // namespace

std::span<const OperationRow> foreign_operations() { return kOperations; }

ExprPtr local_keys(const ExprPtr& document, std::span<const std::string> path) {
  return call(op::kLocalKeys, {document, algebra::constant(names_of(path))});
}

Result<ExprPtr> find_foreign(const ForeignDocuments& documents, const ExprPtr& keys,
                             const StageContext& context) {
  TRY(const FoundCollection found, context.collections.find(documents.name));
  const std::string_view collation = collation_of(context.variables);
  // Keys of tables are found by their bytes.
  if (found.view.empty() && collation.empty()) {
    const algebra::VarId param = context.variables.fresh();
    TRY(const PlanPtr by_keys,
        context.collections.read_by(found.base, documents.path, algebra::variable(param)));
    if (by_keys != nullptr) return find_by_index(documents, keys, by_keys, param, context);
  }
  TRY(PlanPtr all, plan_nested({.stages = documents.stages,
                                .name = documents.name,
                                .variables = context.variables,
                                .params = {}},
                               context));
  TRY(ExprPtr is_null,
      parse_filter(Value::object({{dotted(documents.path), Value()}}),
                   {.variables = context.variables, .place = FilterPlace::match_stage}));
  const algebra::VarId row = context.variables.fresh();
  const PlanPtr index = algebra::make_plan(algebra::Map{
      collect_rows(std::move(all), context.variables),
      row_lambda(row, call(op::kForeignIndex,
                           {collected(row), algebra::constant(names_of(documents.path)),
                            std::move(is_null)},
                           collation_options(collation)))});
  return call(op::kForeign, {rows_of_plan(index, {}, context), keys}, collation_options(collation));
}

PlanPtr plan_by_keys(TableId table, std::optional<IndexId> index, const ExprPtr& keys) {
  constexpr algebra::VarId kNothing{~std::uint64_t{0}};  // of lambdas that have no use for it
  const algebra::VarId key{~std::uint64_t{0} - 1};
  PlanPtr all =
      algebra::make_plan(algebra::Unwind{.input = algebra::make_plan(algebra::Values{{Value()}}),
                                         .function = row_lambda(kNothing, keys)});
  PlanPtr pairs =
      algebra::make_plan(algebra::LookupJoin{.outer = std::move(all),
                                             .key = row_lambda(key, algebra::variable(key)),
                                             .table = table,
                                             .index = index});
  const ExprPtr right = path_call(algebra::variable(key), std::vector<std::string>{"right"});
  return algebra::make_plan(algebra::Map{std::move(pairs), row_lambda(key, right)});
}

}  // namespace octavo::mongodb
