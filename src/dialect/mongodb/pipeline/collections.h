#pragma once

// What a pipeline has to be told of the collections that it reads. The commands implement it over
// the catalog; here nothing is known of tables but what stands in the plans that it gives.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/expr.h"
#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/accumulator/sort_pattern.h"
#include "dialect/mongodb/geo/nearness.h"
#include "value/value.h"

namespace octavo::mongodb {

struct CollectionName {
  std::string database;
  std::string collection;

  friend bool operator==(const CollectionName&, const CollectionName&) = default;
};

// What stands under a name: a collection, or a view, which is a pipeline over one (views over views
// are already put together). A collection that does not exist is an empty one.
struct FoundCollection {
  CollectionName base;
  std::vector<value::Value> view;  // stages; empty for a collection
  // What it is read by, of a view (expression/collation.h); a collection is read by anything.
  bool is_view = false;
  std::string collation = {};
};

// Documents by their distance from a point.
struct NearWanted {
  std::vector<std::string> path;  // of the place
  Nearness nearness;
};

// What a pipeline wants of a collection first of all, so that an index may serve it.
struct Wanted {
  algebra::ExprPtr filter = nullptr;  // row → whether it is wanted; null: all rows are
  SortPattern sort;                   // without metadata; empty: any order will do
  std::string collation = {};         // of the order; that of the filter is in it
  // Then documents come by distance, and none but those that are near enough. `filter` and `sort`
  // are for choosing an index alone.
  std::optional<NearWanted> near;
};
// What it gets. What was not done of that is done above the plan.
struct Documents {
  algebra::PlanPtr plan;  // its rows are documents
  bool filtered = false;
  bool sorted = false;
};

// Stages that read something else than documents of a collection.
enum class OtherSource : std::uint8_t {
  collection_statistics,  // $collStats
  index_statistics,       // $indexStats
  plan_cache_statistics,  // $planCacheStats
  current_operations,     // $currentOp
  sessions,               // $listSessions
  local_sessions,         // $listLocalSessions
  sampled_queries,        // $listSampledQueries
  cluster_catalog,        // $listClusterCatalog
  query_settings,         // $querySettings
  query_statistics,       // $queryStats
  changes,                // $changeStream
};

class Collections {
 public:
  virtual ~Collections() = default;

  virtual Result<FoundCollection> find(const CollectionName& name) = 0;
  // Of a collection, not of a view. May ask for rights: an error is the command's.
  virtual Result<Documents> read(const CollectionName& collection, const Wanted& wanted) = 0;
  // Those documents in which something at `path` equals an element of the array that `keys` gives
  // (an expression of variables that the plan is run with, no element null); others may be among
  // them, and the same more than once. Null: no index serves that. `plan_by_keys` makes such plans.
  virtual Result<algebra::PlanPtr> read_by(const CollectionName& collection,
                                           std::span<const std::string> path,
                                           const algebra::ExprPtr& keys) = 0;
  // Of a stage like $collStats, whose operand is `spec`; without a collection the stage stands in
  // an aggregation of the database.
  virtual Result<algebra::PlanPtr> read_other(OtherSource source, const CollectionName& collection,
                                              const value::Value& spec) = 0;
  // The document of the text index of a collection; null: it has none.
  virtual Result<value::Value> text_index(const CollectionName& /*collection*/) {
    return value::Value();
  }
  // The path of the one index of places that answers, for a $geoNear that names none: errors are
  // MongoDB's (27, 26).
  virtual Result<std::vector<std::string>> path_of_places(const CollectionName& /*collection*/) {
    return fail(Code::not_found, "there is no index of places");
  }
};

// The rows of `table` whose primary key, or a key of `index`, is an element of the array `keys`.
algebra::PlanPtr plan_by_keys(TableId table, std::optional<IndexId> index,
                              const algebra::ExprPtr& keys);

}  // namespace octavo::mongodb
