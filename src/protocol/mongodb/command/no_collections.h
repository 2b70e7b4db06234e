#pragma once

// For pipelines that are planned over no collections: all names are of collections, which are
// empty.

#include <span>
#include <string>

#include "dialect/mongodb/pipeline/collections.h"

namespace octavo::mongodb {

class NoCollections : public Collections {
 public:
  Result<FoundCollection> find(const CollectionName& name) override {
    return FoundCollection{.base = name, .view = {}};
  }
  Result<Documents> read(const CollectionName&, const Wanted&) override {
    return Documents{.plan = algebra::make_plan(algebra::Values{})};
  }
  Result<algebra::PlanPtr> read_by(const CollectionName&, std::span<const std::string>,
                                   const algebra::ExprPtr&) override {
    return algebra::PlanPtr();
  }
  Result<algebra::PlanPtr> read_other(OtherSource, const CollectionName&,
                                      const value::Value&) override {
    return algebra::make_plan(algebra::Values{});
  }
};

}  // namespace octavo::mongodb
