// $graphLookup: what is reached from a document, a step after the other.

#include <algorithm>
#include <array>
#include <set>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/foreign.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Field;
using value::Value;

// --- Parsing ---

enum Part : std::uint8_t { kFrom, kAs, kConnectFrom, kConnectTo, kDepthField, kTexts };
constexpr std::array<std::string_view, kTexts> kTextNames{"from", "as", "connectFromField",
                                                          "connectToField", "depthField"};

struct GraphSpec {
  std::array<const Value*, kTexts> texts{};
  const Value* start = nullptr;
  const Value* filter = nullptr;
  std::optional<std::int64_t> most;

  std::string text(Part part) const { return std::string(texts[part]->as_string()); }
};

Status read_most(GraphSpec& spec, const Value& value) {
  constexpr std::uint32_t kNoNumber = 40100;
  constexpr std::uint32_t kNegative = 40101;
  constexpr std::uint32_t kNoInteger = 40102;
  if (!value.is_number()) {
    return error(kNoNumber, "maxDepth must be numeric, found type: {}", type_alias(value));
  }
  if (is_negative(value)) {
    return error(kNegative, "maxDepth requires a nonnegative argument, found: {}", print(value));
  }
  spec.most = value.to_int64();
  if (!spec.most) {
    return error(kNoInteger, "maxDepth could not be represented as a long long: {}", print(value));
  }
  return {};
}

Status read_option(GraphSpec& spec, const Field& field) {
  constexpr std::uint32_t kNoString = 40103;
  constexpr std::uint32_t kUnknown = 40104;
  constexpr std::uint32_t kNoFilter = 40185;
  constexpr std::string_view kStart = "startWith";
  constexpr std::string_view kMost = "maxDepth";
  constexpr std::string_view kFilter = "restrictSearchWithMatch";
  if (field.name == kStart) {
    spec.start = &field.value;
    return {};
  }
  if (field.name == kMost) return read_most(spec, field.value);
  if (field.name == kFilter) {
    if (!field.value.is_object()) {
      return error(kNoFilter, "restrictSearchWithMatch must be an object, found {}",
                   type_alias(field.value));
    }
    spec.filter = &field.value;
    return {};
  }
  const auto at = std::ranges::find(kTextNames, field.name);
  if (at == kTextNames.end()) {
    return error(kUnknown, "Unknown argument to $graphLookup: {}", field.name);
  }
  if (!field.value.is_string()) {
    return error(kNoString, "expected string as argument for {}, found: {}", field.name,
                 print(field.value));
  }
  spec.texts[static_cast<std::size_t>(at - kTextNames.begin())] = &field.value;
  return {};
}

Result<GraphSpec> read_spec(const Value& operand) {
  constexpr std::uint32_t kMissing = 40105;
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "the $graphLookup stage specification must be an object, but found {}",
                 type_alias(operand));
  }
  GraphSpec spec;
  for (const Field& field : operand.as_object()) TRY_STATUS(read_option(spec, field));
  const bool has_all = spec.start != nullptr && spec.texts[kFrom] != nullptr &&
                       spec.texts[kAs] != nullptr && spec.texts[kConnectFrom] != nullptr &&
                       spec.texts[kConnectTo] != nullptr;
  if (!has_all) {
    return error(kMissing,
                 "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and "
                 "'connectToField' to be specified.");
  }
  return spec;
}

Result<Step> parse_graph_lookup(const Value& operand, StageContext& context) {
  TRY(const GraphSpec spec, read_spec(operand));
  const CollectionName name{context.name.database, spec.text(kFrom)};
  TRY_STATUS(check_collection_name(name));
  const StageRowVariable row = row_of(context);
  TRY(const auto as, split_field_path(spec.text(kAs)));
  TRY(const auto connect_from, split_field_path(spec.text(kConnectFrom)));
  ForeignDocuments documents{.name = name, .path = {}, .stages = {}};
  TRY(documents.path, split_field_path(spec.text(kConnectTo)));
  Value depth_field;
  if (spec.texts[kDepthField] != nullptr) {
    TRY(const auto path, split_field_path(spec.text(kDepthField)));
    depth_field = names_of(path);
  }
  TRY(ExprPtr start, parse_expression(*spec.start, row.variables));
  if (spec.filter != nullptr) {
    documents.stages.push_back(Value::object({{"$match", *spec.filter}}));
  }
  const algebra::VarId keys = context.variables.fresh();
  TRY(ExprPtr found, find_foreign(documents, algebra::variable(keys), context));
  ExprPtr reached =
      call(op::kGraphLookup,
           {std::move(start), row_lambda(keys, std::move(found)),
            algebra::constant(names_of(connect_from)), algebra::constant(std::move(depth_field)),
            algebra::constant(spec.most ? Value::int64(*spec.most) : Value())},
           collation_options(collation_of(context.variables)));
  Step step;
  step.changes = {Changes::Kind::fields, {as.front()}};
  step.plan = map_rows(
      row_lambda(row.row, set_path_call(algebra::variable(row.row), as, std::move(reached))));
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$graphLookup", .flags = 0, .parse = parse_graph_lookup},
};

// --- Operation ---

using Values = std::set<Value, CollatedLess>;

class Search {
 public:
  Search(const OperationCall& call, LazyArguments& arguments, const CollatedOrder& order)
      : context_(call.context),
        arguments_(arguments),
        charge_(call.context.account),
        less_{order},
        seen_(less_) {}

  Result<Value> run() {
    TRY(const Item start, arguments_.evaluate(0));
    TRY(const Item most, arguments_.evaluate(kMostAt));
    TRY(from_, arguments_.evaluate(kFromAt));
    TRY(depth_field_, arguments_.evaluate(kDepthFieldAt));
    if (!is_path(from_)) return fail(Code::type_mismatch, "$graphLookup has other arguments");
    Values keys = first_keys(start);
    for (std::int64_t depth = 0; !keys.empty(); ++depth) {
      if (most && most->is_number() && depth > most->to_int64()) break;
      TRY(keys, step(keys, depth));
    }
    return Value::array(std::move(reached_));
  }

 private:
  static constexpr std::size_t kFindAt = 1;
  static constexpr std::size_t kFromAt = 2;
  static constexpr std::size_t kDepthFieldAt = 3;
  static constexpr std::size_t kMostAt = 4;

  Values first_keys(const Item& start) const {
    if (!start) return Values({Value()}, less_);
    if (!start->is_array()) return Values({*start}, less_);
    return Values(start->as_array().begin(), start->as_array().end(), less_);
  }

  // The documents that have one of these, and what they lead to.
  Result<Values> step(const Values& keys, std::int64_t depth) {
    const Item wanted(Value::array({keys.begin(), keys.end()}));
    TRY(const Item found, arguments_.apply(kFindAt, std::span(&wanted, 1)));
    Values next(less_);
    if (!found || !found->is_array()) return next;
    for (const Value& document : found->as_array()) {
      TRY_STATUS(context_.check());
      const Value* id = document.find("_id");
      if (!seen_.insert(id == nullptr ? document : *id).second) continue;
      TRY_STATUS(charge_.add(kSeenBytes));
      reached_.push_back(with_depth(document, depth));
      const Item leads = keys_of(document);
      if (!leads) continue;
      if (!leads->is_array()) {
        next.insert(*leads);
        continue;
      }
      for (const Value& key : leads->as_array()) add_key(key, next);
    }
    return next;
  }
  Item keys_of(const Value& document) const { return at_path(document, from_->as_array()); }
  // Arrays at the end of a path through an array stand for their elements.
  static void add_key(const Value& key, Values& keys) {
    if (!key.is_array()) {
      keys.insert(key);
      return;
    }
    keys.insert(key.as_array().begin(), key.as_array().end());
  }

  Value with_depth(const Value& document, std::int64_t depth) const {
    if (!is_path(depth_field_)) return document;
    return with_path(document, depth_field_->as_array(), Value::int64(depth));
  }

  static constexpr std::size_t kSeenBytes = 64;  // of the set and the list

  function::EvalContext& context_;
  LazyArguments& arguments_;
  value::Charge charge_;
  Item from_;
  Item depth_field_;
  const CollatedLess less_;
  Values seen_;
  std::vector<Value> reached_;
};

Result<Item> graph_lookup(const OperationCall& call, LazyArguments& arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  TRY(Value reached, Search(call, arguments, order).run());
  return Item(std::move(reached));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kGraphLookup, .name = "graph_lookup", .least = 5, .lazy = graph_lookup},
};

}  // namespace

std::span<const StageRow> graph_lookup_stages() { return kStages; }
std::span<const OperationRow> graph_lookup_operations() { return kOperations; }

}  // namespace octavo::mongodb
