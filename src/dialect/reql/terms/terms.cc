#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

std::vector<const Term*> join_tables() {
  const std::array tables{
      control_terms(), sequence_terms(), aggregate_terms(), array_terms(),  document_terms(),
      type_terms(),    access_terms(),   write_terms(),     change_terms(), admin_terms(),
      index_terms(),   external_terms(), internal_terms(),  math_terms(),   string_terms(),
      time_terms(),    object_terms(),   geo_terms(),       binary_terms(), json_terms(),
      join_terms(),    order_terms(),    geo_index_terms(),
  };
  std::vector<const Term*> joined;
  for (const std::span<const Term> table : tables) {
    for (const Term& term : table) {
      const bool reaches = (term.flags & (kReadsData | kWrites)) != 0;
      ASSERT(reaches == (term.needs != 0));  // what it needs is said, if only that it is nothing
      joined.push_back(&term);
    }
  }
  return joined;
}

// Terms stay below 200 and internal functions start at 1000, so one vector will do.
std::vector<const Term*> sort_by_number() {
  std::vector<const Term*> by_number;
  for (const Term* term : all_terms()) {
    if (by_number.size() <= term->number) by_number.resize(term->number + std::size_t{1});
    ASSERT(by_number[term->number] == nullptr);  // two rows for one number
    by_number[term->number] = term;
  }
  return by_number;
}

}  // namespace

std::span<const Term* const> all_terms() {
  static const std::vector<const Term*> terms = join_tables();
  return terms;
}

const Term* find_term(std::uint16_t number) {
  static const std::vector<const Term*> terms = sort_by_number();
  return number < terms.size() ? terms[number] : nullptr;
}

}  // namespace octavo::reql
