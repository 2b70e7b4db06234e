#pragma once

// Pipelines run over collections in memory, by the operators of plans.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "exec/context.h"
#include "value/value.h"

namespace octavo::mongodb::testing {

// Collections by their names, in one database.
struct Memory {
  std::map<std::string, std::vector<value::Value>> collections;
  std::map<std::string, FoundCollection> views;
  // Documents are found by their values as an index would find them.
  bool has_indexes = false;
};

inline constexpr const char* kDatabase = "test";

class MemoryCollections final : public Collections {
 public:
  MemoryCollections(const Memory& memory, Variables variables)
      : memory_(memory), variables_(std::move(variables)) {}

  Result<FoundCollection> find(const CollectionName& name) override;
  Result<Documents> read(const CollectionName& collection, const Wanted& wanted) override;
  Result<algebra::PlanPtr> read_by(const CollectionName& collection,
                                   std::span<const std::string> path,
                                   const algebra::ExprPtr& keys) override;
  Result<algebra::PlanPtr> read_other(OtherSource source, const CollectionName& collection,
                                      const value::Value& spec) override;

  // What was asked for of collections, in that order.
  const std::vector<Wanted>& wanted() const { return wanted_; }

 private:
  const Memory& memory_;
  Variables variables_;
  std::vector<Wanted> wanted_;
};

// What a pipeline over a collection gives; an empty name: over none.
Result<std::vector<value::Value>> run_pipeline(const Memory& memory, const std::string& collection,
                                               std::span<const value::Value> stages);

// Plans one without running it.
struct Planned {
  Pipeline pipeline;
  std::vector<Wanted> wanted;
};
Result<Planned> plan_only(const Memory& memory, const std::string& collection,
                          std::span<const value::Value> stages,
                          PipelinePlace place = PipelinePlace::command,
                          bool in_transaction = false);

}  // namespace octavo::mongodb::testing
