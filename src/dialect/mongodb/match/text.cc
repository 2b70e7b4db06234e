// What $text finds, and how well it fits.

#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/text/search.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Result<Item> has_text(const OperationCall& call, std::span<const Item> arguments) {
  if (!arguments[0] || !arguments[1]) return Item(Value::boolean(false));
  TRY(const TextSearch search, text_search_of(*arguments[1]));
  TRY_STATUS(call.context.check());
  return Item(Value::boolean(search.matches(*arguments[0])));
}

Result<Item> text_score(const OperationCall& call, std::span<const Item> arguments) {
  if (!arguments[0] || !arguments[1]) return Item();
  TRY(const TextSearch search, text_search_of(*arguments[1]));
  TRY_STATUS(call.context.check());
  return Item(Value::float64(search.score(*arguments[0])));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kText, .name = "match.text", .least = 2, .eager = has_text},
    {.number = op::kTextScore, .name = "match.text_score", .least = 2, .eager = text_score},
};

}  // namespace

std::span<const OperationRow> text_operations_of_filters() { return kOperations; }

}  // namespace octavo::mongodb
