#include "algebra/random_expr.h"

#include "value/random_value.h"

namespace octavo::algebra {
namespace {

std::vector<ExprPtr> random_list(Random& random, int max_depth) {
  std::vector<ExprPtr> list;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    list.push_back(random_expression(random, max_depth - 1));
  }
  return list;
}

std::vector<Option> random_options(Random& random, int max_depth) {
  std::vector<Option> options;
  for (std::uint64_t i = random.below(3); i > 0; --i) {
    options.push_back({"option" + std::to_string(i), random_expression(random, max_depth - 1)});
  }
  return options;
}

}  // namespace

ExprPtr random_expression(Random& random, int max_depth) {
  const auto id = [&random] { return VarId{random.below(6)}; };
  switch (max_depth <= 0 ? random.below(2) : random.below(6)) {
    case 0: return constant(value::random_value(random, 1));
    case 1: return variable(id());
    case 2:
    case 3: {
      auto args = random_list(random, max_depth);
      auto options = random_options(random, max_depth);
      return call({FamilyId{1}, static_cast<std::uint16_t>(random.below(200))}, std::move(args),
                  std::move(options));
    }
    case 4: {
      std::vector<VarId> params;
      for (std::uint64_t i = random.below(3); i > 0; --i) params.push_back(VarId{i});
      return lambda(std::move(params), random_expression(random, max_depth - 1));
    }
    default:
      if (random.below(2) == 0) return make_array(random_list(random, max_depth));
      return make_object(random_options(random, max_depth));
  }
}

}  // namespace octavo::algebra
