#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

algebra::ExprPtr call(std::uint16_t number, std::vector<algebra::ExprPtr> args,
                      std::vector<algebra::Option> options) {
  return algebra::call(function_id(number), std::move(args), std::move(options));
}

}  // namespace octavo::mongodb
