#pragma once

// The variables of a request: what every one has (NOW, …), and those of its field `let`.

#include <string_view>

#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

class RequestScope {
 public:
  // The values of `let` are computed here, once; an error is the request's. Strings compare by the
  // field `collation`, or as the collection says.
  static Result<RequestScope> make(CommandCall& call);
  // The same with other variables: those of a statement of `update` (`c`), and under the collation
  // of that name (expression/collation.h).
  static Result<RequestScope> make(CommandCall& call, const value::Value* let,
                                   std::string_view collation = {});

  const Variables& variables() const { return variables_; }
  VariableIds& ids() { return *ids_; }

 private:
  RequestScope(std::unique_ptr<VariableIds> ids, Variables variables)
      : ids_(std::move(ids)), variables_(std::move(variables)) {}

  std::unique_ptr<VariableIds> ids_;  // whose address stays
  Variables variables_;
};

}  // namespace octavo::mongodb
