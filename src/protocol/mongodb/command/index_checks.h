#pragma once

// What indexes do not let a document be: two arrays side by side, no geometry where one is indexed,
// more entries than an index works out of one document. A row without its entries would not be
// found by the index, so that it is refused.

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/index/special.h"
#include "engine/engine.h"
#include "value/value.h"

namespace octavo::mongodb {

// One thread at a time. The definitions outlive it.
class IndexChecks {
 public:
  static IndexChecks of_table(const engine::Engine& engine, const catalog::TableDefinition& table);
  static IndexChecks of_index(const engine::Engine& engine, const catalog::IndexDefinition& index);

  Status check(const value::Value& document);

 private:
  explicit IndexChecks(const engine::Engine& engine) : kinds_(engine.index_kinds()) {}
  void add(const catalog::IndexDefinition& index);
  Status check_size(const value::Value& document);

  std::span<const index::KindRow> kinds_;
  std::vector<KeyPattern> compound_;
  std::vector<SpecialIndex> special_;
  std::vector<const catalog::IndexDefinition*> all_;
  std::vector<std::shared_ptr<const index::Index>> opened_;  // once one of them is needed, all
};

}  // namespace octavo::mongodb
