#pragma once

// Which fields of documents a plan reads, in dialects that see nothing else of a row
// (function::Family::reads_plainly): scans then leave out the rest.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"

namespace octavo::exec {

// The names of the fields of its row of which a lambda makes an array, as they are.
std::optional<std::vector<std::string>> array_of_fields(const algebra::ExprPtr& lambda);

// What such a lambda gives for a row.
value::Value fields_of(const value::Value& row, std::span<const std::string> names);

// The scans of a plan of whose rows only some fields are read, and which.
class NarrowScans {
 public:
  explicit NarrowScans(const algebra::PlanPtr& plan) { visit(plan, nullptr); }

  // Null: whole rows are wanted of it, or it is no scan.
  const std::vector<std::string>* find(const algebra::Plan& scan) const;

 private:
  using Names = std::vector<std::string>;
  // `wanted`: of the rows of the plan; null: all of them.
  void visit(const algebra::PlanPtr& plan, const Names* wanted);
  void add(const algebra::Plan& scan, std::optional<Names> names);

  struct Known {
    const algebra::Plan* scan;
    std::optional<Names> names;  // nothing: whole rows
  };
  std::vector<Known> scans_;
};

}  // namespace octavo::exec
