#pragma once

// What the queries of one statement share: one version of the data, and the results of plans that
// stand in their expressions.
//
// Such a plan is run when it is met, for the values of what it names of the expression around it.
// What it gave is kept, for a bounded number of these values, and charged to the query: a plan that
// names nothing is run once in a statement. One that is not the same each time is run each time.
//
// What a plan reads whatever these values are, a join of tables or a small table, is read once as
// well where the plan is run again and again.

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "algebra/plan.h"
#include "base/bytes.h"
#include "exec/context.h"
#include "exec/operator.h"
#include "exec/source.h"
#include "function/family.h"

namespace octavo::exec {

class StatementReads final : public function::Subplans {
 public:
  // Whether the statement may read what the plan reads; asked once for each plan.
  using MayRead = std::function<Status(const algebra::PlanPtr& plan)>;

  // `query` outlives it.
  StatementReads(std::unique_ptr<const Source> source, QueryContext& query, MayRead may_read)
      : source_(std::move(source)), query_(query), may_read_(std::move(may_read)) {}

  const Source& source() const { return *source_; }

  Result<value::Value> evaluate(const algebra::Subplan& subplan,
                                std::span<const value::Value> arguments,
                                const value::Value& operand) override;

  // Results of one plan that are kept, and rows in all of them, beside the newest.
  static constexpr std::size_t kMostKept = 1024;
  static constexpr std::size_t kMostRows = 65'536;
  // Runs of a plan after which its parts are kept, and rows of one that is.
  static constexpr std::size_t kRunsBeforeParts = 3;
  static constexpr std::size_t kMostRowsOfPart = 1024;

 private:
  // What a plan gave. Of `rows` an array, of `exists` a boolean; for `any` the rows, those without
  // a null in their order.
  struct Found {
    explicit Found(QueryContext& query) : charge(query) {}
    value::Value value;
    Rows sorted;
    Rows with_null;
    MemoryCharge charge;

    std::size_t rows() const { return 1 + sorted.size() + with_null.size(); }
  };
  struct Kept {
    const Bytes* key;
    std::unique_ptr<const Found> found;
  };
  struct Entry {
    algebra::PlanPtr plan;  // whose address stays its own
    bool keeps = false;
    std::size_t runs = 0;
    algebra::PlanPtr with_parts;  // the plan, with rows in the place of parts that are kept
    std::vector<MemoryCharge> part_charges;
    std::unordered_map<Bytes, std::list<Kept>::iterator> by_arguments;
    std::list<Kept> kept;  // the one that was asked for last is the first
    std::size_t rows = 0;
  };

  Result<Entry*> entry_of(const algebra::Subplan& subplan);
  Result<std::unique_ptr<Found>> run(Entry& entry, const algebra::Subplan& subplan,
                                     std::span<const value::Value> arguments);
  algebra::PlanPtr with_kept_parts(const algebra::PlanPtr& plan, const algebra::Bindings& bindings,
                                   Entry& entry);
  algebra::PlanPtr kept_part(const algebra::PlanPtr& plan, Entry& entry);
  Status collect(Operator& root, Found& found);
  void keep(Entry& entry, Bytes arguments, std::unique_ptr<const Found> found) const;
  bool is_short() const;
  Result<value::Value> result_of(const algebra::Subplan& subplan, const Found& found,
                                 const value::Value& operand);

  const std::unique_ptr<const Source> source_;
  QueryContext& query_;
  const MayRead may_read_;
  std::unordered_map<const algebra::Plan*, Entry> entries_;
};

}  // namespace octavo::exec
