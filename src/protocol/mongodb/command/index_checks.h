#pragma once

// What indexes do not let a document be: two arrays side by side, no geometry where one is indexed,
// more entries than an index works out of one document. A row without its entries would not be
// found by the index, so that it is refused.

#include <memory>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/index/special.h"
#include "engine/engine.h"
#include "value/value.h"

namespace octavo::mongodb {

// The engine's own index of a definition: it says which entries a document has.
Result<std::shared_ptr<const index::Index>> open_index(const engine::Engine& engine,
                                                       const catalog::IndexDefinition& index);

// One thread at a time. The engine and the definitions outlive it.
class IndexChecks {
 public:
  static IndexChecks of_table(const engine::Engine& engine, const catalog::TableDefinition& table);
  static IndexChecks of_index(const engine::Engine& engine, const catalog::IndexDefinition& index);

  Status check(const value::Value& document);

 private:
  explicit IndexChecks(const engine::Engine& engine) : engine_(engine) {}
  void add(const catalog::IndexDefinition& index);
  Status check_size(const value::Value& document);

  const engine::Engine& engine_;
  std::vector<KeyPattern> compound_;
  std::vector<SpecialIndex> special_;
  std::vector<const catalog::IndexDefinition*> all_;
  std::vector<std::shared_ptr<const index::Index>> opened_;  // once one of them is needed, all
};

}  // namespace octavo::mongodb
