#pragma once

// Reads of documents as pipelines: find and its kin are $match, $sort, $skip and $limit over a
// collection or a view.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/request_scope.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

struct DocumentsWanted {
  const value::Value* filter = nullptr;  // null: all
  const value::Value* sort = nullptr;
  std::int64_t skip = 0;
  std::optional<std::int64_t> limit;  // none: all
  // By which index filters tell queries apart; the caller applies it.
  const value::Value* projection = nullptr;
};

// Rows are documents.
Result<algebra::PlanPtr> plan_documents(CommandCall& call, EngineCollections& collections,
                                        const RequestScope& scope, const DocumentsWanted& wanted);

// The filter of a command on the collection, whose text index it may ask.
Result<algebra::ExprPtr> parse_query(CommandCall& call, const value::Value& filter,
                                     const Variables& variables);

// What a filter says of one document alone: {_id: 5}, with nothing else to it. Null: something
// else, or what other keys may be equal to under the collation.
const value::Value* sole_id(const value::Value& filter, std::string_view collation);

// Whether it can be a value of `_id` that is looked up: no operator, no regular expression.
bool is_plain_id(const value::Value& id);

}  // namespace octavo::mongodb
