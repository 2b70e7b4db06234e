#pragma once

// Which fields of stored rows a plan looks at: scans leave out the others. Dialects that see
// nothing else of a row read plainly (function::Family::reads_plainly), their rows may be made of
// columns; of others functions say what they see of documents (function/kernel_terms.h).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/plan.h"

namespace octavo::exec {

struct FieldNeed;

// What is looked at of a value: all of it, or some fields and of these what they say.
struct Need {
  bool all = false;
  std::vector<FieldNeed> fields;  // each name once

  // Added where it is not there.
  Need& field(std::string_view name);
  void merge(const Need& other);
  // Of a field; nothing where it is not looked at.
  Need of(std::string_view name) const;
};

struct FieldNeed {
  std::string name;
  Need need;
};

// What a function of one row looks at of it, all of what it gives being looked at.
Need uses_of(const algebra::ExprPtr& function);
// The same; nothing: it may see more of its row than fields that it names.
std::optional<Need> plain_uses_of(const algebra::ExprPtr& function);

class NeededFields {
 public:
  // `rows`: what is looked at of the rows that the plan gives. It outlives this.
  NeededFields(const algebra::Plan& plan, const Need& rows);
  // All of them.
  explicit NeededFields(const algebra::Plan& plan);

  // Of the rows of a scan of the plan. Null: they are looked at as a whole.
  const std::vector<std::string>* find(const algebra::Scan& scan) const;
  // Of the rows that a Join or LookupJoin of the plan gives. Null: it is something else.
  const Need* find_pairs(const algebra::Plan& join) const;
  // Whether all functions of the plan read plainly.
  bool all_plain() const { return all_plain_; }

 private:
  struct Known {
    const void* node;  // a Scan, Join or LookupJoin
    Need need;
    std::vector<std::string> names;  // of its fields
  };

  void visit(const algebra::Plan& plan, const Need& rows);
  // What a function of one row looks at, where `result` is looked at of what it gives.
  Need seen_by(const algebra::ExprPtr& function, const Need& result);
  // The same of a function that sees whole rows; nothing: it is another, or needs all of them.
  std::optional<Need> seen_of_whole(const algebra::ExprPtr& function, const Need& result);
  Need with(Need need, const algebra::ExprPtr& function);
  // A plan may be an input of several nodes: what all of them look at is read.
  void add(const void* node, const Need& rows);
  const Known* known(const void* node) const;

  std::vector<Known> nodes_;
  bool all_plain_ = true;
};

}  // namespace octavo::exec
