#pragma once

// What indexes do not let a document be: two arrays side by side, no geometry where one is indexed.

#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/index/special.h"
#include "value/value.h"

namespace octavo::mongodb {

class IndexChecks {
 public:
  static IndexChecks of_table(const catalog::TableDefinition& table);
  static IndexChecks of_index(const catalog::IndexDefinition& index);

  bool empty() const { return compound_.empty() && special_.empty(); }
  Status check(const value::Value& document) const;

 private:
  void add(const catalog::IndexDefinition& index);

  std::vector<KeyPattern> compound_;
  std::vector<SpecialIndex> special_;
};

}  // namespace octavo::mongodb
